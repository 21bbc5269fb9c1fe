"""Kinds of columns that Piccolo lacks. Migrations import these names: they stay for ever."""

import os
import time
from uuid import UUID

from piccolo.columns.defaults.uuid import UUID4


def uuid7() -> UUID:
    """RFC 9562, version 7: sorts by time. In the standard library only from Python 3.14 on."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | 7 << 76 | (random >> 68 & 0xFFF) << 64
    return UUID(int=value | 2 << 62 | random & (1 << 62) - 1)


class UUID7(UUID4):
    """Made by us; the column's own default in PostgreSQL stays a random version 4."""

    def python(self) -> UUID:
        return uuid7()

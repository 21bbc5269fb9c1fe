"""One thing that was looked at."""

from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """`about` is what was looked at, `text` what was found and, unless it is ok, what to do."""

    state: Literal["ok", "warn", "bad"]
    about: str
    text: str

"""The description of the API as the code gives it now, made once for each process."""

import copy
from functools import cache
from typing import Any

from jellystone import settings
from jellystone.cli import openapi
from jellystone.database import DB


def described() -> dict[str, Any]:
    """One's own to change."""
    return copy.deepcopy(_described())


@cache
def _described() -> dict[str, Any]:
    """Making it takes settings of its own; afterwards those of the other tests are back."""
    try:
        before = settings.current()
    except RuntimeError:
        return openapi.described()
    try:
        return openapi.described()
    finally:
        settings.use(before)
        DB.configure(before.database_url)

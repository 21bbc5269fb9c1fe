"""How a database spells and sorts its text, which it keeps for as long as it lives."""

import re

from jellystone.errors import Conflict
from jellystone.services.found import Found


def must_fit(database: Found, **wished: str | None) -> None:
    """Raises `Conflict` if another encoding or locale is wished for than it was made with, however that is spelt."""
    is_now = {name: getattr(database.row, name) or "" for name in wished}
    differ = [name for name, now in is_now.items() if _spelt(wished[name] or now) != _spelt(now)]
    if differ:
        words = {name: f"It is {is_now[name]}, and cannot be changed." for name in differ}
        raise Conflict(f"The {' and '.join(differ)} of {database.id} cannot be changed.", **words)


def _spelt(text: str) -> str:
    """`utf-8` is UTF8, and `de_DE` is de-DE."""
    return re.sub(r"[^a-z0-9]", "", text.lower())

"""What queries and sessions took, in words; and what a session does."""

from datetime import datetime

from markupsafe import Markup

from jellystone.web.words import UNKNOWN

LENGTHS = (("days", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1))
STATES = {"active": "ready", "idle": "quiet", "unknown": "quiet"}


def took(milliseconds: float | None) -> str | Markup:
    """In one unit: 0.43 ms, 4.2 s, 3.5 min."""
    if milliseconds is None:
        return UNKNOWN
    unit, length = next((step for step in LENGTHS if milliseconds >= step[1]), LENGTHS[-1])
    amount = milliseconds / length
    if amount >= 10 or not amount:
        return f"{amount:,.0f} {unit}"
    return f"{amount:.{1 if amount >= 1 else 2}f}".rstrip("0").rstrip(".") + f" {unit}"


def share(part: float) -> str:
    """Of a whole, 0 to 1: `42 %`."""
    return f"{100 * part:.0f} %" if part >= 0.1 or not part else f"{100 * part:.1f} %"


def since(at: datetime, now: datetime) -> str | Markup:
    """For how long it has been so."""
    return took(max(0.0, (now - at).total_seconds() * 1000))


def backend_state(state: str) -> Markup:
    """What PostgreSQL says a session does; one that holds a transaction and does nothing stands out."""
    return Markup('<span class="tag tag--{}">{}</span>').format(STATES.get(state, "busy"), state)


FILTERS = {"took": took, "share": share, "since": since, "backend_state": backend_state}

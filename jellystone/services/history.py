"""Rows of history for a stretch of time: coarse ones as far as they are summed up, finer ones from there."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from jellystone.database import DB
from jellystone.services.spans import Step, Stretch

COARSE: dict[Step, tuple[Step, ...]] = {
    "minute": (),
    "ten_minutes": ("ten_minutes",),
    "day": ("day", "ten_minutes"),
}
KEYS = {"statements": "database", "figures": "subject"}
MINUTE = timedelta(minutes=1)
"""A short look in its second half is told as of the next one."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


async def rows(kind: Literal["statements", "figures"], subject: UUID, asked: Stretch) -> str:
    """A subselect of those of one subject. All that is put into it are tables, ids and moments of our own."""
    ends = {row["step"]: row["until"] for row in await DB.fetch("SELECT step, until FROM rolled_up")}
    parts, begin = [], asked.since
    for step in COARSE[asked.step]:
        end = min(asked.until, ends.get(step, LONG_AGO))
        if begin < end:
            parts.append(_part(kind, subject, step, begin, end))
            begin = end
    if begin < asked.until or not parts:
        begun = MINUTE if datetime.now(UTC) - asked.until < MINUTE else timedelta(0)
        parts.append(_part(kind, subject, "minute", begin, asked.until + begun))
    return f"({' UNION ALL '.join(parts)}) steps"


def _part(kind: str, subject: UUID, step: Step, begin: datetime, end: datetime) -> str:
    return (
        f"SELECT * FROM {kind}_{step} WHERE {KEYS[kind]} = '{subject}'"
        f" AND at >= '{begin.isoformat()}' AND at < '{end.isoformat()}'"
    )

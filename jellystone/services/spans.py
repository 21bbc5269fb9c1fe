"""A stretch of time that somebody asks about, and which of our tables tells of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from jellystone.errors import Invalid
from jellystone.facts.statistics import Span

Step = Literal["minute", "ten_minutes", "day"]
LENGTHS: dict[Span, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
SECONDS: dict[Step, int] = {"minute": 60, "ten_minutes": 600, "day": 86_400}
POINTS = 180
"""More do not help an eye on a curve."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """From `since` on, `until` excluded."""

    since: datetime
    until: datetime
    step: Step

    @property
    def stride(self) -> timedelta:
        """Whole steps that make no more than `POINTS` of them."""
        length = timedelta(seconds=SECONDS[self.step])
        steps = -(-(self.until - self.since) // length)
        return length * max(1, -(-steps // POINTS))


def stretch(span: Span, since: datetime | None, until: datetime | None) -> Stretch:
    """The last `span`, or from one moment to another: the finest steps that still are kept of it."""
    now = datetime.now(UTC)
    end = min(until or now, now)
    begin = since or end - LENGTHS[span]
    if begin >= end:
        raise Invalid(since="Give a moment before the other one, and before now.")
    return Stretch(since=begin, until=end, step=_step(now - begin))


def _step(age: timedelta) -> Step:
    if age <= LENGTHS["day"] + timedelta(minutes=1):
        return "minute"
    return "ten_minutes" if age <= LENGTHS["month"] + timedelta(hours=1) else "day"

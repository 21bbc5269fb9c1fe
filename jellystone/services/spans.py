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
POINTS = 120
"""More do not help an eye on a curve."""
STRIDES = [timedelta(seconds=seconds) for seconds in (60, 300, 900, 3600, 7200, 21_600, 86_400, 604_800, 2_592_000)]
MONDAY = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """From `since` on, `until` excluded."""

    since: datetime
    until: datetime
    step: Step

    @property
    def stride(self) -> timedelta:
        """How much of it is a point of a curve: no less than a step, and no more points than `POINTS`."""
        least = max((self.until - self.since) / POINTS, timedelta(seconds=SECONDS[self.step]))
        return next((stride for stride in STRIDES if stride >= least), STRIDES[-1] * -(-least // STRIDES[-1]))

    @property
    def span(self) -> Span:
        """The span that is about as long, for the words below a curve."""
        return next((span for span, length in LENGTHS.items() if self.until - self.since <= 2 * length), "year")

    def moments(self) -> list[datetime]:
        """Where each stride begins."""
        first = self.since - (self.since - MONDAY) % self.stride
        return [first + n * self.stride for n in range(-(-(self.until - first) // self.stride))]


def stretch(span: Span, since: datetime | None, until: datetime | None) -> Stretch:
    """The last `span`, or from one moment to another: the finest steps that still are kept of it."""
    now = datetime.now(UTC)
    end = max(min(until or now, now), MONDAY)
    begin = max(since or end - LENGTHS[span], MONDAY)  # there was nothing before
    if begin >= end:
        raise Invalid(since="Give a moment before the other one, and before now.")
    return Stretch(since=begin, until=end, step=_step(now - begin))


def _step(age: timedelta) -> Step:
    if age <= LENGTHS["day"] + timedelta(minutes=1):
        return "minute"
    return "ten_minutes" if age <= LENGTHS["month"] + timedelta(hours=1) else "day"

"""Scales of charts: where lines are drawn across, and what stands beside them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import ceil, log10

from jellystone.facts.statistics import Span
from jellystone.web.words import MONTHS

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LENGTHS = (("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1))
LINES = 4  # about as many lines across as one can read beside a curve of this height


def octets(amount: float) -> str:
    """In steps of 1,024 and with as many digits as one needs: 512 MB, 1.5 GB."""
    unit = 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{_short(amount)} {UNITS[unit]}"


def plain(amount: float) -> str:
    """1,250 · 12.5 · 0.04 · 3.2 M: what is small enough to be written out is."""
    if amount >= 1_000_000:
        return f"{_short(amount / 1_000_000)} M" if amount < 1_000_000_000 else f"{_short(amount / 1_000_000_000)} G"
    return _short(amount)


def _short(amount: float) -> str:
    if amount == 0 or amount >= 100:
        return f"{amount:,.0f}"
    digits = 1 if amount >= 10 else 2 if amount >= 0.1 else 3
    return f"{amount:.{digits}f}".rstrip("0").rstrip(".")


def percent(amount: float) -> str:
    return f"{amount:.2f}".rstrip("0").rstrip(".") + " %"


def per_second(amount: float) -> str:
    return f"{plain(amount)}/s"


def octets_per_second(amount: float) -> str:
    return f"{octets(amount)}/s"


def busy(ms_per_second: float) -> str:
    """Milliseconds of query time in each second; from one whole connection on in seconds."""
    return f"{_short(ms_per_second)} ms/s" if ms_per_second < 1000 else f"{_short(ms_per_second / 1000)} s/s"


def length(milliseconds: float) -> str:
    """In a unit of which there are several: 250 ms, 80 s, 15 min, 6 h; or just one, 1 s."""
    unit, size = next(
        step for step in LENGTHS if milliseconds >= 2 * step[1] or milliseconds == step[1] or step[1] == 1
    )
    return f"{_short(milliseconds / size)} {unit}"


Write = Callable[[float], str]


def ticks(most: float, *, binary: bool = False, timed: bool = False) -> list[float]:
    """Round numbers from 0 to the first that is not below `most`; of bytes or milliseconds, in their larger units."""
    if most <= 0:
        return [0, 1]
    base: float = 1024 ** max(0, int(log10(max(most, 1)) / log10(1024))) if binary else 1
    if timed:
        base = next(size for _, size in LENGTHS if most >= 2 * size or size == 1)
    rough = most / base / LINES
    power = 10 ** (ceil(log10(rough)) - 1)
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999) * base
    return [step * n for n in range(ceil(most / step - 1e-9) + 1)]


def ticks_of_share(least: float) -> list[float]:
    """Up to 100 %: near there the last percents are what one wants to see."""
    begin = next(floor for floor in (99, 95, 90, 80, 50, 0) if floor <= least)
    return [begin + (100 - begin) * n / LINES for n in range(LINES + 1)]


def clock(at: datetime, step: timedelta) -> str:
    """The begin of a step, in UTC, as exactly as its length asks for."""
    utc = at.astimezone(UTC)
    day = f"{utc.day} {MONTHS[utc.month - 1]}"
    return day if step >= timedelta(days=1) else f"{day}, {utc.hour:02}:{utc.minute:02}"


def moments(span: Span, since: datetime, until: datetime) -> list[tuple[float, str]]:
    """What stands below: how far along (0 to 1), and in words."""
    at = since.astimezone(UTC).replace(second=0, microsecond=0)
    begin, length, found = at, (until - since).total_seconds() or 1, []
    while at < until:
        if word := _word(span, at):
            found.append(((at - begin).total_seconds() / length, word))
        at += UNTIL_NEXT.get(span, _to_midnight)(at)
    return [(place, word) for place, word in found if 0.03 <= place <= 0.97]


def _to_midnight(at: datetime) -> timedelta:
    return timedelta(days=1) - timedelta(hours=at.hour, minutes=at.minute)


UNTIL_NEXT: dict[Span, Callable[[datetime], timedelta]] = {
    "hour": lambda at: timedelta(minutes=1),
    "day": lambda at: timedelta(hours=1) - timedelta(minutes=at.minute),
}


def _word(span: Span, at: datetime) -> str:
    if span == "hour":
        return f"{at.hour:02}:{at.minute:02}" if at.minute % 15 == 0 else ""
    if at.minute or (span != "day" and at.hour):
        return ""
    date = f"{at.day} {MONTHS[at.month - 1]}"
    return {
        "day": (date if at.hour == 0 else f"{at.hour:02}:00") if at.hour % 6 == 0 else "",
        "week": f"{DAYS[at.weekday()]} {at.day}",
        "month": date if at.weekday() == 0 else "",
        "year": (MONTHS[at.month - 1] if at.month > 1 else str(at.year)) if at.day == 1 and at.month % 2 else "",
    }[span]

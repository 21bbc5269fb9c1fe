"""Scales of charts: where lines are drawn across, and what stands beside them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import ceil, log10

from jellystone.web.words import MONTHS

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LENGTHS = (("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1))
EVERY = tuple(
    (timedelta(hours=longest), timedelta(minutes=minutes))
    for longest, minutes in ((2, 15), (4, 30), (9, 60), (18, 180), (49, 360), (96, 720))
)
MOST = 8  # words below, which stand beside one another on a telephone
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


def moments(since: datetime, until: datetime) -> list[tuple[float, str]]:
    """What stands below: how far along (0 to 1), and in words."""
    begin, length = since.astimezone(UTC), max(until - since, timedelta(minutes=1))
    found = [((at - begin) / length, word) for at in _marks(begin, until, length) if (word := _word(at, length))]
    found = [(place, word) for place, word in found if 0.03 <= place <= 0.97]
    return found[:: -(-len(found) // MOST) or 1]


def _marks(begin: datetime, until: datetime, length: timedelta) -> Iterator[datetime]:
    """Counted from midnight: every quarter of an hour, hour … or day."""
    at = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    step = next((every for longest, every in EVERY if length <= longest), timedelta(days=1))
    while at < until:
        if at >= begin:
            yield at
        at += step


def _word(at: datetime, length: timedelta) -> str:
    """The hour, or the day at midnight; of weeks their days, of months their Mondays, of years every other month."""
    if at.hour or at.minute:
        return f"{at.hour:02}:{at.minute:02}"
    date = f"{at.day} {MONTHS[at.month - 1]}"
    if length <= EVERY[-1][0]:
        return date
    if length <= timedelta(days=16):
        return f"{DAYS[at.weekday()]} {at.day}"
    if length <= timedelta(days=120):
        return date if at.weekday() == 0 else ""
    return (MONTHS[at.month - 1] if at.month > 1 else str(at.year)) if at.day == 1 and at.month % 2 else ""

"""Curves and areas as the paths of an SVG: a gap is a gap, and what stands alone can be seen."""

from collections.abc import Callable, Sequence
from itertools import groupby

from markupsafe import Markup

WIDE, HIGH = 10, 1000  # of a step, and of the plot, in its own units: it is stretched to whatever room there is
Column = Sequence[float | None]
Height = Callable[[float], int]


def heights(least: float, most: float) -> Height:
    """How far down a value stands."""
    return lambda value: round(HIGH - HIGH * (value - least) / (most - least))


def runs(wanted: Sequence[bool]) -> list[tuple[int, int]]:
    """Where these begin and end, the end not included."""
    found = []
    for is_wanted, group in groupby(enumerate(wanted), key=lambda pair: pair[1]):
        places = [place for place, _ in group]
        if is_wanted:
            found.append((places[0], places[-1] + 1))
    return found


def curve(column: Column, height: Height) -> str:
    """From the middle of a step to that of the next; what stands alone is as wide as its step."""
    return "".join(_line(column, *run, height) for run in runs([value is not None for value in column]))


def area(column: Column, ground: Column, height: Height) -> str:
    """What is between a curve and the one below it."""
    return "".join(_between(column, ground, *run, height) for run in runs([value is not None for value in column]))


def _line(column: Column, begin: int, end: int, height: Height) -> str:
    downs = [height(value or 0) for value in column[begin:end]]
    if len(downs) == 1:
        return f"M{begin * WIDE} {downs[0]}h{WIDE}"
    return "M" + "L".join(f"{(begin + n) * WIDE + WIDE // 2} {down}" for n, down in enumerate(downs))


def _between(column: Column, ground: Column, begin: int, end: int, height: Height) -> str:
    over = _line(column, begin, end, height)
    if end - begin == 1:
        return f"{over}V{height(ground[begin] or 0)}h-{WIDE}z"
    downs = [height(ground[n] or 0) for n in range(begin, end)]
    if len(set(downs)) == 1:
        return f"{over}V{downs[0]}H{begin * WIDE + WIDE // 2}z"
    under = (f"{(begin + n) * WIDE + WIDE // 2} {down}" for n, down in reversed([*enumerate(downs)]))
    return f"{over}L{'L'.join(under)}z"


def spark(column: Column, words: str) -> Markup:
    """A curve as small as a word, for rows of a table."""
    height = heights(0, max((value for value in column if value), default=1))
    return Markup(
        '<svg class="spark" viewBox="0 -60 {} 1120" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="area area--1" d="{}"/><path class="curve curve--1" d="{}"/></svg>'
    ).format(len(column) * WIDE, words, area(column, [0.0] * len(column), height), curve(column, height))

"""Curves as SVG, drawn here: no script, no style of its own, colours from the tokens.

The plot is stretched to whatever width there is; words stand beside it in SVGs that are not, so that they are as
large on a telephone as on a desk. Each step is a slot that says its figures when pointed at.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from markupsafe import Markup, escape

from jellystone.facts.statistics import Point, Series
from jellystone.web import axes

Value = Callable[[Point], float | None]
NOTHING = "\N{EN DASH}"
WIDE, HIGH = 10, 1000  # of a slot, and of the plot, in its own units


@dataclass(frozen=True)
class Curve:
    """`kind` is one of the four looks of charts.css, each with a colour and a dash."""

    name: str
    value: Value
    kind: int = 1


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What is drawn, in which unit. `stacked` curves stand on one another, the first one lowest."""

    id: str
    title: str
    curves: tuple[Curve, ...]
    write: axes.Write
    stacked: bool = False
    filled: bool = True
    binary: bool = False
    share: bool = False
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart with figures in it, ready for its template."""

    chart: Chart
    plot: Markup
    beside: Markup
    below: Markup
    words: str
    latest: str
    rows: list[tuple[str, list[str]]]
    since_ms: int
    step_ms: int
    empty: bool


def draw(chart: Chart, series: Series, *, limit: int | None = None) -> Drawing:
    """`limit` is drawn as a line across, unless it is so far away that the curve would lie flat."""
    step = timedelta(seconds=series.step_seconds)
    columns = [[curve.value(point) for point in series.points] for curve in chart.curves]
    tops = _stacked(columns) if chart.stacked else columns
    known = [value for column in tops for value in column if value is not None]
    limit = limit if limit and known and limit <= 4 * max(known, default=0) else None
    least = axes.floor_of_percent(min(known)) if chart.share and known else 0
    most = 100.0 if chart.share else max([*known, limit or 0])
    ticks = axes.ticks(most, least=least, binary=chart.binary)
    scale = _scale(ticks[0], ticks[-1])
    times = [axes.clock(point.at, step) for point in series.points]
    cells = [[_cell(chart, column[n]) for column in columns] for n in range(len(times))]
    return Drawing(
        chart=chart,
        plot=Markup("").join(_plot(chart, tops, ticks, scale, limit, _slots(chart, times, cells, columns))),
        beside=_beside(chart, ticks, scale),
        below=_below(series),
        words=_words(chart, series, times, tops),
        latest=_latest(chart, cells),
        rows=list(zip(times, cells, strict=True)),
        since_ms=int(series.since.timestamp() * 1000),
        step_ms=series.step_seconds * 1000,
        empty=not known,
    )


def _stacked(columns: list[list[float | None]]) -> list[list[float | None]]:
    """Each on the sum of those before it; a gap in one is a gap in all."""
    tops: list[list[float | None]] = []
    for column in columns:
        below = tops[-1] if tops else [0.0] * len(column)
        tops.append([None if a is None or b is None else a + b for a, b in zip(below, column, strict=True)])
    return tops


def _scale(least: float, most: float) -> Callable[[float], int]:
    return lambda value: round(HIGH - HIGH * (value - least) / (most - least))


def _plot(
    chart: Chart,
    tops: list[list[float | None]],
    ticks: list[float],
    scale: Callable[[float], int],
    limit: int | None,
    slots: Iterator[Markup],
) -> Iterator[Markup]:
    """Lines across, what nobody looked at, areas, lines, the limit, and the slots above all."""
    width = WIDE * len(tops[0])
    for tick in ticks:
        yield Markup('<path class="across" d="M0 {0}H{1}"/>').format(scale(tick), width)
    for begin, end in _runs([value is None for value in tops[0]]) if not chart.share else ():
        yield Markup('<rect class="gap" x="{}" width="{}" height="{}"/>').format(
            begin * WIDE, (end - begin) * WIDE, HIGH
        )
    for n in reversed(range(len(tops))):
        curve, column = chart.curves[n], tops[n]
        runs = _runs([value is not None for value in column])
        if chart.filled:
            ground = tops[n - 1] if chart.stacked and n else [ticks[0]] * len(column)
            areas = "".join(_area(column, ground, begin, end, scale) for begin, end in runs)
            yield Markup('<path class="area area--{}" d="{}"/>').format(curve.kind, areas)
        lines = "".join(_line(column, begin, end, scale) for begin, end in runs)
        yield Markup('<path class="curve curve--{}" d="{}"/>').format(curve.kind, lines)
    if limit:
        yield Markup('<path class="curve curve--limit" d="M0 {}H{}"/>').format(scale(limit), width)
    yield from slots


def _runs(wanted: Sequence[bool]) -> list[tuple[int, int]]:
    """Where these begin and end, the end not included."""
    found = []
    for is_wanted, group in groupby(enumerate(wanted), key=lambda pair: pair[1]):
        places = [place for place, _ in group]
        if is_wanted:
            found.append((places[0], places[-1] + 1))
    return found


def _line(column: Sequence[float | None], begin: int, end: int, scale: Callable[[float], int]) -> str:
    """From slot to slot; what stands alone is as wide as its slot, or nobody would see it."""
    heights = [scale(value) for value in column[begin:end] if value is not None]
    if len(heights) == 1:
        return f"M{begin * WIDE} {heights[0]}h{WIDE}"
    return "M" + "L".join(f"{(begin + n) * WIDE + WIDE // 2} {y}" for n, y in enumerate(heights))


def _area(
    column: Sequence[float | None],
    ground: Sequence[float | None],
    begin: int,
    end: int,
    scale: Callable[[float], int],
) -> str:
    over = _line(column, begin, end, scale)
    if end - begin == 1:
        return f"{over}V{scale(ground[begin] or 0)}h-{WIDE}z"
    under = [scale(value or 0) for value in ground[begin:end]]
    back = "L".join(f"{(begin + n) * WIDE + WIDE // 2} {y}" for n, y in reversed(list(enumerate(under))))
    return f"{over}L{back}z"


def _cell(chart: Chart, value: float | None) -> str:
    return NOTHING if value is None else chart.write(value)


def _slots(
    chart: Chart, times: list[str], cells: list[list[str]], columns: list[list[float | None]]
) -> Iterator[Markup]:
    names = [curve.name for curve in chart.curves]
    for n, (time, row) in enumerate(zip(times, cells, strict=True)):
        looked = any(column[n] is not None for column in columns)
        said = _said(names, row) if looked else "nothing known"
        place = f'x="{n * WIDE}" width="{WIDE}" height="{HIGH}"'
        yield Markup(f'<rect class="slot" {place}><title>{time} UTC: {said}</title></rect>')  # noqa: S704 (all is ours)


def _said(names: list[str], row: list[str]) -> str:
    return row[0] if len(row) == 1 else ", ".join(f"{name} {cell}" for name, cell in zip(names, row, strict=True))


def _latest(chart: Chart, cells: list[list[str]]) -> str:
    return _said([curve.name for curve in chart.curves], cells[-1]) if cells else ""


def _beside(chart: Chart, ticks: list[float], scale: Callable[[float], int]) -> Markup:
    """The axis at the right. Its words stand on their lines, and the lowest not below the plot."""
    return Markup("").join(
        Markup('<text x="0" y="{}%" dy="0.32em">{}</text>').format(scale(tick) / (HIGH / 100), chart.write(tick))
        for tick in ticks
    )


def _below(series: Series) -> Markup:
    return Markup("").join(
        Markup('<text x="{}%" y="1em">{}</text>').format(round(place * 100, 2), word)
        for place, word in axes.moments(series.span, series.since, series.until)
    )


def _words(chart: Chart, series: Series, times: list[str], tops: list[list[float | None]]) -> str:
    """What somebody is told who does not see the curve."""
    if not times:
        return "Nothing was measured yet."
    said = [f"From {times[0]} to {times[-1]} UTC."]
    total = tops[-1] if chart.stacked else None
    for name, column in [("In all", total)] if total else zip((c.name for c in chart.curves), tops, strict=True):
        known = [(value, time) for value, time in zip(column, times, strict=True) if value is not None]
        if known:
            (least, _), (most, when) = min(known), max(known)
            last = known[-1][0]
            said.append(
                f"{name}: {chart.write(least)} to {chart.write(most)}, most at {when}; {chart.write(last)} last."
            )
    missing = _runs([point.connections is None for point in series.points])
    said += [f"Not measured from {times[begin]}, for {end - begin} steps." for begin, end in missing]
    return " ".join(said)


def spark(values: Sequence[float | None], *, words: str) -> Markup:
    """A curve as small as a word, for rows of a table."""
    most = max((value for value in values if value), default=0)
    known = [value is not None for value in values]
    if not any(known):
        return Markup("")
    scale = _scale(0, most or 1)
    lines = "".join(_line(values, begin, end, scale) for begin, end in _runs(known))
    ground = [0.0] * len(values)
    areas = "".join(_area(values, ground, begin, end, scale) for begin, end in _runs(known))
    return Markup(
        '<svg class="spark" viewBox="0 -60 {} 1120" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="area area--1" d="{}"/><path class="curve curve--1" d="{}"/></svg>'
    ).format(len(values) * WIDE, escape(words), areas, lines)

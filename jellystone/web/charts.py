"""Charts as SVG, drawn here: no script, no style of its own, colours from the tokens.

The plot is stretched to whatever width there is; words stand beside it in SVGs that are not, so that they are as
large on a telephone as on a desk. Each step is a slot that says its figures when pointed at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate

from markupsafe import Markup

from jellystone.facts.statistics import Series
from jellystone.web import axes, chart_words, paths
from jellystone.web.chart_kinds import Chart
from jellystone.web.paths import HIGH, WIDE, Column


@dataclass(frozen=True)
class Times:
    """What all charts of a series have in common: the steps in words, the axis below, and where nobody looked."""

    words: list[str]
    below: Markup
    gaps: list[tuple[int, int]]
    since_ms: int
    step_ms: int

    @classmethod
    def of(cls, series: Series) -> "Times":
        step = timedelta(seconds=series.step_seconds)
        below = (
            Markup('<text x="{}%" y="1em">{}</text>').format(round(place * 100, 2), word)
            for place, word in axes.moments(series.since, series.until)
        )
        return cls(
            words=[axes.clock(point.at, step) for point in series.points],
            below=Markup("").join(below),
            gaps=paths.runs([point.connections is None for point in series.points]),
            since_ms=int(series.since.timestamp() * 1000),
            step_ms=series.step_seconds * 1000,
        )


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart with figures in it, ready for its template. `cells` are its table, a row a step.

    `latest` is the last figure, `beside_latest` what one wants to know with it.
    """

    chart: Chart
    times: Times
    plot: Markup
    beside: Markup
    words: str
    latest: str
    beside_latest: str
    names: list[str]
    cells: list[list[str]]
    limit: str
    empty: bool


def draw(chart: Chart, series: Series, times: Times, *, limit: int | None = None) -> Drawing:
    """`limit` is drawn as a line across, unless it is so far away that the curve would lie flat."""
    drawn = {curve: [curve.value(point) for point in series.points] for curve in chart.curves}
    drawn = {curve: column for curve, column in drawn.items() if not curve.rare or any(column)}
    chart, columns = replace(chart, curves=tuple(drawn)), list(drawn.values())
    tops = _stacked(columns) if chart.stacked else columns
    known = [value for column in tops for value in column if value is not None]
    limit = limit if limit and limit <= 4 * max(known, default=0) else None
    most = max([*known, limit or 0])
    ticks = (
        axes.ticks_of_share(min(known, default=0))
        if chart.share
        else axes.ticks(most, binary=chart.binary, timed=chart.timed)
    )
    height = paths.heights(ticks[0], ticks[-1])
    names = [curve.name for curve in chart.curves] + (["in all"] if chart.stacked else [])
    told = [*columns, tops[-1]] if chart.stacked else columns
    cells = [
        [chart_words.NOTHING if value is None else chart.write(value) for value in row]
        for row in zip(*told, strict=True)
    ]
    return Drawing(
        chart=chart,
        times=times,
        plot=Markup("").join(_plot(chart, tops, ticks, height, limit, times)) + _slots(times, names, cells),
        beside=Markup("").join(
            Markup('<text x="0" y="{}%" dy="0.32em">{}</text>').format(height(tick) / (HIGH / 100), chart.write(tick))
            for tick in (ticks if most or chart.share else ticks[:1])
        ),
        words=chart_words.words(chart, tops, times.words, times.gaps),
        latest=chart_words.latest(chart, tops[-1]),
        beside_latest=chart_words.beside(chart, columns, tops[-1], times.words),
        names=names,
        cells=cells,
        limit=f"limit {chart.write(limit)}" if limit else "",
        empty=not known,
    )


def _stacked(columns: list[list[float | None]]) -> list[list[float | None]]:
    """Each on the sum of those before it; a gap is where none of them is known."""
    rows = [
        [None] * len(row) if all(value is None for value in row) else accumulate(value or 0 for value in row)
        for row in zip(*columns, strict=True)
    ]
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in columns]


def _plot(
    chart: Chart, tops: list[list[float | None]], ticks: list[float], height: paths.Height, limit: int | None, at: Times
) -> Iterator[Markup]:
    """Lines across, what nobody looked at, areas, curves, and the limit."""
    width = WIDE * len(at.words)
    for tick in ticks:
        yield Markup('<path class="across" d="M0 {}H{}"/>').format(height(tick), width)
    for begin, end in at.gaps:
        size = begin * WIDE, (end - begin) * WIDE, HIGH
        yield Markup('<rect class="gap" x="{}" width="{}" height="{}"/>').format(*size)
    ground: Column = [ticks[0]] * len(at.words)
    shapes = []
    for curve, column in zip(chart.curves, tops, strict=True):
        filled = Markup('<path class="area area--{}" d="{}"/>').format(curve.kind, paths.area(column, ground, height))
        line = Markup('<path class="curve curve--{}" d="{}"/>').format(curve.kind, paths.curve(column, height))
        shapes.append((filled if chart.filled else Markup("")) + line)
        ground = column if chart.stacked else ground
    yield from reversed(shapes)
    if limit:
        yield Markup('<path class="curve curve--limit" d="M0 {}H{}"/>').format(height(limit), width)


def _slots(times: Times, names: list[str], cells: list[list[str]]) -> Markup:
    """What is said when a step is pointed at. All of it is ours, so nothing needs escaping."""
    size = f'width="{WIDE}" height="{HIGH}"'
    told = ((time, chart_words.said(names, row)) for time, row in zip(times.words, cells, strict=True))
    return Markup("").join(
        Markup(f'<rect class="slot" x="{n * WIDE}" {size}><title>{time} UTC: {said}</title></rect>')  # noqa: S704
        for n, (time, said) in enumerate(told)
    )

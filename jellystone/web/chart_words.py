"""A chart in words: the figure that one wants to know first, and what somebody is told who does not see the curve."""

from collections.abc import Sequence

from jellystone.web.chart_kinds import Chart
from jellystone.web.paths import Column

NOTHING = "\N{EN DASH}"


def latest(chart: Chart, top: Column) -> str:
    value = max((value for value in top if value is not None), default=None) if chart.amounts else last(top)
    return "unknown" if value is None else chart.write(value)


def last(column: Column) -> float | None:
    """Of the step that runs or of the one before it: a step that has only just begun knows nothing yet."""
    return next((value for value in reversed(column[-2:]) if value is not None), None)


def beside(chart: Chart, columns: Sequence[Column], top: Column, times: list[str]) -> str:
    """`0.2 active, 8.2 idle` · `highest 63/s on 26 Nov, 14:00` · `15 MB more than on 27 Nov, 01:15`."""
    known = [(value, time) for value, time in zip(top, times, strict=True) if value is not None]
    if not known or (len(columns) > 1 and not last(top)):
        return ""
    if len(columns) > 1:
        parts = ((curve.name, last(column)) for curve, column in zip(chart.curves, columns, strict=True))
        return ", ".join(f"{chart.write(value)} {name}" for name, value in parts if value is not None)
    if chart.grows:
        since, by = known[0][1], known[-1][0] - known[0][0]
        return (
            f"{chart.write(abs(by))} {'more' if by > 0 else 'less'} than on {since}"
            if by
            else f"unchanged since {since}"
        )
    value, time = min(known) if chart.share else max(known)
    if chart.amounts:
        return f"at most, on {time}" if value else ""
    return f"{'lowest' if chart.share else 'highest'} {chart.write(value)} on {time}" if value else ""


def said(names: list[str], row: list[str]) -> str:
    if all(cell == NOTHING for cell in row):
        return "nothing known"
    return row[0] if len(row) == 1 else ", ".join(f"{name} {cell}" for name, cell in zip(names, row, strict=True))


def words(chart: Chart, tops: Sequence[Column], times: list[str], gaps: list[tuple[int, int]]) -> str:
    """What somebody is told who does not see the curve."""
    if not times:
        return "Nothing was measured yet."
    told = [f"From {times[0]} to {times[-1]} UTC."]
    for name, column in [("In all", tops[-1])] if chart.stacked else [(chart.title, tops[0])]:
        known = [(value, time) for value, time in zip(column, times, strict=True) if value is not None]
        if known:
            (least, _), (most, when) = min(known), max(known)
            last = chart.write(known[-1][0])
            told.append(f"{name}: {chart.write(least)} to {chart.write(most)}, most at {when}; {last} last.")
    told += [f"Not measured: {times[begin]}, for {end - begin} steps." for begin, end in gaps]
    return " ".join(told)

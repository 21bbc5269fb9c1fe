"""What one wants to know first of a database or a server: four figures of now, each with its last day as a curve."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from jellystone.facts.statistics import Point, Statistics
from jellystone.web import axes, chart_words, figures, paths, words


@dataclass(frozen=True)
class Vital:
    """`chart` is the id of the chart that shows it at length; `value` and `beside` are words."""

    chart: str
    title: str
    value: str | Markup
    beside: str
    spark: Markup


def vitals(statistics: Statistics) -> list[Vital]:
    """In the order in which one asks: who is there, what is done, how hard it is, how big it has become."""
    now, points = statistics.now, statistics.points
    transactions, times = figures.day_of(statistics), _of(points, "query_ms_per_second")
    sizes, connections = _of(points, "size_bytes"), _of(points, "connections")
    return [
        Vital("connections", "Connections", words.number(now.connections), "", _spark(connections, axes.plain)),
        _rate("transactions", "Transactions", transactions, axes.per_second),
        _rate("time", "Time in queries", times, axes.busy),
        Vital("size", "Size", words.size(now.size_bytes), _growth(sizes), _spark(sizes, axes.octets)),
    ]


def _of(points: list[Point], name: str) -> figures.Day:
    return tuple(getattr(point, name) for point in points)


def _rate(chart: str, title: str, day: figures.Day, write: axes.Write) -> Vital:
    last, most = chart_words.last(day), max((value for value in day if value is not None), default=0.0)
    value = words.UNKNOWN if last is None else write(last)
    return Vital(chart, title, value, f"highest in the last day {write(most)}" if most else "", _spark(day, write))


def _growth(sizes: figures.Day) -> str:
    known = [size for size in sizes if size is not None]
    by = known[-1] - known[0] if known else 0
    return f"{axes.octets(abs(by))} {'more' if by > 0 else 'less'} than a day ago" if by else ""


def _spark(day: figures.Day, write: axes.Write) -> Markup:
    known = [value for value in day if value is not None]
    return paths.spark(day, f"Last day: {write(min(known))} to {write(max(known))}") if known else Markup("")


FILTERS: dict[str, Callable[..., Any]] = {"vitals": vitals, "percent": axes.percent}

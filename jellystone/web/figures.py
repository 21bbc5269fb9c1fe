"""Which curves a database or a server has."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from jellystone.facts.statistics import Point, Statistics
from jellystone.web import axes, durations, paths, words
from jellystone.web.chart_kinds import Chart, Curve
from jellystone.web.charts import Drawing, Times, draw

Day = tuple[float | None, ...]
IN_BYTES = ("_buffers", "_mem", "_size", "temp_file_limit")
IN_MILLISECONDS = ("_timeout", "_naptime", "_duration_statement")
CHARTS = (
    Chart(
        id="size",
        title="Size",
        curves=(Curve("size", lambda point: point.size_bytes),),
        write=axes.octets,
        binary=True,
        grows=True,
    ),
    Chart(
        id="connections",
        title="Connections",
        curves=(
            Curve("active", lambda point: point.connections_active, 1),
            Curve("idle in transaction", lambda point: point.connections_idle_in_transaction, 3),
            Curve("idle", lambda point: point.connections_idle, 2),
            Curve("hidden from us", lambda point: _hidden(point), 4, rare=True),
        ),
        write=axes.plain,
        stacked=True,
    ),
    Chart(
        id="transactions",
        title="Transactions",
        curves=(
            Curve("rolled back", lambda point: point.rollbacks_per_second, 4),
            Curve("committed", lambda point: point.commits_per_second, 1),
        ),
        write=axes.per_second,
        stacked=True,
    ),
    Chart(
        id="time",
        title="Time in queries",
        curves=(Curve("time", lambda point: point.query_ms_per_second),),
        write=axes.busy,
        about="Of all connections together: 1 s/s is one that is at work all the time.",
    ),
    Chart(
        id="reads",
        title="Rows read",
        curves=(Curve("read", lambda point: point.rows_read_per_second, 2),),
        write=axes.per_second,
        about="Rows that queries went through, also those that no answer contained.",
    ),
    Chart(
        id="writes",
        title="Rows written",
        curves=(
            Curve("deleted", lambda point: point.rows_deleted_per_second, 4),
            Curve("updated", lambda point: point.rows_updated_per_second, 3),
            Curve("inserted", lambda point: point.rows_inserted_per_second, 1),
        ),
        write=axes.per_second,
        stacked=True,
    ),
    Chart(
        id="cache",
        title="Found in the cache",
        curves=(Curve("found", lambda point: point.cache_hit_percent, 2),),
        write=axes.percent,
        filled=False,
        share=True,
        about="Of the blocks that queries asked for; a gap where they asked for none.",
        none="No query asked for anything in this time.",
    ),
    Chart(
        id="spill",
        title="Spilled to disk",
        curves=(Curve("spilled", lambda point: point.temp_bytes_per_second, 4),),
        write=axes.octets_per_second,
        binary=True,
        about="Temporary files of sorts and joins that had too little memory.",
    ),
)


def _hidden(point: Point) -> float | None:
    """Connections whose states our role could not see: of these nobody knows which are idle."""
    return 0 if point.connections is not None and point.connections_active is not None else point.connections


def drawings(statistics: Statistics) -> list[Drawing]:
    """All of them, in the order in which one asks: how big, how full, how busy, how well."""
    limits, times = {"connections": statistics.now.connection_limit}, Times.of(statistics)
    return [draw(chart, statistics, times, limit=limits.get(chart.id)) for chart in CHARTS]


@lru_cache(5000)
def sparkline(values: Day | None) -> Markup:
    """Transactions of the last day, as small as a word; nothing where nothing was measured."""
    known = [value for value in values or () if value is not None]
    if not values or not known:
        return Markup("")
    return paths.spark(values, f"Last day: up to {axes.per_second(max(known))}" if any(known) else "Last day: not used")


def day_of(statistics: Statistics) -> Day:
    """Its transactions a second, for a sparkline."""
    return tuple(
        None if point.commits_per_second is None else point.commits_per_second + (point.rollbacks_per_second or 0)
        for point in statistics.points
    )


def busy(ms_per_second: float | None) -> str | Markup:
    return words.UNKNOWN if ms_per_second is None else axes.busy(ms_per_second)


def setting(value: float | bool | str, name: str) -> str | Markup:
    """A setting of PostgreSQL's in words; bytes and milliseconds are told apart by its name."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str) or value <= 0:
        return str(value) or "none"
    if name.endswith(IN_BYTES):
        return words.size(int(value))
    return durations.took(value) if name.endswith(IN_MILLISECONDS) else f"{value:,}"


FILTERS: dict[str, Callable[..., Any]] = {
    "busy": busy,
    "setting": setting,
    "sparkline": sparkline,
}

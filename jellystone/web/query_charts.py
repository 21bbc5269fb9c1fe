"""A query's history as curves."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from jellystone.facts.queries import QueryHistory, QueryStep
from jellystone.facts.statistics import Series
from jellystone.web import axes
from jellystone.web.chart_kinds import Chart, Curve
from jellystone.web.charts import Drawing, Times, draw


@dataclass(frozen=True)
class Slot:
    """A step with the two names by which charts know when it was, and whether anybody looked."""

    step: QueryStep

    @property
    def at(self) -> datetime:
        return self.step.at

    @property
    def connections(self) -> int | None:
        return self.step.calls


@dataclass(frozen=True, kw_only=True)
class Steps:
    step_seconds: int
    since: datetime
    until: datetime
    points: list[Slot]


def drawings(query: QueryHistory) -> list[Drawing]:
    """What it took in all and each time, how often it was called, and what it read."""
    steps = Steps(
        step_seconds=query.step_seconds,
        since=query.steps[0].at,
        until=query.steps[-1].at + timedelta(seconds=query.step_seconds),
        points=[Slot(step) for step in query.steps],
    )
    series = cast(Series, steps)
    times = Times.of(series)
    return [draw(chart, series, times) for chart in CHARTS]


def _of(name: str) -> Callable[[Any], float | None]:
    return lambda slot: getattr(slot.step, name)


CHARTS = (
    Chart(
        id="query-time",
        title="Time in all",
        curves=(Curve("time", _of("total_ms")),),
        write=axes.length,
        timed=True,
        amounts=True,
    ),
    Chart(
        id="query-mean",
        title="Time of one call",
        curves=(Curve("mean", _of("mean_ms"), 3),),
        write=axes.length,
        timed=True,
        amounts=True,
        filled=False,
        about="The mean of each step; a gap where it was not called.",
    ),
    Chart(id="query-calls", title="Calls", curves=(Curve("calls", _of("calls"), 1),), write=axes.plain, amounts=True),
    Chart(
        id="query-reads",
        title="Blocks read",
        curves=(Curve("read", _of("blocks_read"), 2),),
        write=axes.plain,
        amounts=True,
    ),
)

"""What can be drawn: which curves, in which unit, and what one wants to know of them."""

from collections.abc import Callable
from dataclasses import dataclass

from jellystone.facts.statistics import Point
from jellystone.web import axes


@dataclass(frozen=True)
class Curve:
    """`kind` is one of the four looks of charts.css, each with a colour and a dash.

    One that is `rare` is left out where there is nothing of it.
    """

    name: str
    value: Callable[[Point], float | None]
    kind: int = 1
    rare: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What is drawn, in which unit. `stacked` curves stand on one another, the first one lowest.

    Of what `grows` one wants to know by how much, of a `share` how low it went, of all else how high. Of `amounts` in
    each step the last, which still runs, says nothing by itself.
    """

    id: str
    title: str
    curves: tuple[Curve, ...]
    write: axes.Write
    stacked: bool = False
    filled: bool = True
    binary: bool = False
    timed: bool = False
    share: bool = False
    grows: bool = False
    amounts: bool = False
    about: str = ""
    none: str = "Nothing was measured in this time."

"""What a check is, and what it finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from jellystone.postgres.checks.words import worded

State = Literal["ok", "watch", "act", "unknown"]
Figure = str | int | float | None
Missing = Literal["right", "look", "day", "memory", "begin"]
Look = Literal["now", "hour", "rights"]
Seen = Mapping[str, Figure]
S = TypeVar("S", contravariant=True)

RANK: dict[State, int] = {"ok": 0, "unknown": 1, "watch": 2, "act": 3}
"""What weighs more stands first, and going down takes its time (`Check.eases_after`)."""


@dataclass(frozen=True)
class Finding:
    """`seen` holds figures with their unit in the name, as they are stored and told to programs.

    Two names are special: `sql` replaces the check's own, and `missing` says why the state is unknown.
    """

    state: State
    seen: Seen = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Check(Generic[S]):
    """`said`, `what` and `sql` are templates over the figures of a finding, put for people.

    `page` is where on our site to go on, below the database or server; `by` who can run the SQL; `needs` what must
    have been looked at. A finding must have been milder for `eases_after` minutes before we believe it, so that
    nothing flaps.
    """

    name: str
    title: str
    limits: str
    why: str
    judge: Callable[[S], Finding]
    said: str
    what: str
    sql: str = ""
    by: Literal["owner", "operator"] = "owner"
    page: str = ""
    needs: Look = "now"
    eases_after: int = 10

    def words(self, template: str, seen: Seen) -> str:
        return template.format_map(_Figures(worded(seen)))


class _Figures(dict[str, str]):
    """A figure that an older version did not store yet."""

    def __missing__(self, name: str) -> str:
        return "?"


def graded(value: float, seen: Seen, *, watch: float, act: float | None = None, below: bool = False) -> Finding:
    """Beyond a limit, not at it. `below`: less is worse."""
    sign = -1 if below else 1
    if act is not None and value * sign > act * sign:
        return Finding("act", seen)
    return Finding("watch" if value * sign > watch * sign else "ok", seen)


def found(state: State, things: Sequence[str], **seen: Figure) -> Finding:
    """Ok if there are none of these; else the first few of them are named."""
    return Finding(state, {"number": len(things), "which": listed(things), **seen}) if things else Finding("ok")


def unknown(missing: Missing) -> Finding:
    return Finding("unknown", {"missing": missing})


def listed(things: Sequence[str], *, at_most: int = 5) -> str:
    more = f" and {len(things) - at_most} more" if len(things) > at_most else ""
    return ", ".join(things[:at_most]) + more


MISSING: dict[str, tuple[str, str]] = {
    "right": (
        "We may not see what the sessions of this database do.",
        "An operator gives our role the right to read statistics: GRANT pg_monitor, as the server's page says.",
    ),
    "look": ("Nobody has been able to look lately.", "Nothing to do: we look again as soon as the server answers."),
    "day": ("There is no figure from a day ago yet.", "Nothing to do: wait until the figures are there."),
    "memory": (
        "We do not know how much memory this machine has.",
        "An operator types it in on the server's page. A superuser's account sees it by itself.",
    ),
    "begin": (
        "Nobody has used it since we began to look, and that was not long ago.",
        "Nothing to do: after 30 days we know more.",
    ),
}
"""Why a state is unknown, and what would change that."""

"""From what is stored of a check and what was just found to what is stored next, and whether that is news. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from jellystone.postgres.checks.kinds import RANK, Finding, Seen, State

News = Literal["opened", "worse", "better", "over"]


@dataclass(frozen=True, kw_only=True)
class Known:
    """A row of `advice`: never ok, for what is ok has no row."""

    state: State
    seen: Seen
    opened_at: datetime
    since: datetime
    better_since: datetime | None = None


def step(known: Known | None, finding: Finding, at: datetime, *, eases_after: int) -> tuple[Known | None, News | None]:
    """Worse is believed at once; milder only when it has been so for `eases_after` minutes.

    Not being able to see is no news, neither when it begins nor when it ends.
    """
    if known is None:
        return _open(finding, at)
    if RANK[finding.state] > RANK[known.state]:
        opened_at = at if known.state == "unknown" else known.opened_at
        news: News = "opened" if known.state == "unknown" else "worse"
        return Known(state=finding.state, seen=finding.seen, opened_at=opened_at, since=at), news
    if finding.state == known.state:
        return replace(known, seen=finding.seen, better_since=None), None
    since = known.better_since or at
    if known.state != "unknown" and at - since < timedelta(minutes=eases_after):
        return replace(known, better_since=since), None
    return _ease(known, finding, at)


def _open(finding: Finding, at: datetime) -> tuple[Known | None, News | None]:
    if finding.state == "ok":
        return None, None
    news: News | None = None if finding.state == "unknown" else "opened"
    return Known(state=finding.state, seen=finding.seen, opened_at=at, since=at), news


def _ease(known: Known, finding: Finding, at: datetime) -> tuple[Known | None, News | None]:
    if finding.state == "ok":
        return None, None if known.state == "unknown" else "over"
    news: News | None = None if finding.state == "unknown" else "better"
    return Known(state=finding.state, seen=finding.seen, opened_at=known.opened_at, since=at), news

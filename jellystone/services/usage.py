"""When a database was last used and last written, by anyone and in any way, from two looks at it.

Pure: no clock, no database. What PostgreSQL tells (measured on 14 to 18):
- `active_ms` and `sessions` count client sessions only; transactions and rows also count autovacuum's.
- Both are told at a statement's end, or up to ten seconds later; nothing moves while a transaction is open.
- After a crash the counters begin at 0; from 15 on `reset_at` stays null then.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple


class Sample(NamedTuple):
    """One look at `at`, the server's own clock.

    `written`: rows inserted, updated and deleted. `last_start`: when the newest statement of a session began that is
    connected now and not our own.
    """

    at: datetime
    written: int
    active_ms: float
    sessions: int
    reset_at: datetime | None = None
    last_start: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Usage:
    """None: not known. `written_at` waits for a proof that it was a client and not autoanalyze."""

    last_query_at: datetime | None = None
    last_write_at: datetime | None = None
    written_at: datetime | None = None


def restarted(before: Sample, now: Sample) -> bool:
    """Whether the counters began at 0 meanwhile: a crash, a reset, or another database with the same number."""
    lower = now.written < before.written or now.active_ms < before.active_ms or now.sessions < before.sessions
    return lower or now.reset_at != before.reset_at


def follow(known: Usage, before: Sample | None, now: Sample, *, ours: bool = False) -> Usage:
    """What is known after this look. `ours`: we were inside since the last one, so what moved proves nothing."""
    known = _none_after(known, now.at)
    live = now.last_start if now.last_start and (before is None or now.last_start > before.at) else None
    after = replace(known, last_query_at=later(known.last_query_at, live)) if live else known
    if before is None or ours:
        return replace(after, written_at=None)
    zero = restarted(before, now)
    busy = now.active_ms > (0 if zero else before.active_ms)
    written = now.written > (0 if zero else before.written)
    if busy and live is None:
        after = replace(after, last_query_at=later(after.last_query_at, now.at))
    if written and (busy or live):
        return replace(after, last_write_at=live or now.at, written_at=None)
    if written:
        return replace(after, written_at=now.at)
    if known.written_at and busy:
        after = replace(after, last_write_at=later(known.last_write_at, known.written_at))
    return replace(after, written_at=None) if after.written_at else after


def _none_after(known: Usage, now: datetime) -> Usage:
    """The server's clock has been put back: what is in the future was not later than now."""
    moments = vars(known)
    if not any(at and at > now for at in moments.values()):
        return known
    return Usage(**{name: at and min(at, now) for name, at in moments.items()})


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other

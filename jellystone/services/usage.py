"""When a database was last used and last written, by anyone and in any way, from two looks at it.

Pure: no clock, no database. What PostgreSQL tells (measured on 14 to 18):
- `active_ms` and `sessions` count client sessions only; transactions and rows also count autovacuum's.
- Both are told at a statement's end, or up to ten seconds later; nothing moves while a transaction is open.
- After a crash the counters begin at 0; from 15 on `reset_at` stays null then.
"""

from datetime import datetime
from typing import NamedTuple

from msgspec import Struct


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


class Usage(Struct, frozen=True, kw_only=True):
    """None: not known. `written_at` waits for a proof that it was a client and not autoanalyze."""

    last_query_at: datetime | None = None
    last_write_at: datetime | None = None
    written_at: datetime | None = None


def restarted(before: Sample, now: Sample) -> bool:
    """Whether the counters began at 0 meanwhile: a crash, a reset, or another database with the same number."""
    lower = now.written < before.written or now.active_ms < before.active_ms or now.sessions < before.sessions
    return lower or now.reset_at != before.reset_at


def follow(known: Usage, before: Sample | None, now: Sample, *, ours: bool = False) -> Usage:
    """What is known after this look. `ours`: we were inside since the last one, so what moved proves nothing.

    Nothing was used in the future: it seems so when the server's clock has been put back.
    """
    query, write, pending = (
        at and min(at, now.at) for at in (known.last_query_at, known.last_write_at, known.written_at)
    )
    live = now.last_start if now.last_start and (before is None or now.last_start > before.at) else None
    query = later(query, live)
    if before is None or ours:
        return Usage(last_query_at=query, last_write_at=write)
    zero = restarted(before, now)
    busy = now.active_ms > (0 if zero else before.active_ms)
    written = now.written > (0 if zero else before.written)
    if busy and live is None:
        query = later(query, now.at)
    if written and (busy or live):
        return Usage(last_query_at=query, last_write_at=live or now.at)
    if busy and not written:
        write = later(write, pending)
    return Usage(last_query_at=query, last_write_at=write, written_at=now.at if written else None)


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other

"""What a look at a server says beside the one before it: no clock, no database (`services.looks` has these)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from jellystone.postgres.overview import Counters, DatabaseOverview
from jellystone.services.steps import COUNTED, MEANS
from jellystone.services.usage import Sample, Usage, follow, restarted

ROUNDING = timedelta(seconds=30)
BUSY = ("active_time", "sessions", "tup_inserted", "tup_updated", "tup_deleted", "temp_bytes", "deadlocks")
"""Autovacuum moves all others, in databases that nobody uses."""
KNOWN = ("last_query_at", "last_write_at")
NOTHING = Counters()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A database as a look left it. `id`: it is ours."""

    counters: Counters
    id: UUID | None = None
    stats_reset: datetime | None = None
    usage: Usage = field(default_factory=Usage)
    size_bytes: int | None = None

    def sample(self, at: datetime, *, last_start: datetime | None = None) -> Sample:
        seen = self.counters
        return Sample(
            at=at,
            written=seen.tup_inserted + seen.tup_updated + seen.tup_deleted,
            active_ms=seen.active_time,
            sessions=seen.sessions,
            reset_at=self.stats_reset,
            last_start=last_start,
        )


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The last look, and what our books say of the server's databases.

    `at` was the server's clock then and `before` our own; `seconds` have passed since, 0 if there was no look or long
    ago. `taken_at` is now, by our own clock. `settled`: by name, when its counters held all that we had done inside.
    """

    at: datetime | None
    before: datetime | None
    taken_at: datetime
    seconds: float
    kept: Mapping[int, Kept]
    books: Mapping[UUID, Any]
    settled: Mapping[str, datetime]

    @property
    def step(self) -> datetime:
        """The whole minute in which this step began."""
        begin = self.taken_at - timedelta(seconds=self.seconds) + ROUNDING
        return begin.replace(second=0, microsecond=0)

    def visited(self, name: str) -> bool:
        """Whether what moved since the last look may have been ourselves."""
        settled = self.settled.get(name)
        return settled is not None and (self.before is None or settled > self.before)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A database now. `moved` counters since the last look; `bytes` of private memory."""

    one: DatabaseOverview
    before: Kept | None
    kept: Kept
    moved: Counters
    bytes: int | None

    @property
    def id(self) -> UUID | None:
        return self.kept.id

    @property
    def idle(self) -> bool:
        return not self.one.sessions.connections and not any(getattr(self.moved, name) for name in BUSY)


def see(one: DatabaseOverview, memory: Memory, *, at: datetime, private: Mapping[int, int] | None) -> Seen:
    before = memory.kept.get(one.datid)
    book = memory.books.get(one.id) if one.id else None
    mine = book if book and book["name"] == one.name else None
    now = Kept(
        counters=one.counters,
        id=one.id if mine else None,
        stats_reset=one.stats_reset,
        size_bytes=before.size_bytes if before else None,
    )
    sample = now.sample(at, last_start=one.sessions.last_start)
    earlier = before.sample(memory.at) if before and memory.at else None
    ours = memory.visited(one.name)
    known = before.usage if before else Usage()
    usage = follow(_best(known, mine) if mine else known, earlier, sample, ours=ours)
    moved = NOTHING
    if before and earlier and not ours and before.counters != one.counters:
        moved = _moved(Counters() if restarted(earlier, sample) else before.counters, one.counters)
    return Seen(
        one=one,
        before=before,
        kept=replace(now, usage=usage),
        moved=moved,
        bytes=None if private is None else private.get(one.datid, 0),
    )


def _best(known: Usage, book: Any) -> Usage:
    """Our books may be behind (the row was locked) or ahead (`counters` did not survive a crash)."""
    if all(getattr(known, name) == book[name] for name in KNOWN):
        return known
    later = {name: max(filter(None, (getattr(known, name), book[name])), default=None) for name in KNOWN}
    return replace(known, **later)


def _moved(before: Counters, now: Counters) -> Counters:
    return Counters(**{name: max(0, getattr(now, name) - getattr(before, name)) for name in COUNTED.values()})


def kept(row: Any) -> Kept:
    """A row of `counters`."""
    seen = msgspec.json.decode(row["seen"])
    seen |= {"counters": seen, "id": row["database"], "size_bytes": row["size_bytes"]}
    return msgspec.convert(seen, Kept)


def flat(seen: Seen) -> dict[str, Any]:
    """PostgreSQL's own names at the top: metrics read them."""
    kept = seen.kept
    return {
        "datid": seen.one.datid,
        "database": seen.id,
        "seen": {**vars(kept.counters), "stats_reset": kept.stats_reset, "usage": kept.usage},
    }


def states(seen: Iterable[Seen]) -> Iterator[dict[str, Any]]:
    for one in seen:
        if one.id:
            sessions, usage = one.one.sessions, one.kept.usage
            yield {
                "id": one.id,
                "connections": sessions.connections,
                "active": sessions.active,
                "idle_in_transaction": sessions.idle_in_transaction,
                "waiting": sessions.waiting,
                "private_bytes": one.bytes,
                "last_query_at": usage.last_query_at,
                "last_write_at": usage.last_write_at,
            }


def row(subject: UUID, memory: Memory, seen: list[Seen]) -> dict[str, Any]:
    """One database's step, or the sum of all; what is not known of one of them is not known of the sum."""
    step: dict[str, Any] = {"subject": subject, "at": memory.step, "seconds": memory.seconds}
    step |= {name: _total(getattr(one.one.sessions, name) for one in seen) for name in MEANS}
    step |= {ours: round(sum(getattr(one.moved, theirs) for one in seen)) for ours, theirs in COUNTED.items()}
    return step | {
        "connections_most": step["connections"],
        "size_bytes": _total(one.kept.size_bytes for one in seen),
        "private_bytes": _total(one.bytes for one in seen),
    }


def _total(values: Iterable[int | None]) -> int | None:
    total = 0
    for value in values:
        if value is None:
            return None
        total += value
    return total

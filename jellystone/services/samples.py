"""What a look at a server says beside the one before it: no clock, no database (`services.looks` has these)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from jellystone.postgres.overview import Counters, DatabaseOverview
from jellystone.services.steps import NAMES
from jellystone.services.usage import Sample, Usage, follow, later, restarted

ROUNDING = timedelta(seconds=30)
BUSY = itemgetter(
    *(Counters._fields.index(name) for name in ("active_time", "sessions", "tup_inserted", "tup_updated")),
    *(Counters._fields.index(name) for name in ("tup_deleted", "temp_bytes", "deadlocks")),
)
"""Autovacuum moves all others, in databases that nobody uses."""
NOTHING, UNKNOWN = Counters(), Usage()
Stored = msgspec.defstruct(
    "Stored",
    [
        *((name, int | float, 0) for name in Counters._fields),
        ("stats_reset", datetime | None, None),
        ("usage", Usage, UNKNOWN),
    ],
)
"""What is kept of a database in `counters`. PostgreSQL's own names at the top: metrics read them."""
STORED = msgspec.json.Decoder(Stored)


class Kept(NamedTuple):
    """A database as a look left it. `id`: it is ours."""

    counters: Counters
    id: UUID | None = None
    stats_reset: datetime | None = None
    usage: Usage = UNKNOWN
    size_bytes: int | None = None

    def sample(self, at: datetime, *, last_start: datetime | None = None) -> Sample:
        return _sample(self.counters, at, self.stats_reset, last_start)


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


class Seen(NamedTuple):
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
        return not self.one.sessions.connections and not any(BUSY(self.moved))


def see(one: DatabaseOverview, memory: Memory, *, at: datetime, private: Mapping[int, int] | None) -> Seen:
    before = memory.kept.get(one.datid)
    book = memory.books.get(one.id) if one.id else None
    mine = book if book and book["name"] == one.name else None
    sample = _sample(one.counters, at, one.stats_reset, one.sessions.last_start)
    earlier = before.sample(memory.at) if before and memory.at else None
    ours = memory.visited(one.name)
    known = before.usage if before else UNKNOWN
    moved = NOTHING
    if before and earlier and not ours and before.counters != one.counters:
        moved = _moved(NOTHING if restarted(earlier, sample) else before.counters, one.counters)
    return Seen(
        one,
        before,
        Kept(
            counters=one.counters,
            id=one.id if mine else None,
            stats_reset=one.stats_reset,
            usage=follow(_best(known, mine) if mine else known, earlier, sample, ours=ours),
            size_bytes=before.size_bytes if before else None,
        ),
        moved,
        None if private is None else private.get(one.datid, 0),
    )


def _sample(seen: Counters, at: datetime, reset_at: datetime | None, last_start: datetime | None = None) -> Sample:
    written = seen.tup_inserted + seen.tup_updated + seen.tup_deleted
    return Sample(at, written, seen.active_time, seen.sessions, reset_at, last_start)


def _best(known: Usage, book: Any) -> Usage:
    """Our books may be behind (the row was locked) or ahead (`counters` did not survive a crash)."""
    query, write = book["last_query_at"], book["last_write_at"]
    if (query, write) == (known.last_query_at, known.last_write_at):
        return known
    return Usage(
        last_query_at=later(known.last_query_at, query),
        last_write_at=later(known.last_write_at, write),
        written_at=known.written_at,
    )


def _moved(before: Counters, now: Counters) -> Counters:
    return Counters._make([new - old if new > old else 0 for old, new in zip(before, now, strict=True)])


def kept(row: Any) -> Kept:
    """A row of `counters`."""
    *counters, stats_reset, usage = msgspec.structs.astuple(STORED.decode(row["seen"]))
    return Kept(
        counters=Counters._make(counters),
        id=row["database"],
        stats_reset=stats_reset,
        usage=usage,
        size_bytes=row["size_bytes"],
    )


def flat(seen: Seen) -> dict[str, Any]:
    kept = seen.kept
    return {
        "datid": seen.one.datid,
        "database": seen.id,
        "seen": Stored(*kept.counters, kept.stats_reset, kept.usage),
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


def rows(server: UUID, memory: Memory, seen: list[Seen]) -> list[tuple[Any, ...]]:
    """The step of each database in which something happened, and of the server: the sum of all. As in `steps.NAMES`.

    What is not known of one of them is not known of the sum.
    """
    begin = memory.step, memory.seconds
    steps = [(one.id, *begin, *_figures(one)) for one in seen if one.id and not one.idle]
    whole = [_total(column) for column in zip(*map(_figures, seen), strict=True)] or [0] * (len(NAMES) - 3)
    return [*steps, (server, *begin, *whole)]


def _figures(seen: Seen) -> tuple[float | None, ...]:
    sessions = seen.one.sessions
    return (sessions.connections, *sessions[:5], *map(round, seen.moved), seen.kept.size_bytes, seen.bytes)


def _total(values: tuple[Any, ...]) -> Any:
    return None if None in values else sum(values)

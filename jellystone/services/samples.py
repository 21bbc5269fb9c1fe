"""What a look at a server leaves in our own tables: its databases' newest figures, and one step of history.

However many databases a server has, a round is a handful of statements. What was seen is kept for the next look
(`counters`, `looks`), so that another replica can go on where this one stopped: without a hole, without a spike.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.postgres.overview import Counters, DatabaseOverview, Overview
from jellystone.services import visits
from jellystone.services.steps import COUNTED, MEANS, NAMES
from jellystone.services.usage import Sample, Usage, follow, restarted

LONGEST = 600.0
"""Seconds between two looks. After more, nobody can say when in between it was that the counters moved: a gap."""
ROUNDING = timedelta(seconds=30)
BUSY = ("active_time", "sessions", "tup_inserted", "tup_updated", "tup_deleted", "temp_bytes", "deadlocks")
"""Autovacuum moves all others, in databases that nobody uses."""
KNOWN = ("last_query_at", "last_write_at")

LAST = "SELECT at, taken_at FROM looks WHERE server = $1 AND kind = 'overview'"
KEPT = "SELECT datid, seen::text AS seen, size_bytes FROM counters WHERE server = $1"
BOOKS = "SELECT id, name, last_query_at, last_write_at FROM databases WHERE server = $1"
# Whoever works on a database has locked its row, perhaps for long: it gets its figures with the next look.
DATABASES = """
    WITH new AS (SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS new(
        id uuid, connections int, active int, idle_in_transaction int, waiting int, private_bytes bigint,
        last_query_at timestamptz, last_write_at timestamptz)
    ), free AS (
        SELECT id FROM databases WHERE id IN (SELECT id FROM new) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE databases d SET connections = new.connections, active = new.active, waiting = new.waiting,
        idle_in_transaction = new.idle_in_transaction, private_bytes = new.private_bytes,
        last_query_at = new.last_query_at, last_write_at = new.last_write_at, measured_at = $2
    FROM new JOIN free USING (id) WHERE d.id = new.id
"""
KEEP = """
    INSERT INTO counters (server, datid, database, seen)
    SELECT $1, datid, database, seen
    FROM jsonb_to_recordset($2::text::jsonb) AS new(datid bigint, database uuid, seen jsonb)
    ON CONFLICT (server, datid) DO UPDATE SET database = excluded.database, seen = excluded.seen
"""
FORGET = "DELETE FROM counters WHERE server = $1 AND NOT datid = ANY ($2::bigint[])"
LOOKED = """
    INSERT INTO looks (server, kind, at, taken_at) VALUES ($1, 'overview', $2, $3)
    ON CONFLICT (server, kind) DO UPDATE SET at = excluded.at, taken_at = excluded.taken_at
"""
FIGURES = f"""
    INSERT INTO figures_minute ({", ".join(NAMES)})
    SELECT {", ".join(NAMES)} FROM jsonb_populate_recordset(NULL::figures_minute, $1::text::jsonb)
    ON CONFLICT (subject, at) DO UPDATE SET
        {", ".join(f"{name} = figures_minute.{name} + excluded.{name}" for name in ("seconds", *COUNTED))},
        connections_most = greatest(figures_minute.connections_most, excluded.connections_most),
        size_bytes = excluded.size_bytes, private_bytes = excluded.private_bytes
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A database as the last look left it, also one that is not ours."""

    counters: Counters
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
    """A database now. `moved` counters since the last look; `bytes` of private memory. `id`: it is ours."""

    one: DatabaseOverview
    kept: Kept
    moved: Counters
    id: UUID | None
    bytes: int | None

    @property
    def idle(self) -> bool:
        return not self.one.sessions.connections and not any(getattr(self.moved, name) for name in BUSY)


async def store(server: UUID, now: Overview, *, private: Mapping[int, int] | None, ago: float) -> int:
    """`private` memory by database, if it can be known; the look began `ago` seconds ago. How many databases it saw."""
    memory = await _recall(server, now, ago)
    seen = [_see(one, memory, at=now.at, private=private) for one in now.databases]
    async with DB.transaction():
        await DB.fetch(DATABASES, _json(_states(seen)), memory.taken_at)
        await DB.fetch(KEEP, server, _json(_flat(one) for one in seen))
        await DB.fetch(FORGET, server, [one.datid for one in now.databases])
        await DB.fetch(LOOKED, server, now.at, memory.taken_at)
        if memory.seconds:
            rows = [_row(one.id, memory, [one]) for one in seen if one.id and not one.idle]
            await DB.fetch(FIGURES, _json([*rows, _row(server, memory, seen)]))
    return len(seen)


async def _recall(server: UUID, now: Overview, ago: float) -> Memory:
    """Visits are read last: one that began after the look does no harm, one that is missed would."""
    last = await DB.fetch_row(LAST, server)
    kept = {row["datid"]: _kept(row) for row in await DB.fetch(KEPT, server)}
    books = {row["id"]: row for row in await DB.fetch(BOOKS, server)}
    clock, settled = await visits.settled(server)
    passed = (now.at - last["at"]).total_seconds() if last else 0
    return Memory(
        at=last["at"] if last else None,
        before=last["taken_at"] if last else None,
        taken_at=clock - timedelta(seconds=ago),
        seconds=passed if 0 < passed <= LONGEST else 0,
        kept=kept if last else {},
        books=books,
        settled=settled,
    )


def _see(one: DatabaseOverview, memory: Memory, *, at: datetime, private: Mapping[int, int] | None) -> Seen:
    before = memory.kept.get(one.datid)
    book = memory.books.get(one.id) if one.id else None
    mine = book if book and book["name"] == one.name else None
    now = Kept(counters=one.counters, stats_reset=one.stats_reset, size_bytes=before.size_bytes if before else None)
    sample = now.sample(at, last_start=one.sessions.last_start)
    earlier = before.sample(memory.at) if before and memory.at else None
    ours = memory.visited(one.name)
    known = before.usage if before else Usage()
    usage = follow(_best(known, mine) if mine else known, earlier, sample, ours=ours)
    moved = Counters()
    if before and earlier and not ours:
        moved = _moved(Counters() if restarted(earlier, sample) else before.counters, one.counters)
    return Seen(
        one=one,
        kept=replace(now, usage=usage),
        moved=moved,
        id=one.id if mine else None,
        bytes=None if private is None else private.get(one.datid, 0),
    )


def _best(known: Usage, book: Any) -> Usage:
    """Our books may be behind (the row was locked) or ahead (`counters` did not survive a crash)."""
    later = {name: max(filter(None, (getattr(known, name), book[name])), default=None) for name in KNOWN}
    return replace(known, **later)


def _moved(before: Counters, now: Counters) -> Counters:
    return Counters(**{name: max(0, getattr(now, name) - getattr(before, name)) for name in COUNTED.values()})


def _kept(row: Any) -> Kept:
    seen = msgspec.json.decode(row["seen"])
    return msgspec.convert({**seen, "counters": seen, "size_bytes": row["size_bytes"]}, Kept)


def _flat(seen: Seen) -> dict[str, Any]:
    """PostgreSQL's own names at the top: metrics read them."""
    kept = seen.kept
    return {
        "datid": seen.one.datid,
        "database": seen.id,
        "seen": {**asdict(kept.counters), "stats_reset": kept.stats_reset, "usage": kept.usage},
    }


def _states(seen: list[Seen]) -> Iterator[dict[str, Any]]:
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


def _row(subject: UUID, memory: Memory, seen: list[Seen]) -> dict[str, Any]:
    """One database's step, or the sum of all; what is not known of one of them is not known of the sum."""
    row: dict[str, Any] = {"subject": subject, "at": memory.step, "seconds": memory.seconds}
    row |= {name: sum(getattr(one.one.sessions, name) or 0 for one in seen) for name in MEANS}
    row |= {ours: round(sum(getattr(one.moved, theirs) for one in seen)) for ours, theirs in COUNTED.items()}
    sizes, memories = [one.kept.size_bytes for one in seen], [one.bytes for one in seen]
    return row | {
        "connections_most": row["connections"],
        "size_bytes": None if None in sizes else sum(filter(None, sizes)),
        "private_bytes": None if None in memories else sum(filter(None, memories)),
    }


def _json(rows: Iterable[dict[str, Any]]) -> str:
    return msgspec.json.encode(list(rows)).decode()

"""What a look at a server leaves in our own tables: its databases' newest figures, and one step of history.

However many databases a server has, a round is a handful of statements. What was seen is kept for the next look
(`counters`, `looks`), so that another replica can go on where this one stopped: without a hole, without a spike.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.postgres.overview import Overview
from jellystone.services import visits
from jellystone.services.samples import Memory, flat, kept, rows, see, states
from jellystone.services.steps import COUNTED, NAMES

LONGEST = 600.0
"""Seconds between two looks. After more, nobody can say when in between it was that the counters moved: a gap."""

LAST = "SELECT at, taken_at FROM looks WHERE server = $1 AND kind = 'overview'"
KEPT = "SELECT datid, database, seen::text AS seen, size_bytes FROM counters WHERE server = $1"
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
ROLES = """
    WITH free AS (
        SELECT id, coalesce(found.connections, 0) AS connections
        FROM roles r LEFT JOIN unnest($2::text[], $3::int[]) AS found(name, connections) ON found.name = r.name
        WHERE server = $1 AND r.connections IS DISTINCT FROM coalesce(found.connections, 0)
        ORDER BY id FOR NO KEY UPDATE OF r SKIP LOCKED
    )
    UPDATE roles r SET connections = free.connections FROM free WHERE r.id = free.id
"""
FORGET = "DELETE FROM counters WHERE server = $1 AND NOT datid = ANY ($2::bigint[])"
# Nothing if somebody else has looked since: two leaders, one of whom does not know yet that it is none any more.
LOOKED = """
    INSERT INTO looks (server, kind, at, taken_at) VALUES ($1, 'overview', $2, $3)
    ON CONFLICT (server, kind) DO UPDATE SET at = excluded.at, taken_at = excluded.taken_at WHERE looks.at = $4
    RETURNING at
"""
FIGURES = f"""
    INSERT INTO figures_minute ({", ".join(NAMES)})
    SELECT {", ".join(NAMES)} FROM jsonb_populate_recordset(NULL::figures_minute, $1::text::jsonb)
    ON CONFLICT (subject, at) DO UPDATE SET
        {", ".join(f"{name} = figures_minute.{name} + excluded.{name}" for name in ("seconds", *COUNTED))},
        connections_most = greatest(figures_minute.connections_most, excluded.connections_most),
        size_bytes = excluded.size_bytes, private_bytes = excluded.private_bytes
"""


async def store(server: UUID, now: Overview, *, private: Mapping[int, int] | None, ago: float) -> int:
    """`private` memory by database, if it can be known; the look began `ago` seconds ago. How many databases it saw."""
    memory = await _recall(server, now, ago)
    seen = []
    for number, one in enumerate(now.databases):
        seen.append(see(one, memory, at=now.at, private=private))
        if not number % 100:
            await asyncio.sleep(0)  # a server with very many databases keeps no request waiting
    async with DB.transaction():
        if not await DB.fetch(LOOKED, server, now.at, memory.taken_at, memory.at):
            return len(seen)
        await DB.fetch(DATABASES, _json(states(seen)), memory.taken_at)
        await DB.fetch(ROLES, server, list(now.roles), list(now.roles.values()))
        await DB.fetch(KEEP, server, _json(flat(one) for one in seen if one.kept != one.before))
        await DB.fetch(FORGET, server, [one.datid for one in now.databases])
        if memory.seconds:
            await DB.fetch(FIGURES, _json(dict(zip(NAMES, row, strict=True)) for row in rows(server, memory, seen)))
    return len(seen)


async def _recall(server: UUID, now: Overview, ago: float) -> Memory:
    """Visits are read last: one that began after the look does no harm, one that is missed would."""
    last = await DB.fetch_row(LAST, server)
    known = await DB.fetch(KEPT, server)
    books = {row["id"]: row for row in await DB.fetch(BOOKS, server)}
    clock, settled = await visits.settled(server)
    passed = (now.at - last["at"]).total_seconds() if last else 0
    return Memory(
        at=last["at"] if last else None,
        before=last["taken_at"] if last else None,
        taken_at=clock - timedelta(seconds=ago),
        seconds=passed if 0 < passed <= LONGEST else 0,
        kept={row["datid"]: kept(row) for row in known} if last else {},
        books=books,
        settled=settled,
    )


def _json(rows: Iterable[dict[str, Any]]) -> str:
    return msgspec.json.encode(list(rows)).decode()

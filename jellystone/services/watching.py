"""One look of each kind at a managed server, and what it leaves in our tables. Who looks when: `jobs.collector`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from asyncpg import ForeignKeyViolationError

from jellystone.database import DB
from jellystone.errors import NotFound, Unreachable
from jellystone.postgres import activity, memory, sizes, statements
from jellystone.postgres.overview import overview as look_over
from jellystone.postgres.watch import Watch
from jellystone.services import looks, run_samples, server_addresses, servers, statement_samples
from jellystone.services.rounds import EVERY
from jellystone.tables.servers import Server

Look = Callable[[Server], Awaitable[int]]
STORING = asyncio.Semaphore(3)
"""Of the ten connections of our own pool: however many servers there are, people come first."""

ANSWERED = """
    UPDATE servers SET connections = $2, connections_usable = $3, started_at = $4, contacted_at = now(), problem = NULL
    WHERE id = $1 RETURNING (SELECT version IS NULL OR started_at IS DISTINCT FROM $4 OR problem IS NOT NULL
                             FROM servers WHERE id = $1) AS changed
"""
DATIDS = "SELECT datid FROM counters WHERE server = $1 ORDER BY datid"
FRESH = "SELECT datid FROM counters WHERE server = $1 AND database IS NOT NULL AND size_bytes IS NULL LIMIT 50"
SIZED = """
    WITH new AS (SELECT * FROM unnest($2::bigint[], $3::bigint[]) AS new(datid, bytes)),
    kept AS (
        UPDATE counters c SET size_bytes = new.bytes FROM new WHERE c.server = $1 AND c.datid = new.datid
        RETURNING c.database, new.bytes
    ), free AS (
        SELECT id, bytes FROM databases JOIN kept ON kept.database = databases.id
        ORDER BY id FOR NO KEY UPDATE OF databases SKIP LOCKED
    )
    UPDATE databases d SET size_bytes = free.bytes FROM free
    WHERE d.id = free.id AND d.size_bytes IS DISTINCT FROM free.bytes
"""

_watches: dict[UUID, tuple[bytes, Watch]] = {}


async def overview(server: Server) -> int:
    """Sessions and counters of every database."""
    async with (await watch(server)).look("quick") as connection:
        began = time.monotonic()
        now = await look_over(connection)
        private = await memory.private(connection)
    ago = time.monotonic() - began
    async with STORING:
        rows = await looks.store(server.id, now, private=private, ago=ago)
        changed = await DB.fetch(ANSWERED, server.id, now.used, now.usable, now.started_at)
    if changed and changed[0]["changed"]:
        await servers.refresh(server)
    if fresh := [row["datid"] for row in await DB.fetch(FRESH, server.id)]:
        await _size(server, fresh)
    return rows


async def measure(server: Server) -> int:
    """Sizes: of those databases that the overview has seen."""
    wanted = await DB.fetch(DATIDS, server.id)
    if not wanted:
        await overview(server)
        wanted = await DB.fetch(DATIDS, server.id)
    return await _size(server, [row["datid"] for row in wanted])


async def _size(server: Server, datids: list[int]) -> int:
    async with (await watch(server)).look("slow") as connection:
        found = await sizes.sizes(connection, datids)
    async with STORING:
        await DB.fetch(SIZED, server.id, list(found), list(found.values()))
    return len(found)


async def count(server: Server) -> int:
    """What statements cost. Nothing where pg_stat_statements is missing; the server's warnings say how to have it."""
    ours = await statement_samples.of_server(server.id)
    async with (await watch(server)).look("slow") as connection:
        now = await statements.snapshot(connection, list(ours))
    if now is None:
        statement_samples.forget(server.id)
        return 0
    spent = statement_samples.spent(server.id, now)
    texts: dict[tuple[int, int], str] = {}
    if unknown := await statement_samples.unknown(spent, ours):
        async with (await watch(server)).look("slow") as connection:
            texts = await statements.texts(connection, unknown, longest=statement_samples.READ)
    async with STORING:
        await statement_samples.store(server.id, now, spent, texts, ours)
    return len(now.statements)


async def catch(server: Server) -> int:
    """Runs that take longer than their database's threshold."""
    thresholds = await run_samples.thresholds(server.id)
    async with (await watch(server)).look("quick") as connection:
        found = await activity.runs(connection, thresholds)
    async with STORING:
        await run_samples.store(server.id, found)
    return len(found)


async def probe(server: Server) -> int:
    """Version, rights, settings and what else changes seldom."""
    if problem := await servers.refresh(server):
        raise Unreachable(problem)
    return 1


def unless_removed(look: Look) -> Look:
    """What is to be stored of a server that was removed meanwhile has no place: that is no fault of ours."""

    async def careful(server: Server) -> int:
        try:
            return await look(server)
        except ForeignKeyViolationError:
            if await servers.by_id(server.id) is not None:
                raise
            raise NotFound(f"The server {server.name} has just been removed.") from None

    return careful


LOOKS: dict[str, Look] = {
    "overview": overview,
    "activity": catch,
    "statements": count,
    "sizes": measure,
    "probe": probe,
}
KINDS = {kind: (float(seconds), unless_removed(LOOKS[kind])) for kind, seconds in EVERY.items()}
"""Each with the seconds between two looks."""


async def close_all() -> None:
    """Somebody else may look from now on."""
    await asyncio.gather(*(close(id) for id in list(_watches)))
    statement_samples.forget()


async def keep_only(there: Collection[UUID]) -> None:
    """Close the watches of servers that are gone."""
    for id in set(_watches) - set(there):
        await close(id)


async def close(server: UUID) -> None:
    """It is gone, or its address has changed."""
    statement_samples.forget(server)
    if kept := _watches.pop(server, None):
        await kept[1].close()


async def watch(server: Server) -> Watch:
    """The one of this process for that server; a new one when its address has changed."""
    kept = _watches.get(server.id)
    if kept and kept[0] == server.wrapped_url:
        return kept[1]
    new = Watch(server.name, server_addresses.of(server))
    _watches[server.id] = server.wrapped_url, new
    if kept:
        await kept[1].close()
    return new

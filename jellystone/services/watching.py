"""One look of each kind at a managed server, and what it leaves in our tables. Who looks when: `jobs.collector`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from jellystone.database import DB
from jellystone.postgres import memory, sizes
from jellystone.postgres.address import Address
from jellystone.postgres.overview import overview as look_over
from jellystone.postgres.watch import Watch
from jellystone.services import instance, samples, servers
from jellystone.tables.servers import Server

STORING = asyncio.Semaphore(3)
"""Of the ten connections of our own pool: however many servers there are, people come first."""

ANSWERED = """
    UPDATE servers SET connections = $2, connections_usable = $3, started_at = $4, contacted_at = now(), problem = NULL
    WHERE id = $1 RETURNING (SELECT version IS NULL OR started_at IS DISTINCT FROM $4 OR problem IS NOT NULL
                             FROM servers WHERE id = $1) AS changed
"""
DATIDS = "SELECT datid FROM counters WHERE server = $1 ORDER BY datid"
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
    began = time.monotonic()
    async with _watch(server).look("quick") as connection:
        now = await look_over(connection)
        ago = time.monotonic() - began
        began = time.monotonic()
        private = await memory.private(connection)
    ago = time.monotonic() - began
    async with STORING:
        rows = await samples.store(server.id, now, private=private, ago=ago)
        changed = await DB.fetch(ANSWERED, server.id, now.used, now.usable, now.started_at)
    if changed and changed[0]["changed"]:
        await servers.refresh(server)
    return rows


async def measure(server: Server) -> int:
    """Sizes: of those databases that the overview has seen."""
    wanted = [row["datid"] for row in await DB.fetch(DATIDS, server.id)]
    async with _watch(server).look("slow") as connection:
        found = await sizes.sizes(connection, wanted)
    async with STORING:
        await DB.fetch(SIZED, server.id, list(found), list(found.values()))
    return len(found)


async def probe(server: Server) -> int:
    """Version, rights, settings and what else changes seldom."""
    await servers.refresh(server)
    return 1


KINDS: dict[str, tuple[float, Callable[[Server], Awaitable[int]]]] = {
    "overview": (60.0, overview),
    "sizes": (600.0, measure),
    "probe": (600.0, probe),
}
"""Each with the seconds between two looks."""


def _watch(server: Server) -> Watch:
    kept = _watches.get(server.id)
    if kept and kept[0] == server.wrapped_url:
        return kept[1]
    url = instance.keys().unwrap(server.wrapped_url, purpose="server address", row=server.id).decode()
    watch = Watch(server.name, Address.from_url(url))
    _watches[server.id] = server.wrapped_url, watch
    return watch


async def close_all() -> None:
    kept = list(_watches.values())
    _watches.clear()
    for _, watch in kept:
        await watch.close()

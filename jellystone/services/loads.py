"""What a server carries, from our own tables: for operators, and nobody else."""

from typing import Any

import msgspec

from jellystone.database import DB
from jellystone.facts.loads import ServerLoad, ServerMemory, Share
from jellystone.postgres.checks.memory import worst_case_bytes
from jellystone.services import statistics
from jellystone.services.actors import Actor
from jellystone.tables.servers import Server

MOST = 5
SHARES = """
    WITH shares AS (
        SELECT s.name || '/' || d.name AS id, t.slug AS team, d.size_bytes, d.connections, h.busy AS query_ms_per_second
        FROM databases d JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team
        LEFT JOIN (
            SELECT subject, round((sum(active_ms) / 3600.0)::numeric, 2)::float8 AS busy FROM figures_minute
            WHERE at >= now() - interval '1 hour' AND subject IN (SELECT id FROM databases WHERE server = $1)
            GROUP BY subject
        ) h ON h.subject = d.id
        WHERE d.server = $1
    ), ranked AS (
        SELECT *, row_number() OVER (ORDER BY size_bytes DESC NULLS LAST, id) AS by_size,
            row_number() OVER (ORDER BY query_ms_per_second DESC NULLS LAST, id) AS by_time,
            row_number() OVER (ORDER BY connections DESC NULLS LAST, id) AS by_connections
        FROM shares
    )
    SELECT * FROM ranked WHERE least(by_size, by_time, by_connections) <= $2
"""
NEEDED = ("shared_buffers", "work_mem", "hash_mem_multiplier", "autovacuum_max_workers", "maintenance_work_mem")


async def of_server(actor: Actor, server: Server) -> ServerLoad:
    """Three queries, however many databases there are."""
    actor.must_be_operator()
    now = await statistics.now_of_server(actor, server)
    shares = await DB.fetch(SHARES, server.id, MOST)
    parameters: dict[str, Any] = msgspec.json.decode(server.parameters)
    return ServerLoad(
        now=now,
        memory=_memory(server, parameters, now.private_bytes),
        parameters=parameters,
        biggest=_first(shares, "by_size", "size_bytes"),
        busiest=_first(shares, "by_time", "query_ms_per_second"),
        most_connected=_first(shares, "by_connections", "connections"),
    )


def _first(rows: list[Any], rank: str, figure: str) -> list[Share]:
    """Those with the most of it; who has nothing of it is left out."""
    ranked = sorted((row for row in rows if row[rank] <= MOST and row[figure]), key=lambda row: int(row[rank]))
    return [Share(**{name: row[name] for name in Share.__struct_fields__}) for row in ranked]


def _memory(server: Server, parameters: dict[str, Any], private: int | None) -> ServerMemory:
    total, could = server.memory_bytes or server.memory_given_bytes, None
    if server.connections_usable is not None and all(name in parameters for name in NEEDED):
        could = worst_case_bytes(usable=server.connections_usable, **{name: parameters[name] for name in NEEDED})
    return ServerMemory(
        total_bytes=total,
        given_bytes=server.memory_given_bytes,
        told=server.memory_bytes is not None,
        private_bytes=private,
        shared_bytes=parameters.get("shared_buffers"),
        could_use_bytes=could,
        could_use_percent=round(100 * could / total, 1) if could and total else None,
    )

"""How a database or server is doing: what was last measured, and the curves of a span."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import asdict

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.statistics import Now, Span, Statistics
from jellystone.services import curves, servers
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.permissions import Permission, Scope
from jellystone.services.spans import Stretch
from jellystone.tables.servers import Server

STALE = timedelta(minutes=3)  # three rounds of the collector
ACCURACY = 60
HOUR = """
    SELECT sum(blocks_hit)::float8 AS hit, sum(blocks_hit + blocks_read)::float8 AS blocks,
        sum(temp_bytes)::bigint AS temp_bytes, sum(temp_files)::bigint AS temp_files
    FROM figures_minute WHERE subject = {subject} AND at >= now() - interval '1 hour'
"""
DATABASE = f"""
    SELECT d.measured_at, d.size_bytes, d.connections, d.connection_limit, d.active AS connections_active,
        CASE WHEN d.connections - d.active - d.idle_in_transaction IS NOT NULL
            THEN greatest(d.connections - d.active - d.idle_in_transaction, 0) END AS connections_idle,
        d.idle_in_transaction AS connections_idle_in_transaction, d.waiting AS connections_waiting, d.last_query_at,
        d.last_write_at, d.private_bytes, h.*
    FROM databases d, LATERAL ({HOUR.format(subject="d.id")}) h WHERE d.id = $1
"""
SERVER = f"""
    SELECT s.contacted_at AS measured_at, f.size_bytes, s.connections, s.connections_usable AS connection_limit,
        round(f.active)::int AS connections_active, round(f.idle)::int AS connections_idle,
        round(f.idle_in_transaction)::int AS connections_idle_in_transaction,
        round(f.waiting)::int AS connections_waiting, d.last_query_at, d.last_write_at, f.private_bytes, h.*
    FROM servers s, LATERAL ({HOUR.format(subject="s.id")}) h,
        LATERAL (SELECT max(last_query_at) AS last_query_at, max(last_write_at) AS last_write_at
            FROM databases WHERE server = s.id) d
        LEFT JOIN LATERAL (SELECT * FROM figures_minute WHERE subject = s.id AND at > now() - interval '1 hour'
            ORDER BY at DESC LIMIT 1) f ON true
    WHERE s.id = $1
"""


async def of_database(actor: Actor, database: Found, *, span: Span | Stretch) -> Statistics:
    """Two or three queries. Before the database was made, all is null."""
    now = await now_of(actor, database)
    series = await curves.drawn(
        span,
        subject=database.row.id,
        server=database.server.id,
        since=database.row.created_at,
        size_bytes=now.size_bytes,
    )
    return Statistics(now=now, **asdict(series))


async def of_server(actor: Actor, server: Server, *, span: Span | Stretch) -> Statistics:
    """The totals of all databases on it, also of those that are not ours: for operators only."""
    now = await now_of_server(actor, server)
    series = await curves.drawn(span, subject=server.id, server=server.id)
    return Statistics(now=now, **asdict(series))


async def seen_by(actor: Actor, name: str) -> Server:
    """The server, for who may see all that happens on it."""
    actor.must_have(Scope.READ)
    actor.must_be_operator()
    return await servers.by_name(name)


async def now_of_server(actor: Actor, server: Server) -> Now:
    actor.must_be_operator()
    return _now(await DB.fetch_row(SERVER, server.id))


async def now_of(actor: Actor, database: Found) -> Now:
    actor.must(Permission.VIEW, database.team.id)
    row = await DB.fetch_row(DATABASE, database.row.id)
    if row is None:
        raise NotFound(f"The database {database.id} is gone.")
    return _now(row)


def is_stale(measured_at: datetime | None) -> bool:
    return measured_at is None or datetime.now(UTC) - measured_at > STALE


def _now(row: Any) -> Now:
    values = dict(row)
    hit, blocks = values.pop("hit"), values.pop("blocks")
    return Now(
        **values,
        stale=is_stale(row["measured_at"]),
        accuracy_seconds=ACCURACY,
        cache_hit_percent=round(100 * hit / blocks, 2) if blocks else None,
    )

"""What statements cost, from pg_stat_statements in the administrative database: counters often, texts seldom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from jellystone.postgres.connection import Connection
from jellystone.postgres.names import quoted

STATS_SINCE = (1, 11)
"""The extension's version that says since when it counts a statement."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Counters of one statement by database and role, as sent by clients: not what functions ran within it."""

    datid: int
    role: str
    queryid: int
    since: datetime | None
    calls: int
    total_ms: float
    rows: int
    blocks_hit: int
    blocks_read: int
    temp_blocks: int
    wal_bytes: int


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """`at` is the server's clock; `reset_at` when all counters last began at 0; `datids` which databases it is of."""

    at: datetime
    reset_at: datetime | None
    datids: frozenset[int]
    statements: tuple[Statement, ...]


async def snapshot(connection: Connection, datids: list[int]) -> Snapshot | None:
    """Of these databases, without what we do ourselves. None where the extension is missing."""
    extension = await connection.fetchrow(EXTENSION)
    if extension is None or not extension["loaded"]:
        return None
    version = tuple(int(part) for part in extension["version"].split("."))
    since = "s.stats_since" if version >= STATS_SINCE else "NULL::timestamptz"
    schema = quoted(extension["schema"])
    rows = await connection.fetch(SNAPSHOT.format(schema=schema, since=since), datids)
    reset_at = await connection.fetchval(RESET.format(schema=schema))
    found = tuple(Statement(**row) for row in rows if row["calls"])
    return Snapshot(at=extension["at"], reset_at=reset_at, datids=frozenset(datids), statements=found)


async def texts(
    connection: Connection, wanted: Iterable[tuple[int, int]], *, longest: int
) -> dict[tuple[int, int], str]:
    """By database and queryid, cut at `longest` characters. They are as PostgreSQL has them: to be masked."""
    pairs = list(wanted)
    extension = await connection.fetchrow(EXTENSION)
    if extension is None or not pairs:
        return {}
    query = TEXTS.format(schema=quoted(extension["schema"]))
    rows = await connection.fetch(query, [datid for datid, _ in pairs], [id for _, id in pairs], longest)
    return {(row["datid"], row["queryid"]): row["text"] for row in rows}


EXTENSION = """
SELECT extversion AS version, n.nspname AS schema, clock_timestamp() AS at,
       current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_stat_statements'"""
RESET = "SELECT stats_reset FROM {schema}.pg_stat_statements_info"

# A role that is gone has no name. Without the right to read statistics others' statements have no queryid.
SNAPSHOT = """
SELECT s.dbid::bigint AS datid, coalesce(r.rolname, 'role ' || s.userid)::text AS role, s.queryid, {since} AS since,
       s.calls, s.total_exec_time AS total_ms, s.rows, s.shared_blks_hit AS blocks_hit,
       s.shared_blks_read AS blocks_read, s.temp_blks_read + s.temp_blks_written AS temp_blocks,
       s.wal_bytes::bigint AS wal_bytes
FROM {schema}.pg_stat_statements(false) s LEFT JOIN pg_roles r ON r.oid = s.userid
WHERE s.dbid = ANY ($1::oid[]) AND s.queryid IS NOT NULL AND s.toplevel AND r.rolname IS DISTINCT FROM session_user"""

# Whoever has left a statement first in these counters has its text; all of one queryid are alike.
TEXTS = """
SELECT DISTINCT ON (s.dbid, s.queryid) s.dbid::bigint AS datid, s.queryid, left(s.query, $3) AS text
FROM unnest($1::oid[], $2::bigint[]) AS wanted(dbid, queryid)
JOIN {schema}.pg_stat_statements(true) s ON s.dbid = wanted.dbid AND s.queryid = wanted.queryid
WHERE s.query IS NOT NULL ORDER BY s.dbid, s.queryid, s.calls DESC"""

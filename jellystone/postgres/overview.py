"""What happens on a server just now, of all databases at once: one query, and no connection into any of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from jellystone.postgres.connection import Connection
from jellystone.postgres.tags import tagged_database


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What pg_stat_database has counted since `reset_at`, or since a crash; times in milliseconds."""

    commits: int
    rollbacks: int
    blocks_hit: int
    blocks_read: int
    rows_returned: int
    rows_fetched: int
    rows_inserted: int
    rows_updated: int
    rows_deleted: int
    temp_files: int
    temp_bytes: int
    deadlocks: int
    active_ms: float
    idle_in_transaction_ms: float
    sessions: int
    sessions_abandoned: int
    sessions_fatal: int
    sessions_killed: int


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """Client sessions at this moment, our own role's too. Their states are None where our role may not see them all.

    `last_start` is when the newest statement of somebody else began; lengths are in seconds, None: there is none.
    """

    connections: int = 0
    active: int | None = 0
    idle: int | None = 0
    idle_long: int | None = 0
    idle_in_transaction: int | None = 0
    waiting: int | None = 0
    last_start: datetime | None = None
    longest_idle_in_transaction_s: float | None = None
    longest_query_s: float | None = None
    longest_wait_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseOverview:
    """`id` is the one in its tag. `broken`: an interrupted DROP has left it. `xid_age` counts transactions."""

    datid: int
    name: str
    id: UUID | None
    broken: bool
    connection_limit: int | None
    xid_age: int
    multixact_age: int
    checksum_failures: int | None
    reset_at: datetime | None
    counters: Counters
    sessions: Sessions


@dataclass(frozen=True, kw_only=True)
class Overview:
    """`at` is the server's own clock. `used` of the `usable` connections are clients' in all databases."""

    at: datetime
    started_at: datetime
    used: int
    usable: int
    autovacuum_workers: int | None
    old_prepared: int
    inactive_slots: int
    standby: bool
    databases: tuple[DatabaseOverview, ...]


async def overview(connection: Connection) -> Overview:
    """Templates are left out; what has no connection and never had one counts zero."""
    rows = await connection.fetch(OVERVIEW)
    first = rows[0]
    return Overview(
        **{name: first[name] for name in WHOLE},
        databases=tuple(_database(row) for row in rows if row["datid"] is not None),
    )


def _database(row: Record) -> DatabaseOverview:
    hidden = row["hidden"] > 0
    sessions: dict[str, Any] = {name: None if hidden and name in STATES else row[name] for name in SESSIONS}
    return DatabaseOverview(
        datid=row["datid"],
        name=row["name"],
        id=tagged_database(row["tag"]),
        broken=row["connection_limit"] == -2,
        connection_limit=row["connection_limit"] if row["connection_limit"] >= 0 else None,
        xid_age=row["xid_age"],
        multixact_age=row["multixact_age"],
        checksum_failures=row["checksum_failures"],
        reset_at=row["reset_at"],
        counters=Counters(**{name: row[name] or 0 for name in COUNTERS}),
        sessions=Sessions(**sessions),
    )


WHOLE = (*("at", "started_at", "used", "usable", "autovacuum_workers", "old_prepared", "inactive_slots", "standby"),)
COUNTERS = tuple(Counters.__dataclass_fields__)
SESSIONS = tuple(Sessions.__dataclass_fields__)
STATES = frozenset({"active", "idle", "idle_long", "idle_in_transaction", "waiting"})

# Who may not see a session's state sees no backend_type either. Explicit columns: each version adds some.
OVERVIEW = """
WITH clients AS MATERIALIZED (
    SELECT datid, usename = session_user AS ours, state, state_change, query_start, wait_event_type = 'Lock' AS waits,
           CASE WHEN wait_event_type = 'Lock'
                THEN (SELECT min(l.waitstart) FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted) END AS since
    FROM pg_stat_activity a
    WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL
), sessions AS (
    SELECT datid, count(*) AS connections, count(*) FILTER (WHERE state IS NULL) AS hidden,
           count(*) FILTER (WHERE state IN ('active', 'fastpath function call')) AS active,
           count(*) FILTER (WHERE state = 'idle') AS idle,
           count(*) FILTER (WHERE state = 'idle' AND state_change < now() - interval '1 hour') AS idle_long,
           count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
           count(*) FILTER (WHERE waits) AS waiting,
           max(query_start) FILTER (WHERE NOT ours) AS last_start,
           max(now() - state_change) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction_for,
           max(now() - query_start) FILTER (WHERE state = 'active') AS query_for,
           max(now() - since) FILTER (WHERE waits) AS wait_for
    FROM clients GROUP BY datid
), whole AS (
    SELECT clock_timestamp() AS at, pg_postmaster_start_time() AS started_at, pg_is_in_recovery() AS standby,
           (SELECT count(*) FROM clients) AS used,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true)::int, 0) AS usable,
           (SELECT CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN count(*) END
            FROM pg_stat_activity WHERE backend_type = 'autovacuum worker') AS autovacuum_workers,
           (SELECT count(*) FROM pg_prepared_xacts WHERE prepared < now() - interval '1 hour') AS old_prepared,
           (SELECT count(*) FROM pg_replication_slots WHERE NOT active) AS inactive_slots
)
SELECT w.*, d.oid::bigint AS datid, d.datname AS name, d.datconnlimit AS connection_limit,
       shobj_description(d.oid, 'pg_database') AS tag, age(d.datfrozenxid) AS xid_age,
       mxid_age(d.datminmxid) AS multixact_age, s.checksum_failures, s.stats_reset AS reset_at,
       s.xact_commit AS commits, s.xact_rollback AS rollbacks, s.blks_hit AS blocks_hit, s.blks_read AS blocks_read,
       s.tup_returned AS rows_returned, s.tup_fetched AS rows_fetched, s.tup_inserted AS rows_inserted,
       s.tup_updated AS rows_updated, s.tup_deleted AS rows_deleted, s.temp_files, s.temp_bytes, s.deadlocks,
       s.active_time AS active_ms, s.idle_in_transaction_time AS idle_in_transaction_ms, s.sessions,
       s.sessions_abandoned, s.sessions_fatal, s.sessions_killed,
       coalesce(a.connections, 0) AS connections, coalesce(a.hidden, 0) AS hidden, coalesce(a.active, 0) AS active,
       coalesce(a.idle, 0) AS idle, coalesce(a.idle_long, 0) AS idle_long,
       coalesce(a.idle_in_transaction, 0) AS idle_in_transaction, coalesce(a.waiting, 0) AS waiting, a.last_start,
       extract(epoch FROM a.idle_in_transaction_for)::float AS longest_idle_in_transaction_s,
       extract(epoch FROM a.query_for)::float AS longest_query_s,
       extract(epoch FROM a.wait_for)::float AS longest_wait_s
FROM whole w LEFT JOIN pg_database d ON NOT d.datistemplate
LEFT JOIN pg_stat_database s ON s.datid = d.oid LEFT JOIN sessions a ON a.datid = d.oid"""

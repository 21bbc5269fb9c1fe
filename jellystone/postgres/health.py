"""How a server and its databases are at this moment, seen from the administrative database: two cheap queries."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jellystone.postgres.connection import Connection
from jellystone.postgres.tags import tagged_database


@dataclass(frozen=True, kw_only=True)
class Session:
    """The one that has done something for longest: for how long, whose it is, and who makes it wait, if anybody."""

    seconds: float
    pid: int
    role: str
    blocked_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseHealth:
    """`name` is the one that it has on the server.

    `hidden` sessions are those of which we may not know the state; `checksum_failures` is None without checksums.
    """

    name: str
    broken: bool
    xid_age: int
    mxid_age: int
    hidden: int
    idle_in_transaction: Session | None
    active: Session | None
    waiting: Session | None
    prepared: int
    prepared_seconds: float | None
    checksum_failures: int | None


@dataclass(frozen=True, kw_only=True)
class ServerHealth:
    """Settings are in bytes; the ages are the highest of all databases, also of those that are not ours.

    `slots_bytes`: what inactive replication slots keep from being removed; None on a standby, or if there are none.
    """

    role: str
    version: str
    version_number: int
    usable: int
    used: int
    busiest: str | None
    shared_buffers: int
    work_mem: int
    hash_mem_multiplier: float
    maintenance_work_mem: int
    autovacuum_max_workers: int
    freeze_max_age: int
    xid_age: int
    mxid_age: int
    oldest: str
    broken: list[str]
    prepared: int
    prepared_seconds: float | None
    slots: list[str]
    slots_bytes: int | None
    checksum_failures: int | None
    read_all_stats: bool


@dataclass(frozen=True)
class Health:
    """`databases` are ours, by the ids in their comments."""

    server: ServerHealth
    databases: dict[UUID, DatabaseHealth]


async def look(connection: Connection) -> Health:
    """Never a connection into a tenant's database."""
    whole = await connection.fetchrow(SERVER)
    rows = await connection.fetch(DATABASES)
    found = {tagged_database(row["tag"]): _database(row) for row in rows}
    return Health(ServerHealth(**dict(whole)), {id: health for id, health in found.items() if id})  # type: ignore[arg-type]


def _database(row: Any) -> DatabaseHealth:
    plain = ("name", "broken", "xid_age", "mxid_age", "hidden", "prepared", "prepared_seconds", "checksum_failures")
    return DatabaseHealth(
        **{name: row[name] for name in plain},
        idle_in_transaction=_session(row, "idle"),
        active=_session(row, "active"),
        waiting=_session(row, "waiting", blocked_by=row["blocker"]),
    )


def _session(row: Any, kind: str, *, blocked_by: str | None = None) -> Session | None:
    if row[f"{kind}_pid"] is None:
        return None
    seconds = max(0.0, row[f"{kind}_seconds"])
    return Session(seconds=seconds, pid=row[f"{kind}_pid"], role=row[f"{kind}_role"] or "?", blocked_by=blocked_by)


# Our own sessions do not count. The view of locks is read only while somebody waits: it holds up the lock manager.
DATABASES = """
WITH sessions AS (
    SELECT datid, pid, usename, state, state_change, query_start,
           state IS NULL AND query = '<insufficient privilege>' OR state = 'disabled' AS hidden
    FROM pg_stat_activity
    WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL AND usename <> session_user
), waits AS (
    SELECT pid, min(waitstart) AS since FROM pg_locks
    WHERE NOT granted AND EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock') GROUP BY pid
), worst AS (
    SELECT s.datid, count(*) FILTER (WHERE hidden) AS hidden,
        max(extract(epoch FROM clock_timestamp() - state_change)) FILTER (WHERE idle) AS idle_seconds,
        (array_agg(s.pid ORDER BY state_change) FILTER (WHERE idle))[1] AS idle_pid,
        (array_agg(usename ORDER BY state_change) FILTER (WHERE idle))[1] AS idle_role,
        max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE state = 'active') AS active_seconds,
        (array_agg(s.pid ORDER BY query_start) FILTER (WHERE state = 'active'))[1] AS active_pid,
        (array_agg(usename ORDER BY query_start) FILTER (WHERE state = 'active'))[1] AS active_role,
        max(extract(epoch FROM clock_timestamp() - w.since)) AS waiting_seconds,
        (array_agg(s.pid ORDER BY w.since) FILTER (WHERE w.since IS NOT NULL))[1] AS waiting_pid,
        (array_agg(usename ORDER BY w.since) FILTER (WHERE w.since IS NOT NULL))[1] AS waiting_role
    FROM sessions s LEFT JOIN waits w USING (pid), LATERAL (SELECT state LIKE 'idle in transaction%' AS idle) i
    GROUP BY s.datid
), prepared AS (
    SELECT database, count(*) AS number, extract(epoch FROM clock_timestamp() - min(prepared)) AS seconds
    FROM pg_prepared_xacts GROUP BY database
)
SELECT shobj_description(d.oid, 'pg_database') AS tag, d.datname::text AS name, d.datconnlimit = -2 AS broken,
       age(d.datfrozenxid) AS xid_age, mxid_age(d.datminmxid) AS mxid_age, s.checksum_failures,
       coalesce(w.hidden, 0) AS hidden, coalesce(p.number, 0) AS prepared, p.seconds::float8 AS prepared_seconds,
       idle_seconds::float8, idle_pid, idle_role::text, active_seconds::float8, active_pid, active_role::text,
       waiting_seconds::float8, waiting_pid, waiting_role::text,
       CASE WHEN waiting_pid IS NOT NULL THEN (
           SELECT coalesce(b.usename::text, 'a process') || ' (process ' || b.pid || ')'
           FROM pg_stat_activity b WHERE b.pid = (pg_blocking_pids(waiting_pid))[1]) END AS blocker
FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid
LEFT JOIN worst w ON w.datid = d.oid LEFT JOIN prepared p ON p.database = d.datname
WHERE shobj_description(d.oid, 'pg_database') LIKE 'jellystone:db:%'"""

SERVER = """
WITH clients AS (
    SELECT datname, count(*) AS number FROM pg_stat_activity
    WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL GROUP BY datname
), idle_slots AS (
    SELECT slot_name, restart_lsn FROM pg_replication_slots WHERE NOT active
), oldest AS (
    SELECT datname, age(datfrozenxid) AS age FROM pg_database ORDER BY age(datfrozenxid) DESC LIMIT 1
)
SELECT session_user::text AS role, split_part(current_setting('server_version'), ' ', 1) AS version,
    current_setting('server_version_num')::int AS version_number,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) AS usable,
    (SELECT coalesce(sum(number), 0)::int FROM clients) AS used,
    (SELECT datname::text FROM clients ORDER BY number DESC, datname LIMIT 1) AS busiest,
    pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers,
    pg_size_bytes(current_setting('work_mem')) AS work_mem,
    current_setting('hash_mem_multiplier')::float8 AS hash_mem_multiplier,
    pg_size_bytes(current_setting('maintenance_work_mem')) AS maintenance_work_mem,
    current_setting('autovacuum_max_workers')::int AS autovacuum_max_workers,
    current_setting('autovacuum_freeze_max_age')::bigint AS freeze_max_age,
    (SELECT age FROM oldest) AS xid_age, (SELECT datname::text FROM oldest) AS oldest,
    (SELECT max(mxid_age(datminmxid)) FROM pg_database) AS mxid_age,
    ARRAY(SELECT datname::text FROM pg_database WHERE datconnlimit = -2 ORDER BY 1) AS broken,
    (SELECT count(*)::int FROM pg_prepared_xacts) AS prepared,
    (SELECT extract(epoch FROM clock_timestamp() - min(prepared))::float8 FROM pg_prepared_xacts) AS prepared_seconds,
    ARRAY(SELECT slot_name::text FROM idle_slots ORDER BY 1) AS slots,
    CASE WHEN NOT pg_is_in_recovery() THEN
        (SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::bigint FROM idle_slots) END AS slots_bytes,
    (SELECT sum(checksum_failures)::bigint FROM pg_stat_database) AS checksum_failures,
    pg_has_role('pg_read_all_stats', 'USAGE') AS read_all_stats"""

"""What happens on a server just now, in all databases at once: one query, and no connection into any of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from jellystone.postgres.connection import Connection
from jellystone.postgres.tags import tagged_database


class Counters(NamedTuple):
    """What pg_stat_database has counted since its `stats_reset`, or since a crash. Times are in milliseconds."""

    xact_commit: int = 0
    xact_rollback: int = 0
    blks_hit: int = 0
    blks_read: int = 0
    tup_returned: int = 0
    tup_fetched: int = 0
    tup_inserted: int = 0
    tup_updated: int = 0
    tup_deleted: int = 0
    temp_files: int = 0
    temp_bytes: int = 0
    deadlocks: int = 0
    active_time: float = 0
    idle_in_transaction_time: float = 0
    sessions: int = 0
    sessions_abandoned: int = 0
    sessions_fatal: int = 0
    sessions_killed: int = 0


class Sessions(NamedTuple):
    """Client sessions at this moment, ours too. Their states are None where our role may not see all of them.

    `last_start` is when the newest statement of somebody else began.
    """

    connections: int = 0
    active: int | None = 0
    idle: int | None = 0
    idle_in_transaction: int | None = 0
    waiting: int | None = 0
    last_start: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseOverview:
    """`id` is the one in its tag; None: it is not ours."""

    datid: int
    name: str
    id: UUID | None
    stats_reset: datetime | None
    counters: Counters
    sessions: Sessions


@dataclass(frozen=True, kw_only=True)
class Overview:
    """`at` is the server's own clock; `used` of the `usable` connections are clients', in whatever database.

    `roles` has the connections of each login role that has any.
    """

    at: datetime
    started_at: datetime
    used: int
    usable: int
    databases: tuple[DatabaseOverview, ...]
    roles: dict[str, int]


async def overview(connection: Connection) -> Overview:
    """Templates are left out."""
    rows, roles = await connection.fetch(OVERVIEW), await connection.fetch(ROLES)
    return Overview(
        **{name: rows[0][name] for name in ("at", "started_at", "used", "usable")},
        databases=tuple(_database(row) for row in rows if row["datid"] is not None),
        roles={row["name"]: row["connections"] for row in roles},
    )


def _database(row: Record) -> DatabaseOverview:
    """Both kinds of figures stand in the row one after another; there may be thousands of rows."""
    sessions = Sessions._make(row[SESSIONS])
    if row["hidden"]:
        sessions = sessions._replace(active=None, idle=None, idle_in_transaction=None, waiting=None)
    return DatabaseOverview(
        datid=row["datid"],
        name=row["name"],
        id=tagged_database(row["tag"]),
        stats_reset=row["stats_reset"],
        counters=Counters._make(row[COUNTERS]),
        sessions=sessions,
    )


COUNTERS = slice(0, len(Counters._fields))
SESSIONS = slice(COUNTERS.stop, COUNTERS.stop + len(Sessions._fields))
STATES = ("active", "idle", "idle_in_transaction", "waiting")

ROLES = """
SELECT usename AS name, count(*) AS connections FROM pg_stat_activity
WHERE coalesce(backend_type, 'client backend') = 'client backend' AND usename IS NOT NULL GROUP BY usename"""

# Whoever may not see a session's state sees no backend_type either. Explicit columns: each version has others.
OVERVIEW = f"""
WITH clients AS MATERIALIZED (
    SELECT datid, usename = session_user AS ours, state, query_start, wait_event_type FROM pg_stat_activity
    WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL
), sessions AS (
    SELECT datid, count(*) AS connections, count(*) FILTER (WHERE state IS NULL) AS hidden,
           count(*) FILTER (WHERE state IN ('active', 'fastpath function call')) AS active,
           count(*) FILTER (WHERE state = 'idle') AS idle,
           count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
           count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting,
           max(query_start) FILTER (WHERE NOT ours) AS last_start
    FROM clients GROUP BY datid
), whole AS (
    SELECT clock_timestamp() AS at, pg_postmaster_start_time() AS started_at, (SELECT count(*) FROM clients) AS used,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true)::int, 0) AS usable
)
SELECT {", ".join(f"coalesce(s.{name}, 0) AS {name}" for name in Counters._fields)},
       {", ".join(f"coalesce(a.{name}, 0) AS {name}" for name in ("connections", *STATES))}, a.last_start,
       coalesce(a.hidden, 0) AS hidden, w.*, d.oid::bigint AS datid, d.datname AS name,
       shobj_description(d.oid, 'pg_database') AS tag, s.stats_reset
FROM whole w LEFT JOIN pg_database d ON NOT d.datistemplate
LEFT JOIN pg_stat_database s ON s.datid = d.oid LEFT JOIN sessions a ON a.datid = d.oid"""

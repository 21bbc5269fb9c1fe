"""What runs just now and has run for long, and what it waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from jellystone.postgres.connection import Connection

MOST = 200
"""Runs told in one look, the longest first."""
READ = 8000
"""Characters of a text that are read: masking what was cut off is guessing."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A statement that runs. `role` is who logged in, `at` the server's clock; `text` is to be masked."""

    at: datetime
    datid: int
    pid: int
    backend_start: datetime
    query_start: datetime
    duration_ms: int
    role: str
    application: str
    client: str | None
    wait: str | None
    queryid: int | None
    text: str


async def runs(connection: Connection, thresholds_ms: Mapping[int, int]) -> list[Run]:
    """Statements of clients that take longer than their database's threshold; none of ours, none of other databases."""
    rows = await connection.fetch(RUNS, list(thresholds_ms), list(thresholds_ms.values()), MOST, READ)
    return [Run(**row) for row in rows]


# Asking who blocks somebody takes the locks of the lock tables: only for those who wait.
RUNS = """
SELECT clock_timestamp() AS at, a.datid::bigint AS datid, a.pid, a.backend_start, a.query_start,
       (extract(epoch FROM clock_timestamp() - a.query_start) * 1000)::bigint AS duration_ms, a.usename::text AS role,
       a.application_name AS application, coalesce(host(a.client_addr), 'local') AS client,
       CASE WHEN a.wait_event_type = 'Lock'
            THEN concat_ws(', waits for ', 'Lock: ' || a.wait_event,
                           nullif(array_to_string(pg_blocking_pids(a.pid), ', '), ''))
            ELSE a.wait_event_type || ': ' || a.wait_event END AS wait,
       a.query_id AS queryid, left(a.query, $4) AS text
FROM unnest($1::oid[], $2::bigint[]) AS threshold(datid, ms) JOIN pg_stat_activity a ON a.datid = threshold.datid
WHERE a.state = 'active' AND a.backend_type = 'client backend' AND a.usename <> session_user
      AND clock_timestamp() - a.query_start > threshold.ms * interval '1 millisecond'
ORDER BY a.query_start LIMIT $3"""

"""Runs of queries that take long, as the collector sees them every ten seconds; shorter ones pass unseen."""

from datetime import timedelta
from uuid import UUID

import msgspec

from jellystone import settings
from jellystone.database import DB
from jellystone.postgres.activity import Run
from jellystone.postgres.masking import masked
from jellystone.tables.columns import uuid7

LONGEST = 2000
"""Characters of a statement that are kept."""
THRESHOLDS = """
    SELECT c.datid, d.slow_query_ms FROM counters c JOIN databases d ON d.id = c.database WHERE c.server = $1
"""
# Its database may have gone meanwhile. What it waits for is the last that we saw it wait for.
STORE = """
    INSERT INTO slow_runs (id, database, pid, backend_start, query_start, last_seen_at, duration_ms, role, application,
        client, wait, queryid, text)
    SELECT new.id, d.id, pid, backend_start, query_start, at, duration_ms, left(role, 63), application, client,
        left(wait, 80), queryid, text
    FROM jsonb_to_recordset($2::text::jsonb) AS new(id uuid, datid bigint, pid int, backend_start timestamptz,
        query_start timestamptz, at timestamptz, duration_ms bigint, role text, application text, client text,
        wait text, queryid bigint, text text)
    JOIN counters c ON c.server = $1 AND c.datid = new.datid JOIN databases d ON d.id = c.database
    ON CONFLICT (database, pid, backend_start, query_start) DO UPDATE SET last_seen_at = excluded.last_seen_at,
        duration_ms = excluded.duration_ms, wait = coalesce(excluded.wait, slow_runs.wait)
"""
SWEEP = "DELETE FROM slow_runs WHERE query_start < now() - $1::interval"


async def thresholds(server: UUID) -> dict[int, int]:
    """In milliseconds, by the number that a database of ours has on its server."""
    return {row["datid"]: row["slow_query_ms"] for row in await DB.fetch(THRESHOLDS, server)}


async def store(server: UUID, runs: list[Run]) -> None:
    rows = [
        {**msgspec.to_builtins(run), "id": uuid7(), "text": masked(run.text)[:LONGEST].replace("\0", "")}
        for run in runs
    ]
    if rows:
        await DB.fetch(STORE, server, msgspec.json.encode(rows).decode())


async def sweep() -> None:
    await DB.fetch(SWEEP, timedelta(days=settings.current().keep_slow_runs))

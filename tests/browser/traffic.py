"""What makes the pages of queries and connections worth a look: statements of a day, slow runs, and people at work."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from tests.browser.site import Site

DEAREST = 4398726137652718113
TEXTS = {
    DEAREST: """SELECT s.id, s.seen_at, a.name, t.name AS trail, count(*) FILTER (WHERE v.helpful) AS helpful
FROM sightings s JOIN animals a ON a.id = s.animal LEFT JOIN trails t ON t.id = s.trail
LEFT JOIN votes v ON v.sighting = s.id WHERE s.seen_at >= $1 AND s.seen_at < $2 AND a.name = ANY ($3::text[])
GROUP BY s.id, a.name, t.name HAVING count(*) > $4 ORDER BY s.seen_at DESC LIMIT $5 OFFSET $6""",
    -811: "INSERT INTO sightings (animal, trail, seen_at, seen_by, note) VALUES ($1, $2, $3, $4, $5) RETURNING id",
    77: "SELECT id, email FROM hikers WHERE lower(email) = lower($1)",
    1009: "REFRESH MATERIALIZED VIEW CONCURRENTLY busiest_trails",
    -5: "UPDATE trails SET walked = walked + $1 /* from the counter at the gate */ WHERE id = $2",
}
COSTS = {  # calls a minute, milliseconds a call, rows and blocks a call, blocks spilled
    DEAREST: (14, 212.5, 50, 340, 12),
    -811: (160, 0.61, 1, 0.2, 0),
    77: (2100, 0.043, 1, 0.01, 0),
    1009: (0.9, 18_400, 0, 41_000, 9800),
    -5: (95, 1.2, 1, 0.4, 0),
}
YESTERDAY = """
    DO $$ DECLARE day date := (now() AT TIME ZONE 'UTC')::date - 1; BEGIN
        EXECUTE format('CREATE TABLE IF NOT EXISTS statements_minute_%s PARTITION OF statements_minute'
            ' FOR VALUES FROM (%L) TO (%L)', to_char(day, 'YYYYMMDD'), day || ' 00:00+00', day + 1 || ' 00:00+00');
    END $$
"""
STATEMENTS = """
    INSERT INTO statements_minute (database, at, queryid, role, seconds, calls, total_ms, rows, blocks_hit, blocks_read,
        temp_blocks, wal_bytes)
    SELECT d.id, m, $1::bigint, r, 60, calls, calls * $3::float8 * (0.7 + 0.6 * luck), calls * $4::int, calls * 40,
        calls * $5::float8, calls * $6::int, 0
    FROM databases d, generate_series(date_trunc('minute', now() - interval '23 hours'), now() - interval '1 minute',
            interval '1 minute') m,
        LATERAL (SELECT (hashtextextended(m::text || $1::bigint, 1) & 1023) / 1023.0 AS luck) l,
        LATERAL (SELECT round($2::float8 * (0.3 + luck) * (1.2 + sin(extract(epoch FROM m) / 9000)))::int AS calls) c,
        LATERAL (SELECT CASE WHEN luck < 0.3 THEN 'trail_log_report' ELSE 'trail_log_app' END AS r) who
    WHERE d.name = 'trail_log' AND calls > 0 ON CONFLICT DO NOTHING
"""
RUNS = """
    INSERT INTO slow_runs (id, database, pid, backend_start, query_start, last_seen_at, duration_ms, role, application,
        client, wait, queryid, text)
    SELECT gen_random_uuid(), d.id, 4000 + n, now() - interval '1 day', now() - n * interval '37 minutes', now(),
        1200 + 7777 * (n * n % 13), CASE WHEN n % 3 = 0 THEN 'trail_log_app' ELSE 'trail_log_report' END,
        CASE WHEN n % 3 = 0 THEN 'gate-counter' ELSE 'Metabase' END, '10.4.0.' || n,
        CASE WHEN n % 4 = 0 THEN 'Lock: transactionid' WHEN n % 4 = 1 THEN 'IO: DataFileRead' END, $1, $2
    FROM databases d, generate_series(1, 20) n WHERE d.name = 'trail_log'
"""
RUN = """SELECT * FROM sightings WHERE note ILIKE '…' AND seen_by IN (SELECT id FROM hikers WHERE password = '…')
ORDER BY seen_at DESC"""


async def sample(site: Site) -> None:
    await site.sql(YESTERDAY)
    for queryid, text in TEXTS.items():
        await site.sql(
            "INSERT INTO queries (id, database, queryid, text) SELECT gen_random_uuid(), id, $1, $2 FROM databases"
            " WHERE name = 'trail_log' ON CONFLICT DO NOTHING",
            *(queryid, text),
        )
        await site.sql(STATEMENTS, queryid, *COSTS[queryid])
    await site.sql(RUNS, DEAREST, RUN)


@dataclass
class Traffic:
    """Sessions that stay as they are: one forgot its transaction, one waits for it, one works, one does nothing."""

    sessions: list["asyncpg.Connection[Any]"] = field(default_factory=list)
    works: list["asyncio.Task[Any]"] = field(default_factory=list)

    async def come(self, uris: dict[str, str]) -> None:
        app, waiting, report, idle = [
            await asyncpg.connect(uris[role], server_settings={"application_name": name}, timeout=10)
            for role, name in (
                ("trail_log", "gate-counter"),
                ("trail_log", "gate-counter, the one at the northern entrance"),
                ("trail_log_report", "Metabase"),
                ("trail_log_report", ""),
            )
        ]
        self.sessions = [app, waiting, report, idle]
        await app.execute("CREATE TABLE sightings (id int, note text)")
        await app.execute("BEGIN")
        await app.execute("LOCK TABLE sightings")
        await idle.execute("SELECT set_config('app.password', 'pic-a-nic', false)")
        self.works = [
            asyncio.ensure_future(waiting.execute("UPDATE sightings SET note = 'bear' WHERE id = 7 AND note IS NULL")),
            asyncio.ensure_future(report.execute("SELECT pg_sleep(3600) AS a_report_that_takes_an_hour")),
        ]

    async def go(self) -> None:
        for session in self.sessions:
            session.terminate()
        for work in self.works:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await work

"""A day of figures for a database and its server, with an hour in which nobody looked."""

from datetime import UTC, datetime, timedelta

from tests.browser.site import Site

ROWS = """
    INSERT INTO figures_minute (subject, at, seconds, connections, connections_most, active, idle, idle_in_transaction,
        commits, rollbacks, blocks_hit, blocks_read, rows_returned, rows_inserted, rows_updated, rows_deleted,
        temp_files, temp_bytes, active_ms, size_bytes)
    SELECT one.subject, date_trunc('minute', now()) - n * interval '5 minutes', 300, 12, 15, 2, 9, 1, 9000 + 40 * n,
        n % 7, 900000, 4000 + n, 400000 + 900 * n, 800, 300, 20, n % 9 / 8, n % 9 / 8 * 30000000, 90000 + 300 * n,
        1503238553 - n * 200000
    FROM (SELECT d.id AS subject FROM databases d WHERE d.name = $1
        UNION ALL SELECT d.server FROM databases d WHERE d.name = $1) one, generate_series(1, 280) n
    WHERE n NOT BETWEEN 40 AND 52
    ON CONFLICT DO NOTHING
"""
TEN_MINUTES = """
    INSERT INTO figures_ten_minutes (subject, at, seconds, commits, connections, active, idle, idle_in_transaction)
    SELECT subject, date_bin('10 minutes', at, 'epoch'), sum(seconds), sum(commits), avg(connections), avg(active),
        avg(idle), avg(idle_in_transaction)
    FROM figures_minute GROUP BY 1, 2
    ON CONFLICT DO NOTHING
"""


async def write(site: Site, database: str) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for step in ("minute", "ten_minutes"):
        for day in (today - timedelta(days=1), today):
            await site.sql(
                f"CREATE TABLE IF NOT EXISTS figures_{step}_{day:%Y%m%d} PARTITION OF figures_{step}"
                f" FOR VALUES FROM ('{day.isoformat()}') TO ('{(day + timedelta(days=1)).isoformat()}')"
            )
    await site.sql("UPDATE databases SET created_at = now() - interval '92 days' WHERE name = $1", database)
    await site.sql(ROWS, database)
    await site.sql(TEN_MINUTES)

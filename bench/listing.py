"""The first page of a long list of databases: as JSON and as a page, beside the least that can answer with it."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg

from bench.client import Client
from bench.measuring import Work, compared, taking_turns
from bench.world import World, world
from tests.serving import free_port

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
JSON, PAGE = "JSON", "page"
AGAINST = {
    JSON: "bare JSON",
    "bare JSON": "bare JSON, no database",
    PAGE: "bare page",
    "bare page": "bare page, no database",
}
ROWS = """
INSERT INTO databases
    (id, server, team, name, description, status, protected, encoding, locale, locale_provider, created_at,
     size_bytes, connections, last_query_at, last_write_at, measured_at)
SELECT gen_random_uuid(), s.id, t.id, 'shop' || n, 'Orders of shop number ' || n, 'ready', true, 'UTF8', 'C', 'libc',
    now() - n * interval '1 hour', 8000000 + n * 12345, n % 7, now() - n * interval '1 minute',
    now() - n * interval '3 minutes', now()
FROM generate_series(1, $1) n, servers s, teams t"""
DAY = """
INSERT INTO figures_ten_minutes (subject, at, seconds, commits)
SELECT one.id, date_bin('10 minutes', now(), 'epoch') - n * interval '10 minutes', 600, n * 7
FROM generate_series(1, 144) n, (SELECT id FROM databases UNION ALL SELECT id FROM servers) one"""
PIECE = """
CREATE TABLE IF NOT EXISTS figures_ten_minutes_{0:%Y%m%d} PARTITION OF figures_ten_minutes
FOR VALUES FROM ('{0}') TO ('{1}')"""


async def run(times: int, given: argparse.Namespace) -> None:
    async with world() as park:
        await _fill(park, given.rows)
        async with (
            bare(park) as url,
            park.client() as program,
            park.client(accept=HTML) as browser,
            Client(url) as other,
        ):
            works: dict[str, Work] = {
                JSON: lambda: program.send("GET", "/databases"),
                "bare JSON": lambda: other.send("GET", "/json"),
                "bare JSON, no database": lambda: other.send("GET", "/json/kept"),
                PAGE: lambda: browser.send("GET", "/databases"),
                "bare page": lambda: other.send("GET", "/page"),
                "bare page, no database": lambda: other.send("GET", "/page/kept"),
            }
            print(f"The first 50 of {given.rows:,} databases.\n")
            print(compared(await taking_turns(works, times, warm_up=20), AGAINST))


async def _fill(park: World, rows: int) -> None:
    """Rows of ours only: no server need have these databases to list them. With what was measured in the last day."""
    connection = await asyncpg.connect(park.cluster.url("jellystone"))
    await connection.execute(ROWS.replace("$1", str(rows)))
    today = datetime.now(UTC).date()
    for day in (today - timedelta(days=1), today):
        await connection.execute(PIECE.format(day, day + timedelta(days=1)))
    await connection.execute(DAY)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


@asynccontextmanager
async def bare(park: World) -> AsyncIterator[str]:
    port = free_port()
    arguments = ("-m", "bench.bare", str(port), park.cluster.url("jellystone"))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                async with Client(url) as client:
                    await client.send("GET", "/json/kept")
                    break
            except OSError:
                await asyncio.sleep(0.1)
        yield url
    finally:
        process.terminate()
        await process.wait()

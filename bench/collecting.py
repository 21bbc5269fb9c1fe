"""One round of the collector over 1,000 databases, beside the bare queries; and how many bytes a day's rows take."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from bench.measuring import Work, compared, table, taking_turns
from bench.world import DURABLE
from jellystone import settings
from jellystone.database import DB
from jellystone.migrate import migrate
from jellystone.postgres import sizes
from jellystone.postgres.overview import OVERVIEW
from jellystone.services import servers, steps, watching
from tests.clusters import Cluster

QUERY = "the overview query by asyncpg"
SIZES = "the sizes by asyncpg"
ROUNDS = {"overview": QUERY, "sizes": SIZES, "activity": "", "statements": ""}
CHEAP = {
    "fsync": "off",
    "autovacuum": "off",
    "max_connections": "100",
    "shared_preload_libraries": "pg_stat_statements",
}
TEAM = (
    "INSERT INTO teams (id, name, slug, folded, public_key) VALUES (gen_random_uuid(), 'B', 'b', 'b', '') RETURNING id"
)
OURS = """
INSERT INTO databases (id, server, team, name, status)
SELECT gen_random_uuid(), $1, $2, 'bench' || n, 'ready' FROM generate_series(1, $3) n RETURNING id, name"""
DAY = """
INSERT INTO figures_minute ({names})
SELECT {names} FROM (
    SELECT f.*, $1::timestamptz + n * interval '1 minute' AS minute FROM figures_minute f, generate_series(0, 1439) n
    WHERE f.at = (SELECT at FROM figures_minute GROUP BY at ORDER BY count(*) DESC LIMIT 1) LIMIT 100 * 1440
) filled ON CONFLICT DO NOTHING"""
BYTES = """
SELECT sum(pg_total_relation_size(to_regclass('figures_minute_' || $1::text))) AS bytes,
    (SELECT count(*) FROM figures_minute WHERE at >= $2) AS rows"""


async def run(times: int, given: argparse.Namespace) -> None:
    with Cluster(18, **{**DURABLE, **CHEAP}) as cluster:
        async with instance(cluster, given.rows):
            main = await servers.by_name("main")
            raw = await asyncpg.connect(cluster.url(), statement_cache_size=0)
            datids = [row[0] for row in await raw.fetch("SELECT oid FROM pg_database WHERE NOT datistemplate")]
            await use_all(cluster, given.rows)

            def round_of(kind: str) -> Work:
                return lambda: watching.LOOKS[kind](main)

            async def all_sizes() -> None:
                for begin in range(0, len(datids), sizes.BATCH):
                    await raw.fetch(sizes.SIZES, datids[begin : begin + sizes.BATCH])

            works: dict[str, Work] = {kind: round_of(kind) for kind in ROUNDS}
            works |= {QUERY: lambda: raw.fetch(OVERVIEW), SIZES: all_sizes}
            print(f"{given.rows:,} databases, each used once.\n")
            found = await taking_turns(works, times, warm_up=2)
            print(compared(found, {kind: other for kind, other in ROUNDS.items() if other}), "\n")
            print(await how_much(given.rows))
            await raw.close()


@asynccontextmanager
async def instance(cluster: Cluster, rows: int, *, real: bool = True) -> AsyncIterator[list[asyncpg.Record]]:
    """Our own database with so many rows, and as many databases beside it if they shall be `real`."""
    cluster.psql("CREATE DATABASE jellystone")
    now = settings.load(
        {
            "JELLYSTONE_DATABASE_URL": cluster.url("jellystone"),
            "JELLYSTONE_SERVER_URL": cluster.url(),
            "JELLYSTONE_SECRET_KEY": "a key that is only good for benches and long enough",
        },
        dotenv=None,
    )
    settings.use(now)
    DB.configure(now.database_url)
    await migrate()
    await DB.start_connection_pool()
    try:
        await servers.register_first(now)
        await steps.prepare()
        team = (await DB.fetch(TEAM))[0]["id"]
        made = await DB.fetch(OURS, (await servers.by_name("main")).id, team, rows)
        if real:
            await asyncio.gather(*(make(cluster, made[begin::2]) for begin in range(2)))
        cluster.psql("ALTER SYSTEM SET fsync = on")
        cluster.psql("SELECT pg_reload_conf()")
        yield made
    finally:
        await watching.close_all()
        await servers.close_all()
        await DB.close_connection_pool()


async def make(cluster: Cluster, rows: list[asyncpg.Record]) -> None:
    root = await asyncpg.connect(cluster.url())
    for row in rows:
        await root.execute(f"CREATE DATABASE {row['name']} TEMPLATE template0 STRATEGY file_copy")
        await root.execute(f"COMMENT ON DATABASE {row['name']} IS 'jellystone:db:{row['id']}'")
    await root.close()


async def use_all(cluster: Cluster, rows: int) -> None:
    """Between two rounds, so that every database has a step."""
    main = await servers.by_name("main")
    await watching.overview(main)
    await asyncio.sleep(1)
    for number in range(1, rows + 1):
        client = await asyncpg.connect(cluster.url(f"bench{number}"))
        await client.execute("CREATE TABLE t AS SELECT 1 AS a")
        await client.close()
    await watching.overview(main)
    await watching.measure(main)


async def how_much(databases: int) -> str:
    """A day of minutes for as many databases as there are rows in one, measured on a hundred of them."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    names = ", ".join(steps.NAMES)
    await DB.fetch(DAY.format(names=names).replace("SELECT subject, at,", "SELECT subject, minute,"), today)
    row = (await DB.fetch(BYTES, f"{today:%Y%m%d}", today))[0]
    each = int(row["bytes"]) / row["rows"]
    head = ["rows of figures", "bytes each", f"a day of {databases:,} busy databases"]
    return table(head, [[f"{row['rows']:,}", f"{each:.0f}", f"{each * 1440 * databases / 1e6:,.0f} MB"]])

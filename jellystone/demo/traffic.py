"""Real programs that use the park's databases while somebody looks: a little of everything that figures show."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

import asyncpg

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds after a program was thrown out, or its server was away
# The last one comes instead of a ConnectionError where the server ends a session that just asks something.
ENDED = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncpg.InternalClientError)
Program = Callable[[asyncpg.Connection], Awaitable[None]]

TABLES = """
    CREATE TABLE IF NOT EXISTS articles (id int PRIMARY KEY, title text NOT NULL, price numeric NOT NULL);
    CREATE TABLE IF NOT EXISTS orders
        (id bigserial PRIMARY KEY, customer int NOT NULL, placed_at timestamptz NOT NULL DEFAULT now(), total numeric);
    CREATE INDEX IF NOT EXISTS orders_customer ON orders (customer);
    INSERT INTO articles SELECT n, 'Basket no. ' || n, n % 40 FROM generate_series(1, 2000) n ON CONFLICT DO NOTHING;
    INSERT INTO orders (customer, placed_at, total)
        SELECT n % 5000, now() - n * interval '1 minute', n % 90 FROM generate_series(1, 200000) n
        WHERE NOT EXISTS (SELECT FROM orders);
"""


async def prepare(addresses: dict[str, str]) -> dict[str, int]:
    """Tables for the programs; how many bytes each of their databases has then. In those that rest nobody comes."""
    sizes = {}
    for name in PROGRAMS:
        connection = await asyncpg.connect(addresses[name])
        try:
            await connection.execute(TABLES)
            sizes[name] = await connection.fetchval("SELECT pg_database_size(current_database())")
        finally:
            await connection.close()
    return sizes


async def flow(addresses: dict[str, str]) -> None:
    """Until it is cancelled. `addresses` are connection URIs by the database's name; some databases rest."""
    async with asyncio.TaskGroup() as group:
        for name, programs in PROGRAMS.items():
            for program in programs:
                group.create_task(_again_and_again(program, addresses[name]))


async def _again_and_again(program: Program, address: str) -> None:
    """Some visitor may cancel its query or end its session: then it comes back."""
    while True:
        try:
            connection = await asyncpg.connect(address, server_settings={"application_name": program.__name__})
            try:
                await program(connection)
            finally:
                connection.terminate()
        except ENDED as error:
            if (task := asyncio.current_task()) and task.cancelling():  # its transaction failed to end
                raise asyncio.CancelledError from error
            log.info("%s begins anew: %s", program.__name__, type(error).__name__)
        await asyncio.sleep(PAUSE)


async def shop(connection: asyncpg.Connection) -> None:
    while True:
        await connection.fetch("SELECT * FROM articles WHERE id = $1", _upto(2000))
        await connection.fetch("SELECT * FROM orders WHERE customer = $1 ORDER BY placed_at DESC LIMIT 10", _upto(5000))
        if _upto(5) == 1:
            await connection.execute("INSERT INTO orders (customer, total) VALUES ($1, $2)", _upto(5000), _upto(90))
        await asyncio.sleep(random.uniform(0.05, 0.4))  # noqa: S311


async def till(connection: asyncpg.Connection) -> None:
    """It opens a transaction and thinks before it goes on."""
    while True:
        async with connection.transaction():
            await connection.execute("UPDATE articles SET price = price WHERE id = $1", _upto(50))
            await asyncio.sleep(random.uniform(0.1, 3))  # noqa: S311
        await asyncio.sleep(random.uniform(1, 6))  # noqa: S311


async def report(connection: asyncpg.Connection) -> None:
    """Slow, as reports are: it takes longer than a second, and sorts on disk."""
    await connection.execute("SET work_mem = '64kB'")
    while True:
        await connection.fetch("SELECT pg_sleep(2), date_trunc('month', placed_at), sum(total) FROM orders GROUP BY 2")
        await connection.fetch("SELECT md5(id::text) FROM orders ORDER BY 1 LIMIT 10")
        await asyncio.sleep(random.uniform(5, 20))  # noqa: S311


async def sensor(connection: asyncpg.Connection) -> None:
    while True:
        await connection.execute("INSERT INTO orders (customer, total) VALUES ($1, $2)", _upto(5000), _upto(90))
        await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311


async def pool(connection: asyncpg.Connection) -> None:
    """One of many that are kept open and hardly used."""
    while True:
        await connection.fetch("SELECT 1")
        await asyncio.sleep(random.uniform(20, 90))  # noqa: S311


PROGRAMS: dict[str, tuple[Program, ...]] = {
    "picnics": (shop, shop, shop, till, report, *[pool] * 8),
    "visitors": (shop, till, *[pool] * 4),
    "geysers": (sensor, sensor, pool),
    "reports": (report,),
}


def _upto(most: int) -> int:
    return random.randint(1, most)  # noqa: S311

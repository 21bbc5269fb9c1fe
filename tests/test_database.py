"""The engine's promises: what was done is whole, and a connection always comes back."""

# ruff: noqa: PT012, ASYNC110 -- blocks that fail in their middle are the point

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from jellystone import database
from jellystone.database import Engine, detached
from jellystone.errors import Misconfigured, Unreachable
from tests.clusters import Cluster

pytestmark = pytest.mark.anyio


@pytest.fixture
async def engine(server: Cluster) -> AsyncIterator[Engine]:
    """One connection only: who does not give it back is found out by the next one who waits."""
    engine = Engine(config={})
    engine.configure(server.url())
    await engine.start_connection_pool(max_size=1)
    await engine.fetch("CREATE TABLE baskets (name text PRIMARY KEY)")
    await engine.fetch("CREATE TABLE pies (name text UNIQUE, basket text REFERENCES baskets INITIALLY DEFERRED)")
    yield engine
    await engine.fetch("DROP TABLE pies, baskets")
    await engine.close_connection_pool()


async def pies(engine: Engine) -> list[str]:
    async with asyncio.timeout(3):
        return [row["name"] for row in await engine.fetch("SELECT name FROM pies ORDER BY name")]


async def bake(engine: Engine, name: str, basket: str | None = None) -> None:
    await engine.fetch("INSERT INTO pies VALUES ($1, $2)", name, basket)


async def test_a_transaction_is_whole_or_nothing(engine: Engine) -> None:
    async with engine.transaction():
        await bake(engine, "apple")
    with pytest.raises(LookupError):
        async with engine.transaction():
            await bake(engine, "cherry")
            raise LookupError
    assert await pies(engine) == ["apple"]


async def test_a_failing_statement_gives_the_connection_back(engine: Engine) -> None:
    for _ in range(3):
        with pytest.raises(asyncpg.UniqueViolationError):
            async with engine.transaction():
                await bake(engine, "apple")
                await bake(engine, "apple")
    assert await pies(engine) == []


async def test_a_failing_commit_gives_the_connection_back(engine: Engine) -> None:
    for _ in range(3):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with engine.transaction():
                await bake(engine, "apple", "no such basket")
    assert await pies(engine) == []


@pytest.mark.parametrize("failing", [True, False])
async def test_a_connection_that_dies_in_a_transaction_is_replaced(
    engine: Engine, server: Cluster, failing: bool
) -> None:
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, LookupError, OSError)):
        async with engine.transaction():
            row = await engine.fetch_row("SELECT pg_backend_pid() AS pid")
            assert row
            server.psql(f"SELECT pg_terminate_backend({row['pid']}, 5000)")
            if failing:
                raise LookupError
    assert await pies(engine) == []


async def test_a_cancelled_transaction_gives_the_connection_back(engine: Engine) -> None:
    async def slowly() -> None:
        async with engine.transaction():
            await bake(engine, "apple")
            await engine.fetch("SELECT pg_sleep(30)")

    task = asyncio.create_task(slowly())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pies(engine) == []


async def test_who_is_cancelled_while_waiting_takes_no_connection_along(engine: Engine) -> None:
    async with engine.transaction():
        waiting = [asyncio.create_task(pies(engine), context=detached()) for _ in range(3)]
        await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
    assert await pies(engine) == []


async def test_a_transaction_inside_another_is_a_part_of_it(engine: Engine) -> None:
    with pytest.raises(LookupError):
        async with engine.transaction():
            async with engine.transaction():
                await bake(engine, "apple")
            assert await pies(engine) == ["apple"]
            raise LookupError
    assert await pies(engine) == []


async def test_a_detached_task_does_not_share_our_transaction(server: Cluster, engine: Engine) -> None:
    """One that is not would use the connection after we gave it back."""

    async def in_transaction() -> bool:
        return engine.current_transaction.get() is not None

    async with engine.transaction():
        assert await asyncio.create_task(in_transaction())
        assert not await asyncio.create_task(in_transaction(), context=detached())
    assert not await in_transaction()


async def test_closing_does_not_wait_for_ever_for_what_is_borrowed(
    server: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CLOSE_TIMEOUT", 0.1)
    engine = Engine(config={})
    engine.configure(server.url())
    await engine.start_connection_pool(max_size=1)
    assert engine.pool
    await engine.pool.acquire()
    async with asyncio.timeout(3):
        await engine.close_connection_pool()


async def test_without_a_pool_every_statement_has_a_connection_of_its_own(server: Cluster) -> None:
    engine = Engine(config={})
    engine.configure(server.url())
    assert await engine.must_answer() >= 180000
    async with engine.transaction():
        first, second = [await engine.fetch_row("SELECT pg_backend_pid() AS pid") for _ in range(2)]
    assert first == second
    assert first
    async with asyncio.timeout(5):
        while server.psql(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {first['pid']}") != "0":
            await asyncio.sleep(0.05)


async def test_what_keeps_us_from_our_database_is_said_without_the_password(server: Cluster) -> None:
    free, secret = "postgresql://jelly:hunter2@127.0.0.1:1/ours", "hunter2"
    port = urlsplit(server.url()).port
    for url, kind in {
        free: Unreachable,
        f"postgresql://jelly:{secret}@127.0.0.1:{port}/postgres": Misconfigured,
        server.url("nowhere"): Misconfigured,
        server.url() + "?sslmode=nonsense": Misconfigured,
    }.items():
        engine = Engine(config={})
        engine.configure(url)
        with pytest.raises(kind) as caught:
            await engine.must_answer()
        assert secret not in str(caught.value)
        assert server.password not in str(caught.value)
        assert caught.value.__cause__ is None


async def test_while_it_is_away_we_say_so_and_when_it_is_back_we_go_on() -> None:
    engine = Engine(config={})
    with Cluster(18) as cluster:
        engine.configure(cluster.url())
        await engine.start_connection_pool(max_size=2)
        await engine.fetch("SELECT 1")
        cluster.stop()
        for _ in range(2):
            with pytest.raises((Unreachable, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
                await engine.fetch("SELECT 1")
        with pytest.raises(Unreachable, match="Our own database does not answer"):
            await engine.fetch("SELECT 1")
        with pytest.raises(Unreachable, match="Our own database does not answer"):
            async with engine.transaction():
                pass
        cluster.start()
        assert (await engine.fetch("SELECT 1 AS one"))[0]["one"] == 1
        await engine.close_connection_pool()

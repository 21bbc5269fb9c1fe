import asyncio
from uuid import uuid4

import asyncpg
import pytest

from jellystone.errors import Conflict
from jellystone.postgres import databases
from jellystone.postgres.databases import DatabaseSpec
from tests.postgres.world import World, state

pytestmark = pytest.mark.anyio


async def test_what_an_unfinished_creation_left_can_be_dropped(world: World) -> None:
    before = await world.signature()
    async with world.server.admin() as connection:
        await connection.run("CREATE DATABASE shop TEMPLATE template0 ALLOW_CONNECTIONS false")
    await databases.drop(world.server, DatabaseSpec(id=uuid4(), name="shop"), roles=[], was_absent=True)
    assert await world.signature() == before


async def test_dropping_leaves_nothing_and_touches_no_other_database(world: World) -> None:
    blog = await world.database("blog")
    await world.role("bea", blog, "owner")
    before = await world.signature()
    shop = await world.database()
    members = [await world.role(name, shop, "owner") for name in ("ann", "abe")]
    members.append(await world.role("ray", shop, "readonly"))
    await (await world.login("ann", "shop")).execute("CREATE TABLE t (a int); SET ROLE NONE; CREATE TABLE u (a int)")
    await databases.drop(world.server, shop, roles=members)
    assert await world.signature() == before
    await databases.drop(world.server, shop, roles=members)
    assert await world.signature() == before


async def test_it_is_dropped_under_a_storm_of_reconnecting_clients(world: World) -> None:
    spec = await world.database()
    ann = await world.role("ann", spec, "owner")
    done = asyncio.Event()
    logins = asyncio.Semaphore(0)

    async def client() -> None:
        while not done.is_set():
            try:
                connection = await asyncpg.connect(world.cluster.url("shop", user="ann", password="pw-ann"))
                logins.release()
                await connection.execute("SELECT pg_sleep(5)")
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                pass

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(client())
        for _ in range(8):
            await logins.acquire()
        await asyncio.wait_for(databases.drop(world.server, spec, roles=[ann]), 10)
        done.set()
    assert not await databases.exists(world.server, "shop")


async def test_a_drop_goes_on_when_the_one_who_waits_goes_away(world: World) -> None:
    spec = await world.database()
    for delay in (0.0, 0.002, 0.005, 0.01):
        await databases.create(world.server, spec, was_absent=True)
        task = asyncio.ensure_future(databases.drop(world.server, spec, roles=[]))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.wait([task])
        assert await world.ask("SELECT count(*) FROM pg_database WHERE datname = 'shop'") == 0


async def test_a_half_dropped_database_can_only_be_dropped(world: World) -> None:
    spec = await world.database()
    await (await world.root()).execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'shop'")
    found = await databases.found(world.server, "shop")
    assert found is not None
    assert found.broken
    assert found.id == spec.id
    for attempt in (databases.create(world.server, spec, was_absent=True), databases.change(world.server, spec)):
        with pytest.raises(Conflict, match="Delete it again"):
            await attempt
    await databases.drop(world.server, spec, roles=[])
    assert not await databases.exists(world.server, "shop")


async def test_our_connection_survives_a_half_dropped_database(world: World) -> None:
    spec = await world.database()
    await (await world.root()).execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'shop'")
    async with world.server.admin() as connection:
        before = connection.get_server_pid()
    await databases.drop(world.server, spec, roles=[])
    async with world.server.admin() as connection:
        assert connection.get_server_pid() == before


async def test_a_subscription_is_named_before_anything_is_closed(world: World) -> None:
    spec = await world.database()
    root = await world.root("shop")
    await root.execute("CREATE SUBSCRIPTION news CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)")
    with pytest.raises(Conflict, match="subscription news"):
        await databases.drop(world.server, spec, roles=[])
    assert await state(root, "SELECT 1") is None
    found = await databases.found(world.server, "shop")
    assert found is not None
    assert found.open
    await root.execute("ALTER SUBSCRIPTION news SET (slot_name = NONE); DROP SUBSCRIPTION news")
    await root.close()
    await databases.drop(world.server, spec, roles=[])

"""What one look at a server tells, and what somebody has changed behind our back; on every version and kind of role."""

import asyncio
from collections.abc import Callable

import pytest

from jellystone.postgres import drift, health
from jellystone.postgres.databases import DatabaseSpec
from jellystone.postgres.health import DatabaseHealth, Health
from tests.postgres.world import World

pytestmark = pytest.mark.anyio


async def look(world: World) -> Health:
    async with world.server.admin() as connection:
        return await health.look(connection)


async def eventually(world: World, shop: DatabaseSpec, seen: Callable[[DatabaseHealth], object]) -> DatabaseHealth:
    """Sessions come and go a moment after their clients do."""
    async with asyncio.timeout(10):
        while not seen(found := (await look(world)).databases[shop.id]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def test_a_look_sees_who_is_idle_in_a_transaction_who_works_and_who_waits_for_whom(world: World) -> None:
    shop = await world.database()
    for name in ("ann", "bob"):
        await world.role(name, shop, "owner")
    assert (await look(world)).databases == {shop.id: (await look(world)).databases[shop.id]}
    ann, bob = await world.login("ann", "shop"), await world.login("bob", "shop")
    await ann.execute("CREATE TABLE tents (a int)")
    await ann.execute("BEGIN; LOCK TABLE tents")
    waiting = asyncio.ensure_future(bob.fetch("SELECT * FROM tents"))
    seen = await eventually(world, shop, lambda found: found.waiting)
    assert seen.idle_in_transaction
    assert seen.active
    assert seen.waiting
    assert (seen.idle_in_transaction.role, seen.idle_in_transaction.pid) == ("ann", ann.get_server_pid())
    assert (seen.active.role, seen.waiting.role, seen.waiting.pid) == ("bob", "bob", bob.get_server_pid())
    assert seen.waiting.blocked_by == f"ann (process {ann.get_server_pid()})"
    assert 0 <= seen.waiting.seconds < 60
    assert (seen.broken, seen.hidden, seen.prepared) == (False, 0, 0)
    await ann.execute("COMMIT")
    await waiting
    well = await eventually(world, shop, lambda found: not found.idle_in_transaction and not found.active)
    assert well.waiting is None


async def test_what_our_role_may_not_see_counts_as_hidden(world: World) -> None:
    shop = await world.database()
    await world.root("shop")
    seen = await eventually(world, shop, lambda found: found.hidden or world.superuser)
    assert seen.hidden == (0 if world.superuser else 1)


async def test_a_look_tells_settings_ages_and_leftovers_of_the_whole_server(world: World) -> None:
    shop = await world.database()
    root = await world.root()
    await root.execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'shop'")
    found = await look(world)
    assert found.databases[shop.id].broken
    assert found.server.broken == ["shop"]
    assert found.server.role == world.address.user
    assert found.server.read_all_stats == world.superuser
    assert found.server.usable == await world.ask(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        " - coalesce(current_setting('reserved_connections', true)::int, 0)"
    )
    assert found.server.work_mem == await world.ask("SELECT pg_size_bytes(current_setting('work_mem'))")
    assert found.server.freeze_max_age >= 100_000
    assert found.server.xid_age >= found.databases[shop.id].xid_age > 0
    assert (found.server.slots, found.server.slots_bytes) == ([], None)


async def test_what_somebody_changed_behind_our_back_is_found_and_the_sql_mends_it(world: World) -> None:
    shop, other = await world.database(), await world.database("other")
    await world.role("ann", shop, "owner")
    stranger = await world.role("zoe", other, "owner")

    async def found() -> drift.Found:
        async with world.server.admin() as connection:
            return await drift.look(connection)

    untouched = await found()
    assert (untouched.databases, untouched.users) == ({}, {})
    assert {(one.database, one.words) for one in untouched.members} == {
        (shop.id, "ann in shop_owner"),
        (other.id, "zoe in other_owner"),
    }
    root, inside = await world.root(), await world.root("shop")
    await root.execute("DROP ROLE IF EXISTS smith; CREATE ROLE smith LOGIN")
    try:
        await root.execute(
            "GRANT CONNECT, TEMPORARY ON DATABASE shop TO PUBLIC; GRANT CREATE ON DATABASE shop TO smith"
        )
        await root.execute("GRANT shop_owner TO smith; GRANT ann TO smith; GRANT shop_rw TO zoe")
        await inside.execute("CREATE TABLE stray (a int)")
        await inside.execute("ALTER TABLE stray OWNER TO ann")
        seen = await found()
        mine = seen.of(shop.id)
        assert sorted(mine.doors) == ["everybody has CONNECT", "everybody has TEMPORARY", "smith has CREATE"]
        assert list(mine.strangers) == ["smith in shop_owner"]
        assert list(mine.owners) == ["ann (1)"]
        assert [list(words) for words in seen.users.values()] == [["smith in ann"]]
        assert (shop.id, stranger.id) in {(one.database, one.role) for one in seen.members}
        mends = [*mine.doors.values(), *mine.strangers.values(), *next(iter(seen.users.values())).values()]
        mends += [one.sql for one in seen.members if (one.database, one.role) == (shop.id, stranger.id)]
        for sql in mends:
            await root.execute(sql)
        for sql in mine.owners.values():
            await inside.execute(sql)
        again = await found()
        assert (again.of(shop.id), again.users) == (drift.Drift(), {})
        assert (shop.id, stranger.id) not in {(one.database, one.role) for one in again.members}
    finally:
        await root.execute("DROP OWNED BY smith; DROP ROLE smith")


async def test_a_database_that_changed_hands_is_found(simple: World) -> None:
    shop = await simple.database()
    root = await simple.root()
    await root.execute("DROP ROLE IF EXISTS smith; CREATE ROLE smith")
    try:
        await root.execute("ALTER DATABASE shop OWNER TO smith")
        async with simple.server.admin() as connection:
            doors = (await drift.look(connection)).of(shop.id).doors
        assert "smith owns it" in doors
        await root.execute(doors["smith owns it"])
    finally:
        await root.execute("DROP ROLE smith")

"""Who is connected to a database, and stopping them: on every version, as a superuser and as a mere CREATEROLE."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from jellystone.errors import NotFound, Refused
from jellystone.postgres import backends
from jellystone.postgres.backends import Key, Session
from jellystone.postgres.databases import DatabaseSpec
from tests.clusters import Cluster
from tests.postgres.world import Tenant, World

pytestmark = pytest.mark.anyio


def key_of(tenant: Tenant, found: list[Session]) -> Key:
    (one,) = [one for one in found if one.pid == tenant.get_server_pid()]
    return Key.parse(one.key)


async def until_blocked(world: World, spec: DatabaseSpec) -> list[Session]:
    for _ in range(500):
        found = await backends.sessions(world.server, spec.name, spec.id)
        if any(one.blocked_by for one in found):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")


async def test_sessions_are_seen_and_stopped_and_nobody_elses(world: World) -> None:
    shop, other = await world.database("shop"), await world.database("other")
    await world.role("ann", shop, "owner")
    await world.role("bob", shop, "readwrite")
    await world.role("eve", other, "owner")
    ann = await world.login("ann", "shop", server_settings={"application_name": "till"})
    bob, eve = await world.login("bob", "shop"), await world.login("eve", "other")
    root = await world.root("shop")
    await ann.execute("CREATE TABLE jam (id int)")
    await ann.execute("BEGIN; LOCK TABLE jam")
    waiting = asyncio.ensure_future(bob.execute("UPDATE jam SET id = 1 /* password=honey */"))
    found = {one.pid: one for one in await until_blocked(world, shop)}
    async with world.server.inside("shop"):
        again = await backends.sessions(world.server, "shop", shop.id)
        assert {one.pid for one in again} == set(found), "we ourselves are not among them"

    holder, waiter = found[ann.get_server_pid()], found[bob.get_server_pid()]
    assert (holder.role, holder.application, holder.state) == ("ann", "till", "idle in transaction")
    assert (waiter.role, waiter.state, waiter.wait) == ("bob", "active", "Lock: relation")
    assert waiter.blocked_by == (holder.pid,)
    assert waiter.query == "UPDATE jam SET id = … /* … */", "beside a secret a number may be one, too"
    assert holder.endable
    assert waiter.endable
    assert not found[root.get_server_pid()].endable

    theirs = await backends.sessions(world.server, "other", other.id)
    this = Key.parse(waiter.key)
    for key, why in {
        replace(this, backend_start=this.backend_start + timedelta(microseconds=1)): "pid reused",
        key_of(eve, theirs): "another database",
        Key.parse(found[root.get_server_pid()].key): "a superuser's",
    }.items():
        for act in (backends.cancel, backends.end):
            with pytest.raises(NotFound):
                await act(world.server, "shop", shop.id, key)
            assert not waiting.done(), why
    with pytest.raises(NotFound):
        await backends.end(world.server, "shop", other.id, Key.parse(waiter.key))

    await backends.cancel(world.server, "shop", shop.id, Key.parse(waiter.key))
    with pytest.raises(asyncpg.QueryCanceledError):
        await waiting
    waiting = asyncio.ensure_future(bob.execute("UPDATE jam SET id = 2"))
    await until_blocked(world, shop)
    await backends.end(world.server, "shop", shop.id, Key.parse(waiter.key))
    with pytest.raises(asyncpg.PostgresConnectionError) as cut:
        await waiting
    assert isinstance(cut.value.__cause__, asyncpg.AdminShutdownError)
    assert await backends.end_idle(world.server, "shop", shop.id) == 0, "a transaction is not idle"
    await ann.execute("ROLLBACK")
    assert await backends.end_idle(world.server, "shop", shop.id) == 1
    for _ in range(500):
        if len(left := await backends.sessions(world.server, "shop", shop.id)) == 1:
            break
        await asyncio.sleep(0.01)
    assert [one.pid for one in left] == [root.get_server_pid()]
    assert await eve.fetchval("SELECT 1") == 1


async def test_what_our_role_may_not_do_is_said_with_the_statement_that_mends_it(newest: Cluster) -> None:
    async with World(newest, "createrole") as world:
        shop = await world.database("shop")
        await world.ask("CREATE ROLE guest LOGIN PASSWORD 'pw-guest'")
        await world.ask("GRANT shop_ro TO guest")
        guest = await world.login("guest", "shop")
        (seen,) = await backends.sessions(world.server, "shop", shop.id)
        assert (seen.role, seen.state, seen.query, seen.endable) == ("guest", None, None, False)
        with pytest.raises(NotFound):
            await backends.end(world.server, "shop", shop.id, Key.parse(seen.key))
        await world.ask("GRANT pg_monitor TO jadmin")
        (seen,) = await backends.sessions(world.server, "shop", shop.id)
        assert (seen.state, seen.endable) == ("idle", False)
        with pytest.raises(Refused, match='GRANT pg_signal_backend TO "jadmin"'):
            await backends.end(world.server, "shop", shop.id, Key.parse(seen.key))
        assert await backends.end_idle(world.server, "shop", shop.id) == 0
        await world.ask("GRANT pg_signal_backend TO jadmin")
        await backends.end(world.server, "shop", shop.id, key_of(guest, [seen]))
        assert not await backends.sessions(world.server, "shop", shop.id)


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "x-1", "1-x", "1-1-1", "٣-٣", "9" * 12 + "-1", "1-" + "9" * 19])
def test_what_is_no_key_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        Key.parse(text)

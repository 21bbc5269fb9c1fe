"""Bringing a server to what our rows say, while people go away and servers fall silent."""

import asyncio

import pytest

from jellystone.database import DB
from jellystone.jobs import reconciler
from jellystone.services import databases, provisioning, roles, servers
from jellystone.services.databases import Wish
from tests.park import Park, problem
from tests.proxy import second_server

pytestmark = pytest.mark.anyio


async def make(park: Park, name: str, server: str = "main") -> None:
    owner = roles.Wish(name=name, access="owner")
    wish = Wish(name=name, protected=False)
    await databases.create(park.yogi.actor, park.team, await servers.by_name(server), wish, owner=owner)


async def test_whoever_goes_away_while_it_is_made_finds_it_finished_later(park: Park) -> None:
    async with second_server(park):
        for number, seconds in enumerate((0.01, 0.03, 0.06, 0.1)):
            making = asyncio.create_task(make(park, f"orders_{number}", "away"))
            await asyncio.sleep(seconds)
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        rows = await DB.fetch("SELECT d.name, d.status, r.status FROM databases d JOIN roles r ON r.database = d.id")
        assert rows
        assert {tuple(row)[1:] for row in rows} == {("ready", "ready")}
        on_server = {row[0] for row in await park.sql("SELECT datname FROM pg_database WHERE oid >= 16384")}
        assert on_server == {"jellystone", *(row["name"] for row in rows)}
        for row in rows:
            at = f"/databases/away/{row['name']}"
            uri = (await park.token.get(f"{at}/roles/{row['name']}/password")).json()["uri"]
            await (await park.connect(uri)).close()
            await park.token.delete(at)
        assert not await park.sql("SELECT FROM pg_roles WHERE oid >= 16384")


async def test_a_silent_server_keeps_nobody_else_waiting(park: Park) -> None:
    """Ten connections to our own database, and twelve who wait for a server that says nothing."""
    async with second_server(park) as door:
        names = [f"orders_{number}" for number in range(12)]
        await asyncio.gather(*(make(park, name, "away") for name in names))
        await make(park, "blog")
        door.stalled = True
        waiting = [
            asyncio.create_task(park.token.patch(f"/databases/away/{name}", json={"connection_limit": 3}))
            for name in names
        ]
        await asyncio.sleep(0.3)
        assert (await park.token.get("/databases")).json()["total"] == 13
        assert (await park.token.get("/health/ready")).status_code == 200
        changed = await park.token.put("/databases/main/blog/roles/blog/password", json={})
        assert changed.status_code == 200
        assert not [task for task in waiting if task.done()], "who waits for it waits still, and nobody else did"
        while not all(task.done() for task in waiting):
            await door.shut()
            await asyncio.sleep(0.05)
        assert {problem(task.result())["status"] for task in waiting} == {503}
        door.stalled = False
        await door.open()
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        limits = await park.sql("SELECT datconnlimit FROM pg_database WHERE datname ^@ 'orders_'")
        assert [row[0] for row in limits] == [3] * 12


async def test_bringing_what_is_there_or_gone_already_does_nothing(park: Park) -> None:
    await make(park, "orders")
    (database,), (role,) = await DB.fetch("SELECT id FROM databases"), await DB.fetch("SELECT id FROM roles")
    before = await DB.fetch("SELECT * FROM databases d JOIN roles r ON r.database = d.id")
    await provisioning.bring_database(database["id"])
    await provisioning.bring_role(role["id"])
    await provisioning.remove_database(database["id"])  # nobody marked it
    await provisioning.remove_role(role["id"])
    assert await DB.fetch("SELECT * FROM databases d JOIN roles r ON r.database = d.id") == before
    await park.token.delete("/databases/main/orders")
    for act in (provisioning.bring_database, provisioning.remove_database):
        await act(database["id"])
    for act in (provisioning.bring_role, provisioning.remove_role):
        await act(role["id"])

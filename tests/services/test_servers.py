"""Which servers there are, how they were at the last look, and the way to each."""

import pytest
from msgspec.structs import replace

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Misconfigured, NotFound, Unreachable
from jellystone.postgres import databases as on_server
from jellystone.services import servers, vault
from jellystone.services.lists import ALL
from tests.park import Park, problem
from tests.proxy import second_server

pytestmark = pytest.mark.anyio


async def test_the_first_server_is_registered_once_and_follows_the_settings(park: Park) -> None:
    before = await servers.by_name("main")
    now = settings.current()
    try:
        moved = replace(now, server_public_host="db.park.example", server_public_port=6543)
        await servers.register_first(moved)
        after = await servers.by_name("main")
        assert (after.id, after.public_host, after.public_port) == (before.id, "db.park.example", 6543)
        made = await park.token.post("/databases", json={"name": "orders", "owner_role": True})
        assert "@db.park.example:6543/orders" in made.json()["owner"]["uri"]
        assert made.json()["connection"]["port"] == 6543
    finally:
        await servers.register_first(now)
    assert (await servers.by_name("main")).public_port == park.cluster.port
    assert len(await servers.all_servers()) == 1


async def test_a_start_that_changes_nothing_leaves_the_address_as_it_is_stored(park: Park) -> None:
    """What is wrapped anew would make every replica connect anew."""
    before = await servers.by_name("main")
    await servers.register_first(settings.current())
    after = await servers.by_name("main")
    assert (after.wrapped_url, after.changed_at) == (before.wrapped_url, before.changed_at)


async def test_an_address_that_is_none_is_a_mistake_in_the_settings(park: Park) -> None:
    wrong = replace(settings.current(), server_url="postgresql://u:hunter2@h/x?sslmode=odd")
    with pytest.raises(Misconfigured, match="JELLYSTONE_SERVER_URL") as caught:
        await servers.register_first(wrong)
    assert "hunter2" not in str(caught.value)


async def test_our_own_way_in_is_stored_under_the_secret_key_only(park: Park) -> None:
    row = await servers.by_name("main")
    assert park.cluster.password.encode() not in row.wrapped_url
    keys = vault.InstanceKeys(settings.current().secret_keys)
    assert park.cluster.password in keys.unwrap(row.wrapped_url, purpose="server address", row=row.id).decode()
    with pytest.raises(vault.Sealed):
        keys.unwrap(row.wrapped_url, purpose="server address", row=park.team.id)
    assert park.cluster.password not in repr(row) + repr(await servers.reach(row))


async def test_one_object_reaches_a_server_until_its_address_changes(park: Park) -> None:
    async with second_server(park) as door:
        row = await servers.by_name("away")
        first = await servers.reach(row)
        assert await servers.reach(row) is first
        url = park.cluster.url(user="nobody", password="wrong").replace(f":{park.cluster.port}/", f":{door.port}/")
        keys = vault.InstanceKeys(settings.current().secret_keys)
        row.wrapped_url = keys.wrap(url.encode(), purpose="server address", row=row.id)
        second = await servers.reach(row)
        assert second is not first
        assert second.address.user == "nobody"


async def test_a_look_stores_version_connections_rights_and_warnings(park: Park) -> None:
    await DB.fetch("UPDATE servers SET version = NULL, contacted_at = NULL")
    unseen = (await park.cindy.program.get("/servers/main")).json()
    assert (unseen["version"], unseen["contacted_at"]) == (None, None)
    await servers.refresh_all()
    seen = (await park.cindy.program.get("/servers/main")).json()
    assert seen["version"].startswith("18.")
    assert 0 < seen["connections"] < seen["connections_usable"] <= 97
    assert seen["rights"]["superuser"] is True
    assert [words for words in seen["warnings"] if "REVOKE ALL ON DATABASE" in words]
    assert seen["problem"] is None
    assert seen["started_at"] < seen["contacted_at"]
    page = (await park.cindy.browser.get("/servers/main")).text
    for words in (f"PostgreSQL {seen['version']}", "anything: it is a superuser", "REVOKE ALL ON DATABASE"):
        assert words in page
    offered = (await servers.what_can_be_chosen(park.cindy.actor))["main"]
    assert "builtin" in offered["providers"]
    form = (await park.yogi.browser.get("/databases/new")).text
    assert [name for name in offered["libc"] if f'value="{name}"' not in form] == []
    assert "C" in offered["libc"]


async def test_a_server_that_is_away_says_why_and_keeps_what_was_known(park: Park) -> None:
    async with second_server(park) as door:
        away = await servers.by_name("away")
        await servers.refresh(away)
        known = await servers.show(park.yogi.actor, "away")
        await door.shut()
        with pytest.raises(Unreachable, match="The server away"):
            await on_server.exists(await servers.reach(away), "orders")
        await servers.refresh_all()
        seen = await servers.show(park.yogi.actor, "away")
        assert seen.version == known.version
        assert seen.contacted_at == known.contacted_at
        assert seen.problem is not None
        assert "server away does not answer" in seen.problem
        assert park.cluster.password not in seen.problem
        assert "unreachable" in (await park.cindy.browser.get("/servers")).text
        assert (await servers.show(park.yogi.actor, "main")).problem is None
        await door.open()
        await servers.refresh_all()
        assert (await servers.show(park.yogi.actor, "away")).problem is None


async def test_servers_are_listed_with_how_many_databases_they_hold(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    async with second_server(park):
        listed = (await park.cindy.program.get("/servers")).json()
        assert [(one["id"], one["databases"]) for one in listed["items"]] == [("away", 0), ("main", 1)]
        assert (await park.cindy.program.get("/servers?q=AWA")).json()["total"] == 1
        assert (await park.cindy.program.get("/servers?per_page=1")).json()["next"].startswith("/servers?")
        assert "away" in (await park.cindy.browser.get("/servers")).text
    assert (await servers.visible_to(park.smith.actor, ALL)).total == 1
    assert problem(await park.cindy.program.get("/servers/nowhere"))["status"] == 404
    assert (await park.cindy.browser.get("/servers/nowhere")).status_code == 404
    with pytest.raises(NotFound):
        await servers.by_name("nowhere")
    assert problem(await (await park.with_scopes("secrets")).get("/servers"))["status"] == 403
    assert park.cluster.password not in (await park.yogi.program.get("/servers/main")).text

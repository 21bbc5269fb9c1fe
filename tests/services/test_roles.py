"""What becomes of roles on the server and in our books."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.errors import Conflict
from jellystone.jobs import reconciler
from jellystone.services import databases, role_catalog, role_passwords, roles, servers
from jellystone.services.found import Found, FoundRole
from jellystone.services.roles import Wish
from tests.park import Park, problem
from tests.proxy import second_server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def orders(park: Park) -> Found:
    return await database(park)


async def database(park: Park, name: str = "orders", server: str = "main") -> Found:
    wish = databases.Wish(name=name, protected=False)
    found, _ = await databases.create(park.yogi.actor, park.team, await servers.by_name(server), wish)
    return found


async def make(park: Park, orders: Found, name: str = "app", access: str = "readwrite", **more: Any) -> FoundRole:
    await roles.create(park.yogi.actor, orders, Wish(name=name, access=access, **more))
    return await roles.find(park.yogi.actor, orders, name)


async def uri(park: Park, role: FoundRole) -> str:
    return (
        await role_passwords.reveal(park.yogi.actor, await roles.find(park.yogi.actor, role.database, role.row.name))
    ).uri


async def lives(connection: Any) -> bool:
    try:
        await connection.fetchval("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False
    return True


async def change(park: Park, role: FoundRole, **what: Any) -> None:
    await roles.change(park.yogi.actor, await roles.find(park.yogi.actor, role.database, role.row.name), **what)


async def test_another_access_ends_old_sessions_and_holds_for_new_ones(park: Park, orders: Found) -> None:
    role = await make(park, orders, access="owner")
    old = await park.connect(await uri(park, role))
    await old.execute("CREATE TABLE t (a int)")
    await change(park, role, access="readonly")
    assert not await lives(old)
    new = await park.connect(await uri(park, role))
    assert await new.fetchval("SELECT count(*) FROM t") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await new.execute("INSERT INTO t VALUES (1)")
    await change(park, role, access="owner")
    assert not await lives(new)
    again = await park.connect(await uri(park, role))
    assert await again.fetchval("SELECT current_user") == "orders_owner"
    await again.close()


async def test_a_limit_holds_and_can_be_lifted(park: Park, orders: Found) -> None:
    role = await make(park, orders, connection_limit=1)
    first = await park.connect(await uri(park, role))
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await park.connect(await uri(park, role))
    await change(park, role, connection_limit=None)
    await (await park.connect(await uri(park, role))).close()
    assert await lives(first)
    await first.close()


async def test_an_expired_password_opens_nothing(park: Park, orders: Found) -> None:
    role = await make(park, orders, valid_until=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(asyncpg.InvalidPasswordError):
        await park.connect(await uri(park, role))
    await change(park, role, valid_until=datetime.now(UTC) + timedelta(days=1))
    await (await park.connect(await uri(park, role))).close()
    await change(park, role, valid_until=None)
    assert (await park.sql("SELECT rolvaliduntil::text FROM pg_roles WHERE rolname = 'app'"))[0][0] == "infinity"


async def test_a_disabled_role_is_cut_off_and_comes_back_as_it_was(park: Park, orders: Found) -> None:
    role = await make(park, orders)
    open_one = await park.connect(await uri(park, role))
    await change(park, role, enabled=False)
    assert not await lives(open_one)
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await park.connect(await uri(park, role))
    page = await park.cindy.browser.get("/databases/main/orders/roles/app")
    assert "disabled" in page.text
    await change(park, role, enabled=True)
    await (await park.connect(await uri(park, role))).close()


async def test_a_deleted_role_leaves_its_data_to_the_owners(park: Park, orders: Found) -> None:
    owner, other = await make(park, orders, access="owner"), await make(park, orders, "boss", "owner")
    working = await park.connect(await uri(park, owner))
    await working.execute(
        "CREATE TABLE t (a int); SET ROLE NONE; CREATE TABLE stray (a int); INSERT INTO stray VALUES (7)"
    )
    assert (await park.token.delete(f"/databases/{owner.id.rpartition('/')[0]}/roles/app")).status_code == 204
    assert not await lives(working)
    assert not await park.sql("SELECT FROM pg_roles WHERE rolname = 'app'")
    left = await park.connect(await uri(park, other))
    assert await left.fetchval("SELECT a FROM stray") == 7
    await left.execute("ALTER TABLE stray ADD b int; DROP TABLE t")
    await left.close()
    assert (await park.token.delete("/databases/main/orders/roles/app")).status_code == 404
    await make(park, orders)  # the name is free again


async def test_every_change_is_told_once_with_who_and_from_where(park: Park, orders: Found) -> None:
    await park.token.post("/databases/main/orders/roles", json={"name": "app", "password": "tell nobody"})
    at = "/databases/main/orders/roles/app"
    await park.booboo.browser.post(f"{at}?_method=patch", data={"access": "readonly", "enabled": "on"})
    await park.booboo.program.patch(at, json={})
    await park.booboo.program.put(f"{at}/password", json={"password": "tell nobody else"})
    await park.booboo.program.get(f"{at}/password", headers={"x-request-id": "look-1"})
    await park.booboo.program.delete(at)
    items = (await park.cindy.program.get("/teams/rangers/events")).json()["items"]
    told = [item for item in reversed(items) if item["object_kind"] == "role"]
    assert [(one["actor"], one["actor_kind"], one["action"]) for one in told] == [
        ("first token", "team token", "created"),
        ("booboo@park.example", "person", "changed"),
        ("booboo@park.example", "personal token", "changed the password of"),
        ("booboo@park.example", "personal token", "revealed the password of"),
        ("booboo@park.example", "personal token", "deleted"),
    ]
    assert told[1]["details"] == {"access": "readonly"}
    assert (told[3]["request_id"], told[3]["address"]) == ("look-1", "127.0.0.1")
    assert "tell nobody" not in str(items)


async def test_a_role_whose_change_was_cut_short_says_so_and_is_finished_later(park: Park) -> None:
    async with second_server(park) as door:
        orders = await database(park, server="away")
        role = await make(park, orders, password="before the storm")
        await door.shut()
        at = "/databases/away/orders/roles/app"
        for method, path, sent in (
            ("PATCH", at, {"access": "owner", "connection_limit": 3}),
            ("PUT", f"{at}/password", {"password": "after the storm"}),
            ("POST", "/databases/away/orders/roles", {"name": "late", "access": "readonly"}),
        ):
            cut = await park.token.request(method, path, json=sent)
            assert problem(cut)["status"] == 503
            assert "server away" in problem(cut)["detail"]
        for name in ("app", "late"):
            shown = (await park.token.get(f"/databases/away/orders/roles/{name}")).json()
            assert shown["status"] == "failed"
            assert "server away does not answer" in shown["problem"]
        row = await DB.fetch_row("SELECT attempts, retry_at > now() AS later FROM roles WHERE name = 'app'")
        assert row is not None
        assert tuple(row) == (2, True)
        await door.open()
        await reconciler.finish_unfinished()  # not due yet
        assert (await park.token.get(at)).json()["status"] == "failed"
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        shown = (await park.token.get(f"{at}/password")).json()
        assert [shown[name] for name in ("status", "problem", "access", "connection_limit")] == [
            "ready",
            None,
            "owner",
            3,
        ]
        assert shown["password"] == "after the storm"
        await (await park.connect(await uri(park, role))).close()
        assert await DB.fetch("SELECT FROM roles WHERE pending_verifier IS NOT NULL") == []
        await door.shut()
        assert problem(await park.token.delete(at))["status"] == 503
        assert (await park.token.get(at)).json()["status"] == "deleting"
        assert problem(await park.token.patch(at, json={"access": "owner", "enabled": False}))["status"] == 409
        await door.open()
        assert (await park.token.delete(at)).status_code == 204


async def test_a_database_takes_roles_only_while_it_is_ready(park: Park, orders: Found) -> None:
    for status in ("creating", "failed", "deleting"):
        await DB.fetch("UPDATE databases SET status = $1", status)
        for method, path in (("POST", ""), ("PUT", "/app")):
            sent = {"access": "owner"} if method == "PUT" else {"name": "app"}
            early = await park.token.request(method, f"/databases/main/orders/roles{path}", json=sent)
            assert problem(early)["status"] == 409
            assert f"main/orders is {status}" in problem(early)["detail"]
        page = await park.yogi.browser.post("/databases/main/orders/roles", data={"name": "app", "access": "owner"})
        assert (page.status_code, f"main/orders is {status}" in page.text) == (409, True)
        assert (
            problem(await park.cindy.program.post("/databases/main/orders/roles", json={"name": "app"}))["status"]
            == 403
        )
    assert await DB.fetch("SELECT FROM roles") == []


async def test_put_picks_up_what_has_failed(park: Park) -> None:
    async with second_server(park) as door:
        await database(park, server="away")
        await door.shut()
        at = "/databases/away/orders/roles/app"
        assert (await park.token.put(at, json={"access": "readonly"})).status_code == 503
        await door.open()
        picked = await park.token.put(at, json={"access": "readonly"})
        assert (picked.status_code, picked.json()["status"], picked.json()["problem"]) == (200, "ready", None)
        await (await park.connect((await park.token.get(f"{at}/password")).json()["uri"])).close()


async def test_what_somebody_took_off_the_server_is_told_in_words(park: Park, orders: Found) -> None:
    role = await make(park, orders)
    await park.sql("DROP ROLE app")
    gone = problem(await park.token.patch("/databases/main/orders/roles/app", json={"connection_limit": 2}))
    assert (gone["status"], "no longer on the server" in gone["detail"]) == (404, True)
    shown = await role_catalog.show(park.yogi.actor, role)
    assert shown.status == "failed"
    assert shown.problem == gone["detail"]
    assert gone["detail"] in (await park.cindy.browser.get("/databases/main/orders/roles/app")).text
    assert (await park.token.delete("/databases/main/orders/roles/app")).status_code == 204


async def test_of_eight_who_want_one_name_one_gets_it(park: Park, orders: Found) -> None:
    async def try_once() -> str:
        try:
            return (await roles.create(park.yogi.actor, orders, Wish(name="app", access="owner"))).uri
        except Conflict:
            return ""

    won = [made for made in await asyncio.gather(*(try_once() for _ in range(8))) if made]
    assert len(won) == 1
    await (await park.connect(won[0])).close()


async def test_changes_of_one_role_at_once_all_succeed_and_the_books_are_right(park: Park, orders: Found) -> None:
    role = await make(park, orders)
    changes: list[dict[str, Any]] = [{"access": access} for access in ("owner", "readonly", "readwrite")] * 2
    limits = [{"connection_limit": limit} for limit in (3, 4, 5)]
    await asyncio.gather(*(change(park, role, **what) for what in [*changes, *limits]))
    shown = await role_catalog.show(park.yogi.actor, role)
    assert (shown.status, shown.problem) == ("ready", None)
    (row,) = await park.sql(
        "SELECT r.rolconnlimit, array_agg(g.rolname::text) AS groups FROM pg_auth_members m"
        " JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid WHERE r.rolname = 'app' GROUP BY 1"
    )
    suffix = {"owner": "owner", "readwrite": "rw", "readonly": "ro"}[shown.access]
    assert (row["rolconnlimit"], row["groups"]) == (shown.connection_limit, [f"orders_{suffix}"])


async def test_deleting_while_creating_leaves_no_role(park: Park, orders: Found) -> None:
    for wait in (0.0, 0.005, 0.02):
        creating = asyncio.create_task(make(park, orders, access="owner"))
        while not (await DB.fetch("SELECT FROM roles") or creating.done()):
            pass
        await asyncio.sleep(wait)
        await roles.delete(park.yogi.actor, await roles.find(park.yogi.actor, orders, "app"))
        await asyncio.gather(creating, return_exceptions=True)
        assert await DB.fetch("SELECT FROM roles") == []
        assert not await park.sql("SELECT FROM pg_roles WHERE rolname = 'app'")

"""What becomes of databases on the server and in our books."""

import asyncio
from contextlib import suppress
from html import unescape
from typing import Any

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound, Unreachable
from jellystone.jobs import reconciler
from jellystone.postgres import connection
from jellystone.services import catalog, databases, roles, servers
from jellystone.services.databases import Wish
from jellystone.services.found import Found
from tests.park import Park, problem
from tests.proxy import second_server

pytestmark = pytest.mark.anyio


async def make(park: Park, name: str = "orders", **more: Any) -> Found:
    server = await servers.by_name(more.pop("server", "main"))
    found, _ = await databases.create(park.yogi.actor, park.team, server, Wish(name=name, **more))
    return found


async def owner_of(park: Park, name: str) -> str:
    made = await park.token.post("/databases", json={"name": name, "owner_role": True, "protected": False})
    return str(made.json()["owner"]["uri"])


async def names(park: Park) -> list[str]:
    return [row[0] for row in await park.sql("SELECT datname FROM pg_database WHERE oid >= 16384 ORDER BY 1")]


async def told(park: Park) -> list[tuple[str, str]]:
    items = (await park.token.get("/teams/rangers/events")).json()["items"]
    return [(item["action"], item["object"]) for item in reversed(items) if item["object_kind"] != "token"]


async def test_put_makes_it_once_and_then_changes_only_what_differs(park: Park) -> None:
    wish = {"description": "of the shop", "connection_limit": 5, "encoding": "utf-8", "locale": "C"}
    first = await park.token.put("/databases/main/orders", json=wish)
    assert (first.status_code, first.headers["location"]) == (201, "/databases/main/orders")
    assert first.json()["encoding"] == "UTF8"
    again = await park.token.put("/databases/main/orders", json=wish)
    assert (again.status_code, again.json()) == (200, first.json())
    assert "location" not in again.headers
    changed = await park.token.put("/databases/main/orders", json={"protected": False})
    assert [changed.json()[name] for name in ("description", "connection_limit", "protected")] == ["", None, False]
    assert [row[0] for row in await park.sql("SELECT datconnlimit FROM pg_database WHERE datname = 'orders'")] == [-1]
    assert (await told(park))[1:] == [("created", "main/orders"), ("changed", "main/orders")]


async def test_put_refuses_what_cannot_be_changed(park: Park) -> None:
    await make(park)
    await park.yogi.program.post("/teams", json={"name": "Bears"})
    for wish, field in (
        ({"encoding": "LATIN1"}, "encoding"),
        ({"locale": "C.UTF-8"}, "locale"),
        ({"locale_provider": "builtin"}, "locale_provider"),
        ({"team": "bears"}, "team"),
    ):
        refused = problem(await park.yogi.program.put("/databases/main/orders", json=wish))
        assert (refused["status"], list(refused["errors"])) == (409, [field])
    unknown = problem(await park.yogi.program.put("/databases/main/blog", json={"team": "wolves"}))
    assert (unknown["status"], list(unknown["errors"])) == (422, ["team"])
    assert problem(await park.token.put("/databases/nowhere/blog", json={}))["status"] == 404
    assert problem(await park.token.put("/databases/main/Blog", json={}))["errors"].keys() == {"name"}
    assert problem(await park.smith.program.put("/databases/main/orders", json={"team": "rangers"}))["status"] == 422


async def test_put_finishes_what_has_failed(park: Park) -> None:
    found = await make(park)
    await park.sql("DROP DATABASE orders")
    await DB.fetch("UPDATE databases SET status = 'failed', problem = 'cut short', attempts = 3")
    finished = await park.token.put("/databases/main/orders", json={"encoding": "UTF8"})
    assert (finished.status_code, finished.json()["status"], finished.json()["problem"]) == (200, "ready", None)
    assert await names(park) == ["jellystone", found.row.name]


async def test_a_protected_database_stays_until_its_protection_is_lifted(park: Park) -> None:
    found = await make(park)
    refused = problem(await park.token.delete("/databases/main/orders"))
    assert refused["status"] == 409
    assert "Lift its protection" in refused["detail"]
    page = await park.yogi.browser.get("/databases/main/orders/removal")
    assert 'name="name"' not in page.text
    typed = await park.yogi.browser.post("/databases/main/orders/removal", data={"name": "orders"})
    assert typed.status_code == 409
    await databases.change(park.yogi.actor, found, protected=False)
    with pytest.raises(Conflict, match="protected"):
        await databases.delete(park.yogi.actor, found)
    assert (await park.token.delete("/databases/main/orders")).status_code == 204
    assert (await park.token.delete("/databases/main/orders")).status_code == 404


async def test_the_page_asks_for_the_name_before_it_deletes(park: Park) -> None:
    await make(park, protected=False)
    form = await park.booboo.browser.get("/databases/main/orders/removal")
    assert "Type its name" in form.text
    wrong = await park.booboo.browser.post("/databases/main/orders/removal", data={"name": "order"})
    assert wrong.status_code == 422
    assert "Type orders to delete it." in wrong.text
    gone = await park.booboo.browser.post("/databases/main/orders/removal", data={"name": "orders"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/teams/rangers")
    assert await names(park) == ["jellystone"]


async def test_deleting_ends_sessions_takes_its_roles_and_leaves_all_others(park: Park) -> None:
    gone, kept = await park.connect(await owner_of(park, "orders")), await park.connect(await owner_of(park, "blog"))
    await gone.execute("CREATE TABLE t (a int)")
    await kept.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    await park.token.post("/databases/main/orders/roles", json={"name": "reader", "access": "readonly"})
    assert (await park.token.delete("/databases/main/orders")).status_code == 204
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await gone.fetchval("SELECT 1")
    assert await kept.fetchval("SELECT a FROM t") == 1
    await kept.close()
    assert await names(park) == ["blog", "jellystone"]
    left = await park.sql("SELECT rolname FROM pg_roles WHERE oid >= 16384 ORDER BY 1")
    assert [row[0] for row in left] == ["blog", "blog_owner", "blog_ro", "blog_rw"]
    assert await DB.fetch("SELECT FROM roles WHERE name IN ('orders', 'reader')") == []
    assert ("deleted", "main/orders") in await told(park)


async def test_strangers_find_nothing_viewers_change_nothing_and_tokens_keep_to_their_scopes(park: Park) -> None:
    await make(park, protected=False)
    requests: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"description": "mine"}),
        ("DELETE", "", None),
        ("GET", "/roles", None),
        ("POST", "/roles", {"name": "mine"}),
    ]
    for method, path, sent in requests:
        answer = await park.smith.program.request(method, f"/databases/main/orders{path}", json=sent)
        assert problem(answer)["status"] == 404
        answer = await park.smith.browser.request(method, f"/databases/main/orders{path}", data=sent)
        assert answer.status_code == 404
    reading, secrets = await park.with_scopes("read"), await park.with_scopes("secrets")
    for client, words in ((park.cindy.program, "Ask one of its owners"), (reading, "lacks the scope 'write'")):
        for method, path, sent in requests:
            answer = await client.request(method, f"/databases/main/orders{path}", json=sent)
            assert answer.status_code == (200 if method == "GET" else 403), (method, path)
            if method != "GET":
                assert words in problem(answer)["detail"]
        refused = await client.post("/databases", json={"name": "blog", "team": "rangers"})
        assert problem(refused)["status"] == 403
    assert "lacks the scope 'read'" in problem(await secrets.get("/databases"))["detail"]
    assert (await park.smith.program.get("/databases")).json()["items"] == []
    for page in ("edit", "removal", "roles/new"):
        assert (await park.cindy.browser.get(f"/databases/main/orders/{page}")).status_code == 403


async def test_a_server_that_does_not_answer_is_named_and_nothing_is_kept(park: Park) -> None:
    async with second_server(park) as door:
        await door.shut()
        sent = {"name": "orders", "server": "away", "owner_role": True}
        away = await park.token.post("/databases", json=sent)
        assert problem(away)["status"] == 503
        assert "server away" in problem(away)["detail"]
        assert int(away.headers["retry-after"]) > 0
        again = await park.yogi.browser.post("/databases", data={**sent, "team": "rangers", "description": "kept"})
        assert again.status_code == 503
        assert "server away" in again.text
        assert "kept" in again.text
        assert await DB.fetch("SELECT FROM databases") == []
        await door.open()
        assert (await park.token.post("/databases", json=sent)).status_code == 201


async def test_what_a_lost_server_interrupts_says_so_and_is_finished_later(park: Park) -> None:
    async with second_server(park) as door:
        found = await make(park, server="away", protected=False)
        await door.shut()
        limited = await park.token.patch("/databases/away/orders", json={"connection_limit": 4})
        assert problem(limited)["status"] == 503
        shown = (await park.token.get("/databases/away/orders")).json()
        assert (shown["status"], shown["connection_limit"]) == ("ready", 4)
        assert "server away does not answer" in shown["problem"]
        assert shown["problem"] in unescape((await park.yogi.browser.get("/databases/away/orders")).text)
        assert (await park.token.get("/")).json()["problems"][0]["name"] == "orders"
        await door.open()
        repeated = await park.token.patch("/databases/away/orders", json={"connection_limit": 4})
        assert (repeated.status_code, repeated.json()["problem"]) == (200, None)
        assert (await park.sql("SELECT datconnlimit FROM pg_database WHERE datname = 'orders'"))[0][0] == 4
        await door.shut()
        with pytest.raises(Unreachable, match="away"):
            await databases.delete(park.yogi.actor, await databases.find(park.yogi.actor, "away", "orders"))
        shown = (await park.token.get("/databases/away/orders")).json()
        assert shown["status"] == "deleting"
        assert "away" in shown["problem"]
        page = await park.yogi.browser.get("/databases/away/orders")
        assert "is being deleted" in page.text
        refused = await park.token.post("/databases/away/orders/roles", json={"name": "late"})
        assert problem(refused)["status"] == 409
        await door.open()
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        assert (await park.token.get("/databases/away/orders")).status_code == 404
        assert found.row.name not in await names(park)


@pytest.mark.parametrize("busy", ["pg_database", "pg_db_role_setting"])
async def test_what_only_has_to_wait_is_kept_and_finished_later(
    park: Park, busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody sits on the catalog: after a while we give up, and leave nothing on the server that no row knows of."""
    monkeypatch.setitem(connection.SETTINGS, "lock_timeout", "200ms")
    async with second_server(park):
        guard = await asyncpg.connect(park.cluster.url())
        await guard.execute(f"BEGIN; LOCK TABLE {busy} IN SHARE MODE")
        late = await park.token.post("/databases", json={"name": "orders", "server": "away", "owner_role": True})
        assert problem(late)["status"] == 409
        assert "again in a moment" in problem(late)["detail"]
        shown = (await park.token.get("/databases/away/orders")).json()
        assert shown["status"] == ("failed" if busy == "pg_database" else "ready")
        await guard.close()
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        role = (await park.token.get("/databases/away/orders/roles/orders/password")).json()
        assert (role["status"], role["problem"]) == ("ready", None)
        await (await park.connect(role["uri"])).close()


async def test_of_eight_who_want_one_name_one_gets_it(park: Park) -> None:
    wanted = {"name": "orders", "owner_role": True}
    answers = await asyncio.gather(*(park.token.post("/databases", json=wanted) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (made,) = [answer for answer in answers if answer.status_code == 201]
    await (await park.connect(made.json()["owner"]["uri"])).close()
    assert (await park.token.get("/databases")).json()["total"] == 1


async def test_eight_who_bring_one_database_all_find_it_there(park: Park) -> None:
    answers = await asyncio.gather(*(park.token.put("/databases/main/orders", json={}) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert (await park.token.put("/databases/main/orders", json={})).json()["status"] == "ready"


async def test_twelve_can_be_made_at_once(park: Park) -> None:
    wanted = [{"name": f"orders_{number}", "owner_role": True} for number in range(12)]
    answers = await asyncio.gather(*(park.token.post("/databases", json=one) for one in wanted))
    assert [answer.status_code for answer in answers] == [201] * 12
    for answer in answers:
        await (await park.connect(answer.json()["owner"]["uri"])).close()


async def test_deleting_while_creating_leaves_nothing_behind(park: Park) -> None:
    for wait in (0.0, 0.01, 0.03, 0.06):
        creating = asyncio.create_task(make(park, protected=False))
        found = None
        while found is None and not creating.done():
            await asyncio.sleep(0.002)
            with suppress(NotFound):
                found = await databases.find(park.yogi.actor, "main", "orders")
        await asyncio.sleep(wait)
        assert found is not None
        await databases.delete(park.yogi.actor, found)
        with suppress(Conflict, NotFound):
            await creating
        assert await names(park) == ["jellystone"]
        assert await DB.fetch("SELECT FROM databases") == []
        assert not await park.sql("SELECT FROM pg_roles WHERE oid >= 16384")


async def test_an_operator_sees_databases_of_all_teams_and_changes_none(park: Park) -> None:
    await make(park)
    await DB.fetch("UPDATE users SET operator = true WHERE email = 'smith@park.example'")
    try:
        assert (await park.smith.program.get("/databases")).json()["total"] == 1
        refused = await park.smith.program.patch("/databases/main/orders", json={"description": "mine"})
        assert problem(refused)["status"] == 403
        assert problem(await park.smith.program.post("/databases/main/orders/roles", json={"name": "me"}))
        assert (await park.smith.browser.get("/databases/main/orders")).status_code == 200
    finally:
        await DB.fetch("UPDATE users SET operator = false WHERE email = 'smith@park.example'")


async def test_a_team_sees_each_database_with_its_roles(park: Park) -> None:
    found = await make(park)
    await roles.create(park.yogi.actor, found, roles.Wish(name="app", access="readwrite"))
    await make(park, "blog")
    seen = await catalog.with_roles(park.cindy.actor, park.team)
    assert [(one.database.id, [role.name for role in one.roles]) for one in seen] == [
        ("main/blog", []),
        ("main/orders", ["app"]),
    ]

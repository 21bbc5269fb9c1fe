"""What becomes of databases on the server and in our books."""

from typing import Any

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound
from jellystone.services import catalog, databases, roles, servers
from jellystone.services.databases import Wish
from jellystone.services.found import Found
from tests.park import Park, problem

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


async def test_who_deletes_what_another_has_just_deleted_finds_it_gone(park: Park) -> None:
    """A program whose answer is lost asks again, and must not be told of a protection that never was."""
    both_found = await make(park, protected=False)
    await databases.delete(park.yogi.actor, both_found)
    with pytest.raises(NotFound):
        await databases.delete(park.yogi.actor, both_found)


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

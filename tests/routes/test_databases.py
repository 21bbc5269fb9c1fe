"""/databases, for a person, htmx and programs."""

from urllib.parse import unquote

import asyncpg
import pytest

from jellystone.database import DB
from tests.park import Park, problem

pytestmark = pytest.mark.anyio


async def create(park: Park, name: str, **fields: object) -> None:
    made = await park.token.post("/databases", json={"name": name, "protected": False, **fields})
    assert made.status_code == 201, made.text


async def test_a_program_creates_a_database_and_its_owner_connects(park: Park) -> None:
    made = await park.token.post("/databases", json={"name": "orders", "owner_role": True})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/databases/main/orders"
    assert made.headers["cache-control"] == "no-store"
    connection = await park.connect(made.json()["owner"]["uri"])
    assert await connection.fetchval("SELECT current_user") == "orders_owner"
    await connection.close()


async def test_all_that_was_asked_for_is_so_on_the_server_and_in_the_answer(park: Park) -> None:
    wish: dict[str, object] = {"name": "orders", "team": "rangers", "server": "main", "description": "Of the web shop"}
    wish |= {"connection_limit": 7, "protected": False, "encoding": "LATIN1", "locale": "C", "locale_provider": "libc"}
    made = await park.yogi.program.post("/databases", json=wish)
    assert made.status_code == 201, made.text
    database = made.json()
    assert database | wish | {"locale_provider": None} == database | {"locale_provider": None}
    assert database["id"] == "main/orders"
    assert (database["status"], database["problem"], database["owner"], database["roles"]) == ("ready", None, None, 0)
    assert database["connection"] == {
        "host": park.cluster.host,
        "port": park.cluster.port,
        "database": "orders",
        "sslmode": "prefer",
    }
    unknown = ("size_bytes", "connections", "last_query_at", "last_write_at", "measured_at")
    assert [database[name] for name in unknown] == [None] * 5
    (row,) = await park.sql(
        "SELECT datconnlimit, pg_encoding_to_char(encoding) AS encoding, datcollate, datlocprovider, datacl::text[]"
        " FROM pg_database WHERE datname = 'orders'"
    )
    assert tuple(row)[:4] == (7, "LATIN1", "C", b"c")
    assert not [item for item in row["datacl"] if item.startswith("=")]
    shown = await park.token.get("/databases/main/orders")
    assert shown.json() == {name: value for name, value in database.items() if name != "owner"}


async def test_a_person_creates_one_with_a_form_and_sees_the_owners_password_once(park: Park) -> None:
    form = await park.booboo.browser.get("/databases/new?team=rangers")
    assert 'name="owner_role"' in form.text
    made = await park.booboo.browser.post(
        "/databases", data={"name": "orders", "team": "rangers", "server": "main", "owner_role": "on", "encoding": ""}
    )
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    assert "orders is ready. This is the password of its owner." in made.text
    shown = await park.booboo.browser.get("/databases/main/orders")
    uri = (await park.booboo.program.get("/databases/main/orders/roles/orders/password")).json()["uri"]
    password = uri.partition("orders:")[2].partition("@")[0]
    assert password in made.text
    assert password not in shown.text
    unticked = await DB.fetch_row("SELECT protected FROM databases WHERE name = 'orders'")
    assert unticked is not None
    assert unticked["protected"] is False


async def test_without_an_owner_a_person_is_taken_to_the_new_database(park: Park) -> None:
    sent = {"name": "orders", "team": "rangers", "server": "main", "protected": "on"}
    made = await park.yogi.browser.post("/databases", data=sent)
    assert (made.status_code, made.headers["location"]) == (303, "/databases/main/orders")
    assert "orders is ready. Give it a role to connect with." in unquote(made.cookies["notice"])
    shown = await park.yogi.browser.get("/databases/main/orders")
    assert "Nobody can connect yet" in shown.text
    sent["name"] = "blog"
    made = await park.yogi.htmx.post("/databases", data=sent)
    assert (made.status_code, made.headers["hx-redirect"]) == (200, "/databases/main/blog")


async def test_the_builtin_locale_can_be_chosen(park: Park) -> None:
    await create(park, "orders", locale_provider="builtin", locale="PG_UNICODE_FAST")
    assert (await park.token.get("/databases/main/orders")).json()["locale"] == "PG_UNICODE_FAST"


async def test_the_list_can_be_searched_filtered_and_paged(park: Park) -> None:
    for name in ("orders", "orders_old", "blog"):
        await create(park, name, description="about honey" if name == "blog" else "")
    everything = (await park.cindy.program.get("/databases")).json()
    assert [one["id"] for one in everything["items"]] == ["main/blog", "main/orders", "main/orders_old"]
    assert (everything["total"], everything["next"]) == (3, None)
    for query, names in (
        ("q=ORDERS", ["orders", "orders_old"]),
        ("q=s_o", ["orders_old"]),
        ("q=honey", ["blog"]),
        ("q=%25", []),
        ("team=rangers&server=main&q=blog", ["blog"]),
        ("team=bears", []),
        ("server=elsewhere", []),
    ):
        found = (await park.token.get(f"/databases?{query}")).json()
        assert [one["name"] for one in found["items"]] == names
        assert found["total"] == len(names)
    first = await park.token.get("/databases?q=o&per_page=1")
    following = first.json()["next"]
    assert (await park.token.get(following)).json()["items"][0]["name"] == "orders"
    assert first.headers["link"] == f'<{following}>; rel="next"'
    last = (await park.token.get("/databases?q=o&per_page=1&page=3")).json()
    assert (last["total"], last["next"]) == (3, None)
    beyond = (await park.token.get("/databases?page=9")).json()
    assert (beyond["items"], beyond["total"], beyond["next"]) == ([], 3, None)


@pytest.mark.parametrize(
    "path", ["main/orders", "main/%00", "main/orders?q=%00", "nowhere/orders", "main/" + "o" * 300, "main/%ff"]
)
async def test_what_is_not_there_is_not_found_whatever_its_name(park: Park, path: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        missing = await park.token.request(method, f"/databases/{path}", json={} if method == "PATCH" else None)
        assert problem(missing)["status"] == 404


async def test_htmx_gets_only_the_rows_that_match(park: Park) -> None:
    await create(park, "orders")
    await create(park, "blog")
    rows = await park.cindy.htmx.get("/databases?q=ord", headers={"hx-target": "div#database-rows"})
    assert rows.text.lstrip().startswith('<div id="database-rows"')
    assert "orders" in rows.text
    assert "blog" not in rows.text
    page = await park.cindy.browser.get("/databases?q=nothing")
    assert "No database matches" in page.text
    assert "<html" in page.text


async def test_patch_changes_only_what_is_given(park: Park) -> None:
    await create(park, "orders", description="old", connection_limit=3)
    changed = await park.token.patch("/databases/main/orders", json={"description": "new"})
    assert changed.status_code == 200
    assert (changed.json()["description"], changed.json()["connection_limit"]) == ("new", 3)
    changed = await park.token.patch("/databases/main/orders", json={"connection_limit": None, "protected": True})
    assert (changed.json()["description"], changed.json()["connection_limit"]) == ("new", None)
    assert [row[0] for row in await park.sql("SELECT datconnlimit FROM pg_database WHERE datname = 'orders'")] == [-1]
    sent = {"description": "typed", "connection_limit": "9"}
    saved = await park.yogi.browser.post("/databases/main/orders?_method=patch", data=sent)
    assert (saved.status_code, saved.headers["location"]) == (303, "/databases/main/orders")
    page = await park.yogi.browser.get("/databases/main/orders")
    assert "typed" in page.text
    assert (await park.token.get("/databases/main/orders")).json()["protected"] is False
    refused = await park.token.patch("/databases/main/orders", json={"colour": "red", "connection_limit": 100_001})
    assert problem(refused)["errors"].keys() == {"colour", "connection_limit"}


async def test_the_connection_limit_holds_for_those_who_connect(park: Park) -> None:
    made = await park.token.post("/databases", json={"name": "orders", "owner_role": True, "connection_limit": 1})
    uri = made.json()["owner"]["uri"]
    first = await park.connect(uri)
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await park.connect(uri)
    await park.token.patch("/databases/main/orders", json={"connection_limit": 2})
    await (await park.connect(uri)).close()
    await first.close()


async def test_a_page_looks_again_by_itself_while_there_is_work_and_tells_what_went_wrong(park: Park) -> None:
    await create(park, "orders")
    for status, words in (("creating", "is being created"), ("deleting", "is being deleted")):
        await DB.fetch("UPDATE databases SET status = $1, problem = 'The server sleeps.'", status)
        page = await park.cindy.browser.get("/databases/main/orders")
        assert words in page.text
        assert 'hx-trigger="every 2s"' in page.text
        part = await park.cindy.htmx.get("/databases/main/orders", headers={"hx-target": "div#database-status"})
        assert part.text.lstrip().startswith('<div id="database-status"')
        assert "The server sleeps." in part.text
        assert "Delete…" not in (await park.yogi.browser.get("/databases/main/orders")).text
    await DB.fetch("UPDATE databases SET status = 'failed'")
    page = await park.cindy.browser.get("/databases/main/orders")
    assert "The server sleeps." in page.text
    assert "every 2s" not in page.text
    assert "The server sleeps." not in (await park.smith.browser.get("/")).text

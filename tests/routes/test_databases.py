"""/databases, for a person, htmx and programs."""

from urllib.parse import unquote

import asyncpg
import pytest

from jellystone.database import DB
from tests.park import Park, problem

pytestmark = pytest.mark.anyio

UNUSABLE = [
    "",
    "Orders",
    "1orders",
    "orders-1",
    "ord ers",
    "orders\n",
    "örders",
    'a"b',
    "a;drop",
    "select",
    "user",
    "postgres",
    "template1",
    "public",
    "pg_orders",
    "rds_orders",
    "orders_owner",
    "orders_rw",
    "orders_ro",
    "o" * 51,
    "ö" * 32,
]


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


async def test_a_name_that_cannot_be_is_refused_with_a_reason(park: Park) -> None:
    for name in UNUSABLE:
        refused = await park.token.post("/databases", json={"name": name})
        assert refused.status_code == 422
        assert len(problem(refused)["errors"]["name"]) > 10
    assert (await park.token.get("/databases")).json()["total"] == 0


async def test_fifty_letters_are_the_longest_name(park: Park) -> None:
    await create(park, "o" * 50, owner_role=True)


async def test_every_wrong_field_is_told_at_once_and_a_person_keeps_what_they_typed(park: Park) -> None:
    sent = {"name": "No", "server": "nowhere", "connection_limit": -1, "protected": "yes", "colour": "green"}
    refused = await park.token.post("/databases", json=sent)
    assert refused.status_code == 422
    assert problem(refused)["errors"].keys() == {"name", "connection_limit", "protected", "colour"}
    form = {"name": "No", "description": "typed with care", "connection_limit": "many", "team": "rangers"}
    again = await park.yogi.browser.post("/databases", data=form)
    assert again.status_code == 422
    for words in ("typed with care", "Give a whole number", "Use small letters"):
        assert words in again.text


async def test_an_unknown_team_or_server_names_its_field(park: Park) -> None:
    for sent, field in (
        ({"team": "bears"}, "team"),
        ({}, "team"),
        ({"team": "rangers", "server": "steam"}, "server"),
    ):
        refused = await park.yogi.program.post("/databases", json={"name": "orders", **sent})
        assert refused.status_code == 422
        assert problem(refused)["errors"].keys() == {field}


async def test_a_taken_name_leads_to_the_one_that_has_it_if_it_may_be_seen(park: Park) -> None:
    await create(park, "orders")
    taken = problem(await park.token.post("/databases", json={"name": "orders"}))
    assert (taken["status"], taken["existing"]) == (409, "main/orders")
    assert taken["errors"].keys() == {"name"}
    await park.smith.program.post("/teams", json={"name": "Poachers"})
    hidden = problem(await park.smith.program.post("/databases", json={"name": "orders", "team": "poachers"}))
    assert hidden["status"] == 409
    assert "existing" not in hidden
    assert "rangers" not in str(hidden)
    form = {"name": "orders", "team": "rangers", "server": "main"}
    again = await park.yogi.browser.post("/databases", data=form)
    assert again.status_code == 409
    assert "This name is taken on the server." in again.text


async def test_a_database_that_we_did_not_make_keeps_its_name(park: Park) -> None:
    await park.sql("CREATE DATABASE legacy")
    try:
        taken = problem(await park.token.post("/databases", json={"name": "legacy", "owner_role": True}))
        assert taken["status"] == 409
        assert "Jellystone did not make" in taken["detail"]
        assert "existing" not in taken
        assert (await park.token.get("/databases")).json()["total"] == 0
        assert not await park.sql("SELECT FROM pg_roles WHERE rolname ~ '^legacy'")
    finally:
        await park.sql("DROP DATABASE legacy")


async def test_an_owner_whose_name_is_taken_stops_the_database_too(park: Park) -> None:
    await create(park, "shop")
    await park.token.post("/databases/main/shop/roles", json={"name": "orders", "access": "readonly"})
    ours = problem(await park.token.post("/databases", json={"name": "orders", "owner_role": True}))
    assert (ours["status"], ours["existing"]) == (409, "main/shop/orders")
    await park.sql("CREATE ROLE blog")
    try:
        foreign = problem(await park.token.post("/databases", json={"name": "blog", "owner_role": True}))
        assert (foreign["status"], foreign["errors"].keys()) == (409, {"name"})
    finally:
        await park.sql("DROP ROLE blog")
    assert [one["name"] for one in (await park.token.get("/databases")).json()["items"]] == ["shop"]
    assert not await park.sql("SELECT FROM pg_database WHERE datname IN ('orders', 'blog')")
    assert not await park.sql("SELECT FROM pg_roles WHERE rolname IN ('orders_owner', 'blog_owner')")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"locale": "xx_XX"}, "locale"),
        ({"encoding": "KLINGON"}, "encoding"),
        ({"encoding": "LATIN1", "locale": "C.UTF-8"}, "encoding"),
        ({"locale_provider": "icu"}, "locale_provider"),
        ({"locale_provider": "builtin", "locale": "tlh"}, "locale"),
        ({"locale_provider": "sun"}, "locale_provider"),
    ],
)
async def test_what_the_server_cannot_write_is_a_wrong_field_and_leaves_nothing(
    park: Park, wrong: dict[str, str], field: str
) -> None:
    refused = await park.token.post("/databases", json={"name": "orders", "owner_role": True, **wrong})
    assert refused.status_code == 422, refused.text
    assert field in problem(refused)["errors"]
    assert (await park.token.get("/databases/main/orders")).status_code == 404
    assert not await park.sql("SELECT FROM pg_roles WHERE rolname ~ '^orders'")
    await create(park, "orders")


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


@pytest.mark.parametrize("query", ["page=0", "per_page=201", "page=x", "q=" + "o" * 201])
async def test_a_list_that_cannot_be_asked_for_names_the_wrong_parameter(park: Park, query: str) -> None:
    refused = await park.token.get(f"/databases?{query}")
    assert refused.status_code == 422
    assert problem(refused)["errors"].keys() == {query.partition("=")[0]}


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
    refused = await park.token.patch("/databases/main/orders", json={"name": "renamed", "connection_limit": 100_001})
    assert problem(refused)["errors"].keys() == {"name", "connection_limit"}


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

"""/databases that cannot be: names, fields and locales that are refused, and names that are taken."""

import pytest

from tests.park import Park, problem
from tests.routes.test_databases import create

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


@pytest.mark.parametrize("query", ["page=0", "per_page=201", "page=x", "q=" + "o" * 201])
async def test_a_list_that_cannot_be_asked_for_names_the_wrong_parameter(park: Park, query: str) -> None:
    refused = await park.token.get(f"/databases?{query}")
    assert refused.status_code == 422
    assert problem(refused)["errors"].keys() == {query.partition("=")[0]}

"""What holds at every address alike (the API's conventions), asked of each operation that the description names."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import AsyncClient

from jellystone.web.openapi import description_of
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
GIVEN = {
    "server": "main",
    "name": "orders",
    "role_name": "orders_app",
    "slug": "rangers",
    "email": "cindy@park.example",
    **dict.fromkeys(("token_id", "session_id", "mail_id", "invitation_id"), "00000000-0000-7000-8000-000000000000"),
}
ORDERS = {"team": "rangers", "name": "orders", "protected": False}
DATABASE, ROLE = "/databases/main/orders", "/databases/main/orders/roles/orders_app"


def operations(park: Park) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, an address that there is in the park, and what is said of it."""
    for path, item in description_of(park.app)["paths"].items():
        at = re.sub(r"\{(\w+)\}", lambda part: GIVEN.get(part[1], "1"), path)
        yield from ((method.upper(), at, operation) for method, operation in item.items())


@pytest.fixture
async def yogi(park: Park) -> AsyncClient:
    """A program, in a team with an unprotected database and a role."""
    client = park.yogi.program
    await client.post("/databases", json=ORDERS)
    assert (await client.post(f"{DATABASE}/roles", json={"name": "orders_app"})).status_code == 201
    return client


async def test_nobody_is_asked_to_sign_in_everywhere_but_where_all_may(park: Park) -> None:
    stranger, refused = await park.client(), 0
    for method, at, operation in operations(park):
        if operation["security"] and {} not in operation["security"]:
            answer = await stranger.request(method, at)
            assert problem(answer)["status"] == 401, (method, at)
            assert answer.headers["www-authenticate"] == 'Bearer realm="Jellystone"'
            refused += 1
    assert refused > 50


async def test_a_token_that_may_only_look_is_told_what_it_lacks_and_changes_nothing(
    yogi: AsyncClient, park: Park
) -> None:
    reader = await park.with_scopes("read")
    before = (await yogi.get("/teams/rangers/events")).json()["total"]
    for method, at, operation in operations(park):
        tokens = [scopes for one in operation["security"] for kind, scopes in one.items() if kind == "teamToken"]
        if method != "GET" and tokens and {} not in operation["security"]:
            answer = await reader.request(method, at)
            assert problem(answer)["status"] == 403, (method, at)
            assert f"'{tokens[0][-1]}'" in answer.json()["detail"], (method, at)
    shown = (await yogi.get("/teams/rangers/events")).json()
    assert {event["action"] for event in shown["items"][: shown["total"] - before]} <= {"was refused"}


async def test_what_is_not_for_you_is_not_there(yogi: AsyncClient, park: Park) -> None:
    """Nothing of another team tells whether it exists: the answer is that of a thing that there is not."""
    for method, at, operation in operations(park):
        if any(name in operation.get("operationId", "") for name in ("Person", "ecovery", "resetSecondFactor")):
            continue
        if "/rangers" in at or DATABASE in at:
            there = await park.smith.program.request(method, at)
            absent = at.replace("/rangers", "/picnic").replace(DATABASE, "/databases/main/picnic")
            nowhere = await park.smith.program.request(method, absent)
            assert there.status_code == nowhere.status_code, (method, at)
            assert there.status_code in (404, 422, 400), (method, at)
            if method == "GET":
                assert there.status_code == 404


async def test_options_names_every_method_of_an_address(park: Park) -> None:
    by_address: dict[str, set[str]] = {}
    for method, at, _ in operations(park):
        by_address.setdefault(at, set()).add(method)
    for at, methods in by_address.items():
        answer = await park.yogi.program.options(at)
        assert answer.status_code == 204, at
        named = set(answer.headers["allow"].split(", "))
        assert named >= methods | {"OPTIONS"}, at
        assert ("HEAD" in named) == ("GET" in named), at


async def test_every_list_comes_in_pages_of_the_same_shape(yogi: AsyncClient, park: Park) -> None:
    await yogi.post("/databases", json=ORDERS | {"name": "stock"})
    for _, at, operation in operations(park):
        named = {parameter.get("name") for parameter in operation.get("parameters", [])}
        if "per_page" not in named or at.startswith(("/people", "/operator", "/events", "/account/sessions")):
            continue
        answer = await yogi.get(at, params={"per_page": 1})
        assert answer.status_code == 200, at
        page = answer.json()
        assert page.keys() >= {"items", "total", "next"}, at
        assert len(page["items"]) == min(1, page["total"]), at
        if page["total"] > 1:
            assert answer.headers["link"] == f'<{page["next"]}>; rel="next"'
            following = (await yogi.get(page["next"])).json()
            assert following["items"][0] != page["items"][0], at
        else:
            assert (page["next"], "link" in answer.headers) == (None, False), at
        for wrong in ({"per_page": 201}, {"per_page": 0}, {"page": 0}, {"page": "x"}):
            refused = await yogi.get(at, params=wrong)
            assert problem(refused)["status"] == 422, (at, wrong)
            assert refused.json()["errors"].keys() == wrong.keys()


async def test_a_form_without_a_browser_is_as_good_as_json(yogi: AsyncClient, park: Park) -> None:
    """`curl -d name=orders`: wherever a body is taken the mistakes are the same, and so is what is made."""
    tried = 0
    for method, at, operation in operations(park):
        if "requestBody" not in operation or at.startswith(("/session", "/password-resets")):
            continue
        as_json = await yogi.request(method, at, json={"no_such_field": "1"})
        as_form = await yogi.request(method, at, data={"no_such_field": "1"})
        assert (as_form.status_code, as_form.json().get("errors")) == (
            as_json.status_code,
            as_json.json().get("errors"),
        )
        assert as_form.status_code in (403, 404, 422), (method, at)
        tried += as_form.status_code == 422
    assert tried > 12
    made = await yogi.post("/databases", data={"team": "rangers", "name": "stock", "connection_limit": "7"})
    assert made.status_code == 201, made.text
    assert (made.json()["connection_limit"], made.json()["protected"]) == (7, True)
    assert (await yogi.put("/databases/main/stock", data={"protected": "false"})).json()["protected"] is False
    role = await yogi.post("/databases/main/stock/roles", data={"name": "stock_app", "access": "readonly"})
    assert role.json()["password"]


async def test_a_patch_leaves_what_it_does_not_name_and_null_takes_away(yogi: AsyncClient) -> None:
    """Also as a form: an unticked box is a thing of pages, and `curl -d description=x` lifts no protection."""
    full = {"description": "Orders", "connection_limit": 9, "protected": True}
    await yogi.patch(DATABASE, json=full)
    ways: list[dict[str, Any]] = [{"json": {"description": "One"}}, {"data": {"description": "Two"}}, {"json": {}}]
    for sent in ways:
        answer = (await yogi.patch(DATABASE, **sent)).json()
        assert (answer["connection_limit"], answer["protected"]) == (9, True)
    assert answer["description"] == "Two"
    assert (await yogi.patch(DATABASE, json={"connection_limit": None})).json()["connection_limit"] is None
    until = "2040-01-31T12:00:00Z"
    await yogi.patch(ROLE, json={"valid_until": until, "connection_limit": 3})
    kept = (await yogi.patch(ROLE, data={"access": "readonly"})).json()
    assert (kept["enabled"], kept["valid_until"], kept["connection_limit"]) == (True, until, 3)
    gone = (await yogi.patch(ROLE, json={"valid_until": None})).json()
    assert (gone["valid_until"], gone["connection_limit"], gone["access"]) == (None, 3, "readonly")


async def test_what_is_deleted_is_gone(yogi: AsyncClient) -> None:
    token = (await yogi.post("/teams/rangers/tokens", json={"name": "x", "scopes": ["read"]})).headers["location"]
    for path in (ROLE, DATABASE, token):
        answer = await yogi.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert problem(await yogi.delete(path))["status"] == 404
        assert problem(await yogi.get(path))["status"] == 404


async def test_a_taken_name_is_told_with_its_id_to_those_who_may_see_it(yogi: AsyncClient, park: Park) -> None:
    smith = park.smith.program
    await smith.post("/teams", json={"name": "Smiths"})
    taken: list[tuple[str, dict[str, Any], str]] = [
        ("/databases", {"name": "orders"}, "main/orders"),
        (f"{DATABASE}/roles", {"name": "orders_app"}, "main/orders/orders_app"),
        ("/teams", {"name": "RANGERS"}, "rangers"),
    ]
    for path, body, id in taken:
        own = await yogi.post(path, json=body | ({"team": "rangers"} if path == "/databases" else {}))
        assert (problem(own)["status"], own.json()["existing"]) == (409, id)
        assert own.json()["errors"].keys() == {"name"}
        theirs = body | ({"team": "smiths"} if path == "/databases" else {})
        other = await smith.post(path.replace(DATABASE, "/databases/main/orders"), json=theirs)
        assert other.status_code == (404 if path.endswith("roles") else 409)
        assert "existing" not in other.json()
        assert id not in other.text or id == "rangers"


async def test_unknown_is_null_and_times_are_utc(yogi: AsyncClient) -> None:
    database = (await yogi.get(DATABASE)).json()
    for field in ("size_bytes", "connections", "last_query_at", "last_write_at", "measured_at", "problem"):
        assert database[field] is None, field
    role = (await yogi.get(ROLE)).json()
    assert (role["connections"], role["valid_until"]) == (None, None)
    for moment in (database["created_at"], role["created_at"], role["password_changed_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", moment)
    await yogi.patch(ROLE, json={"valid_until": "2040-01-31T14:00:00+02:00"})
    assert (await yogi.get(ROLE)).json()["valid_until"] == "2040-01-31T12:00:00Z"


async def test_a_location_is_where_the_new_thing_is(yogi: AsyncClient) -> None:
    made: list[tuple[str, dict[str, Any]]] = [
        ("/teams", {"name": "Picnic"}),
        ("/databases", ORDERS | {"name": "stock"}),
        (f"{DATABASE}/roles", {"name": "orders_report"}),
        ("/account/tokens", {"name": "x", "scopes": ["read"]}),
        ("/teams/rangers/tokens", {"name": "x", "scopes": ["read"]}),
    ]
    for path, body in made:
        answer = await yogi.post(path, json=body)
        assert answer.status_code == 201, path
        there = await yogi.get(answer.headers["location"])
        assert (there.status_code, there.json()["id"]) == (200, answer.json()["id"])
        assert "password" not in there.json()
        assert "token" not in there.json()

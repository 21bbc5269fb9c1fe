"""`ETag`, `If-Match` and `If-None-Match`: of two who change the same thing, the second learns of the first."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient

from jellystone.database import DB
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
DATABASE, ROLE, TEAM = "/databases/main/orders", "/databases/main/orders/roles/orders_app", "/teams/rangers"
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (DATABASE, {"description": "one"}, {"description": "two"}),
    (ROLE, {"connection_limit": 3}, {"enabled": False}),
    (TEAM, {"name": "One"}, {"name": "Two"}),
]
FIGURES = {
    DATABASE: "UPDATE databases SET size_bytes = 4711, connections = 3, measured_at = now()",
    ROLE: "UPDATE roles SET connections = 7",
    TEAM: "SELECT 1",
}


@pytest.fixture
async def yogi(park: Park) -> AsyncClient:
    """A program, in a team with an unprotected database and a role."""
    client = park.yogi.program
    await client.post("/databases", json={"team": "rangers", "name": "orders", "protected": False})
    made = await client.post(f"{DATABASE}/roles", json={"name": "orders_app"})
    assert made.status_code == 201, made.text
    return client


async def tag_of(client: AsyncClient, path: str) -> str:
    return str((await client.get(path)).headers["etag"])


@pytest.mark.parametrize(("path", "first", "second"), CHANGES)
async def test_a_change_that_knows_the_present_state_is_made_and_a_stale_one_is_not(
    yogi: AsyncClient, path: str, first: dict[str, Any], second: dict[str, Any]
) -> None:
    seen = await tag_of(yogi, path)
    changed = await yogi.patch(path, json=first, headers={"if-match": seen})
    assert changed.status_code == 200
    assert changed.headers["etag"] == await tag_of(yogi, path) != seen
    shown = (await yogi.get(path)).json()
    for method in ("PATCH", "DELETE"):
        stale = await yogi.request(method, path, json=second if method == "PATCH" else None, headers={"if-match": seen})
        assert problem(stale)["type"] == "urn:jellystone:stale"
        assert stale.status_code == 412
        assert "GET it again" in stale.json()["detail"]
    assert (await yogi.get(path)).json() == shown
    both = {"if-match": f'"unknown" , W/{changed.headers["etag"]}'}
    assert (await yogi.patch(path, json=second, headers=both)).status_code == 200
    assert (await yogi.patch(path, json=first)).status_code == 200, "without If-Match as ever"
    assert (await yogi.patch(path, json=second, headers={"if-match": "*"})).status_code == 200


@pytest.mark.parametrize("path", FIGURES)
async def test_a_tag_does_not_change_with_figures_nor_with_who_asks(park: Park, yogi: AsyncClient, path: str) -> None:
    seen = await tag_of(yogi, path)
    assert seen.startswith('"')
    assert seen.endswith('"')
    await DB.fetch(FIGURES[path])
    assert {await tag_of(client, path) for client in (yogi, park.token, park.cindy.program)} == {seen}
    shown = await yogi.get(path, headers={"if-none-match": seen})
    assert shown.status_code == 200, "the figures may be other ones: 304 would hide them"
    assert "etag" not in (await park.yogi.browser.get(path)).headers


async def test_of_many_who_saw_the_same_one_changes_it(yogi: AsyncClient) -> None:
    """The tag is compared under the row's lock: before it, all of them would be right."""
    for path in (DATABASE, ROLE, TEAM):
        seen = await tag_of(yogi, path)
        field = "name" if path == TEAM else "connection_limit"
        wanted = [f"Team {n}" if path == TEAM else n for n in range(1, 6)]
        answers = await asyncio.gather(
            *(yogi.patch(path, json={field: value}, headers={"if-match": seen}) for value in wanted)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412], path
        (made,) = [answer.json() for answer in answers if answer.status_code == 200]
        assert (await yogi.get(path)).json()[field] == made[field]


async def test_put_makes_or_changes_only_what_is_as_it_was_seen(yogi: AsyncClient) -> None:
    for path, body in ((DATABASE, {"protected": False}), (ROLE, {"access": "readonly"})):
        seen = await tag_of(yogi, path)
        there = await yogi.put(path, json=body, headers={"if-none-match": "*"})
        assert problem(there)["status"] == 412
        assert "is there already" in there.json()["detail"]
        assert (await yogi.put(path, json=body, headers={"if-match": '"old"'})).status_code == 412
        assert (await yogi.put(path, json=body, headers={"if-match": seen})).status_code == 200
    for absent, body in ((f"{DATABASE}_2", {"team": "rangers"}), (f"{ROLE}_2", {"access": "readonly"})):
        for condition in ("*", seen):
            missing = await yogi.put(absent, json=body, headers={"if-match": condition})
            assert problem(missing)["status"] == 412
            assert (await yogi.get(absent)).status_code == 404
        made = await yogi.put(absent, json=body, headers={"if-none-match": "*"})
        assert made.status_code == 201, made.text
        assert made.headers["etag"] == await tag_of(yogi, absent)


async def test_a_new_password_is_a_change_of_the_role(yogi: AsyncClient) -> None:
    seen = await tag_of(yogi, ROLE)
    await yogi.put(f"{ROLE}/password", json={})
    assert (await yogi.patch(ROLE, json={"enabled": False}, headers={"if-match": seen})).status_code == 412


async def test_what_was_deleted_and_made_again_is_another(yogi: AsyncClient) -> None:
    seen = await tag_of(yogi, ROLE)
    before = (await yogi.get(ROLE)).json()
    assert (await yogi.delete(ROLE, headers={"if-match": seen})).status_code == 204
    await yogi.put(ROLE, json={"access": before["access"]})
    assert (await yogi.delete(ROLE, headers={"if-match": seen})).status_code == 412


@pytest.mark.parametrize("sent", ["old", '"a" "b"', '"a', ",", "W/x", '"a", *'])
async def test_a_tag_that_is_none_is_refused_with_words(yogi: AsyncClient, sent: str) -> None:
    answer = await yogi.patch(TEAM, json={"name": "One"}, headers={"if-match": sent})
    assert problem(answer)["status"] == 422
    assert "quotation marks" in answer.json()["errors"]["If-Match"]

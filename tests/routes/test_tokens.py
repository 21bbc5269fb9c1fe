"""Tokens: made once, shown once, good for exactly what they were made for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from jellystone.services.permissions import Scope
from jellystone.tables.people import Token
from jellystone.tables.teams import Membership
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
ALL = [scope.value for scope in Scope]
TEAM, OWN = "/teams/rangers/tokens", "/account/tokens"
BASES = pytest.mark.parametrize("base", [TEAM, OWN])


async def make(client: AsyncClient, base: str, **more: Any) -> dict[str, Any]:
    made = await client.post(base, json={"name": "ci", "scopes": ["read"], **more})
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    assert made.headers["location"] == f"{base}/{body['id']}"
    return body


async def bearer(park: Park, token: str) -> AsyncClient:
    return await park.client(authorization=f"Bearer {token}")


@BASES
async def test_it_is_shown_once_and_later_only_how_it_begins(park: Park, base: str) -> None:
    made = await make(park.yogi.program, base, scopes=["write", "read"], expires_in_days=30)
    secret = made.pop("token")
    assert secret.startswith("jst_" if base == TEAM else "jsp_")
    assert secret.startswith(made["prefix"])
    assert len(made["prefix"]) == 8
    assert made["scopes"] == ["read", "write"]
    assert made["team"] == ("rangers" if base == TEAM else None)
    for client in (park.yogi.program, park.yogi.browser):
        listed, shown = await client.get(base), await client.get(f"{base}/{made['id']}")
        assert made["prefix"] in listed.text
        assert secret not in listed.text + shown.text
    assert (await park.yogi.program.get(f"{base}/{made['id']}")).json() == made


@BASES
async def test_a_person_makes_and_revokes_one_without_a_script(park: Park, base: str) -> None:
    browser = park.yogi.browser
    assert "Make token" in (await browser.get(f"{base}/new")).text
    sent = {"name": "laptop", "scopes": ["read", "secrets"], "expires_in_days": "90"}
    page = await browser.post(base, data=sent)
    assert page.status_code == 200
    row = await Token.objects().get(Token.name == "laptop")
    assert row
    assert row.prefix in page.text
    assert row.scopes == ["read", "secrets"]
    assert abs(row.expires_at - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
    asked = await browser.get(f"{base}/{row.id}")
    assert "Revoke laptop?" in asked.text
    done = await browser.post(f"{base}/{row.id}?_method=delete")
    assert (done.status_code, done.headers["location"]) == (303, base)
    assert not await Token.exists().where(Token.id == row.id)


@BASES
async def test_it_opens_until_it_is_revoked(park: Park, base: str) -> None:
    made = await make(park.yogi.program, base)
    client = await bearer(park, made["token"])
    assert (await client.get("/teams/rangers")).status_code == 200
    assert (await park.yogi.program.delete(f"{base}/{made['id']}")).status_code == 204
    assert problem(await client.get("/teams/rangers"))["status"] == 401
    assert problem(await park.yogi.program.delete(f"{base}/{made['id']}"))["status"] == 404


@BASES
async def test_it_opens_until_it_expires(park: Park, base: str) -> None:
    made = await make(park.yogi.program, base, expires_in_days=1)
    client = await bearer(park, made["token"])
    assert (await client.get("/teams/rangers")).status_code == 200
    await Token.update({Token.expires_at: datetime.now(UTC)}).where(Token.id == UUID(made["id"]))
    assert problem(await client.get("/teams/rangers"))["status"] == 401
    assert made["prefix"] in (await park.yogi.program.get(base)).text, "it is still listed"


@BASES
async def test_when_and_where_it_was_last_used_is_shown(park: Park, base: str) -> None:
    made = await make(park.yogi.program, base)
    assert made["last_used_at"] is None
    await (await bearer(park, made["token"])).get("/teams")
    used = (await park.yogi.program.get(f"{base}/{made['id']}")).json()
    assert datetime.now(UTC) - datetime.fromisoformat(used["last_used_at"]) < timedelta(minutes=1)
    assert used["last_used_from"] == "127.0.0.1"
    assert "from 127.0.0.1" in (await park.yogi.browser.get(base)).text


@BASES
async def test_all_that_is_wrong_is_told_at_once(park: Park, base: str) -> None:
    for sent, wrong in (
        ({}, {"name", "scopes"}),
        ({"name": "x" * 81, "scopes": ["all"], "expires_in_days": 0}, {"name", "scopes", "expires_in_days"}),
        ({"name": "x", "scopes": [], "expires_in_days": 3651}, {"scopes", "expires_in_days"}),
        ({"name": "x", "scopes": "read", "token": "mine"}, {"scopes", "token"}),
    ):
        assert problem(await park.yogi.program.post(base, json=sent))["errors"].keys() == wrong
    page = await park.yogi.browser.post(base, data={"name": "x"})
    assert page.status_code == 422
    assert "Choose at least one scope" in page.text


@BASES
@pytest.mark.parametrize("scopes", [["admin", "read"], ["admin", "read", "secrets"]])
async def test_a_token_cannot_pass_on_what_it_lacks(park: Park, base: str, scopes: list[str]) -> None:
    client = await bearer(park, (await make(park.yogi.program, base, scopes=scopes))["token"])
    for scope in ALL:
        answer = await client.post(base, json={"name": scope, "scopes": [scope]})
        assert answer.status_code == (201 if scope in scopes else 422), scope
    more = await client.post(base, json={"name": "all", "scopes": ALL})
    assert "only pass on scopes that it has" in problem(more)["errors"]["scopes"]


async def test_a_team_founded_by_a_token_has_no_wider_first_token(park: Park) -> None:
    client = await bearer(park, (await make(park.yogi.program, OWN, scopes=["admin", "read"]))["token"])
    founded = (await client.post("/teams", json={"name": "Bees"})).json()
    first = await bearer(park, founded["token"])
    assert (await first.get("/teams/bees")).status_code == 200
    assert problem(await first.post("/databases", json={"name": "hive"}))["status"] == 403
    scopes = [token["scopes"] for token in (await first.get("/teams/bees/tokens")).json()["items"]]
    assert scopes == [["read", "admin"]]


async def test_who_may_see_and_make_a_teams_tokens(park: Park) -> None:
    sent = {"name": "ci", "scopes": ["read"]}
    for person, see, do in ((park.booboo, 200, 403), (park.cindy, 200, 403), (park.smith, 404, 404)):
        for client in (person.program, person.browser):
            assert (await client.get(TEAM)).status_code == see
            assert (await client.post(TEAM, data=sent)).status_code == do
            assert (await client.get(f"{TEAM}/new")).status_code in (do, 406)
    at = f"{TEAM}/{(await park.yogi.program.get(TEAM)).json()['items'][0]['id']}"
    assert (await park.booboo.program.delete(at)).status_code == 403
    assert (await park.smith.program.delete(at)).status_code == 404
    assert (await park.yogi.program.get(at)).status_code == 200
    assert "New token" not in (await park.booboo.browser.get(TEAM)).text
    assert "New token" in (await park.yogi.browser.get(TEAM)).text


async def test_somebody_elses_token_is_not_there(park: Park) -> None:
    made = await make(park.smith.program, OWN)
    founded = (await park.smith.program.post("/teams", json={"name": "Bees"})).json()
    bees = (await park.smith.program.get("/teams/bees/tokens")).json()["items"][0]["id"]
    for at in (f"{OWN}/{made['id']}", f"{TEAM}/{made['id']}", f"{OWN}/{bees}", f"{TEAM}/{bees}"):
        assert (await park.yogi.program.get(at)).status_code == 404
        assert (await park.yogi.program.delete(at)).status_code == 404
    assert (await (await bearer(park, founded["token"])).get("/teams/bees")).status_code == 200


async def test_a_team_token_is_of_its_team_and_nobody(park: Park) -> None:
    await park.smith.program.post("/teams", json={"name": "Bees"})
    assert [team["slug"] for team in (await park.token.get("/teams")).json()["items"]] == ["rangers"]
    assert (await park.token.get("/teams/bees")).status_code == 404
    token: dict[str, Any] = {"name": "ci", "scopes": ["read"]}
    for method, at, sent in (
        ("GET", "/account", {}),
        ("GET", OWN, {}),
        ("POST", OWN, token),
        ("POST", "/teams", {"name": "ci"}),
    ):
        assert problem(await park.token.request(method, at, json=sent))["status"] == 403, at


async def test_a_token_of_who_left_the_team_opens_it_no_more(park: Park) -> None:
    await Membership.delete().where(Membership.user == park.booboo.actor.user)
    assert (await park.booboo.program.get("/teams/rangers")).status_code == 404
    assert (await park.booboo.browser.get("/teams/rangers")).status_code == 404


async def test_tokens_come_in_pages(park: Park) -> None:
    for number in range(3):
        await make(park.yogi.program, OWN, name=f"ci {number}")
    first = (await park.yogi.program.get(f"{OWN}?per_page=2")).json()
    second = (await park.yogi.program.get(first["next"])).json()
    names = [token["name"] for token in first["items"] + second["items"]]
    assert (first["total"], second["next"], names) == (4, None, ["ci 2", "ci 1", "ci 0", "test"])


async def test_no_tokens_is_said_and_what_they_are_for(park: Park) -> None:
    await Token.delete().where(Token.user == park.cindy.actor.user)
    page = await park.cindy.browser.get(OWN)
    assert "No tokens" in page.text
    assert "Make the first token" in page.text

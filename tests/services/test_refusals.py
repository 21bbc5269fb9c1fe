"""Who tries what they may not is written down."""

from typing import Any

import pytest
from httpx import AsyncClient

from jellystone.errors import NotAllowed
from jellystone.services import refusals
from jellystone.services.actors import Actor, Origin
from jellystone.tables.events import Event
from jellystone.tables.people import User
from tests.otherwise import caller
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
AT = "/teams/rangers/events?action=was+refused"


async def refused(park: Park) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await park.yogi.program.get(AT)).json()["items"]
    return items


async def test_a_team_sees_who_was_refused_what(park: Park) -> None:
    cookie = park.cindy.browser.headers["cookie"]
    async with caller(park.app, address="192.0.2.7", cookie=cookie) as cindy:
        await cindy.patch("/teams/rangers", json={"name": "Mine"}, headers={"x-request-id": "mine"})
    (event,) = await refused(park)
    expected = {
        "actor": "cindy@park.example",
        "actor_kind": "person",
        "action": "was refused",
        "object_kind": "request",
        "object": "PATCH /teams/rangers",
        "details": {"what": "rename this team"},
        "address": "192.0.2.7",
        "request_id": "mine",
        "team": "rangers",
    }
    assert {name: event[name] for name in expected} == expected
    assert "PATCH /teams/rangers" in (await park.yogi.browser.get(AT)).text
    assert "PATCH /teams/rangers" not in (await park.yogi.browser.get("/teams/rangers")).text


async def test_a_missing_scope_is_a_refusal_too(park: Park) -> None:
    program = await park.with_scopes("read")
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await program.get("/databases/main/honey/roles/honey/password")
    await program.delete("/databases/main/honey")
    assert [(event["actor_kind"], event["object"], event["details"]["what"]) for event in await refused(park)] == [
        ("team token", "DELETE /databases/main/honey", "use the scope write"),
        ("team token", "GET /databases/main/honey/roles/honey/password", "use the scope secrets"),
    ]


async def test_a_personal_token_without_the_scope_is_seen_by_the_team_too(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey"})
    issued = await park.yogi.program.post("/account/tokens", json={"name": "looks", "scopes": ["read"]})
    looks = await park.client(authorization=f"Bearer {issued.json()['token']}")
    assert (await looks.delete("/databases/main/honey")).status_code == 403
    assert (await looks.delete("/teams/rangers")).status_code == 403
    assert [(event["actor_kind"], event["object"]) for event in await refused(park)] == [
        ("personal token", "DELETE /teams/rangers"),
        ("personal token", "DELETE /databases/main/honey"),
    ]


async def test_an_operator_who_reaches_for_a_password_is_seen_by_the_team(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await User.update({User.operator: True}).where(User.email == park.smith.email)
    await park.smith.browser.get("/databases/main/honey/roles/honey/password")
    (event,) = await refused(park)
    assert (event["actor"], event["details"]["what"]) == ("smith@park.example", "read this team's passwords")


async def test_who_reaches_for_the_instance_is_seen_by_operators(park: Park) -> None:
    await park.smith.browser.get("/people")
    assert await refused(park) == []
    await User.update({User.operator: True}).where(User.email == park.yogi.email)
    (event,) = (await park.yogi.program.get("/events?action=was+refused")).json()["items"]
    assert (event["actor"], event["object"], event["team"]) == ("smith@park.example", "GET /people", None)


async def requests_that_are_no_refusals(park: Park, stranger: AsyncClient) -> None:
    await park.smith.program.get("/teams/rangers")
    await park.smith.program.get("/nowhere")
    await stranger.get("/teams/rangers")
    await stranger.get("/people")
    await park.yogi.program.delete("/teams/rangers/members/yogi@park.example")
    foreign = {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"}
    assert (await park.yogi.browser.post("/teams", data={"name": "x"}, headers=foreign)).status_code == 403


async def test_what_is_not_there_and_what_others_make_us_do_is_no_refusal(park: Park) -> None:
    before = await Event.count()
    await requests_that_are_no_refusals(park, await park.client())
    assert await Event.count() == before


async def test_a_script_that_has_lost_its_right_does_not_flood_the_record(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "LIMIT", 3)
    for _ in range(5):
        answer = await park.cindy.program.patch("/teams/rangers", json={"name": "Mine"})
        assert problem(answer)["status"] == 403
    await park.booboo.program.patch("/teams/rangers", json={"name": "Mine"})
    assert [event["actor"][:3] for event in await refused(park)] == ["boo", "cin", "cin", "cin"]


async def test_a_refusal_that_cannot_be_recorded_is_one_all_the_same(park: Park) -> None:
    """PostgreSQL refuses its event: the address is longer than any."""
    given = {name: getattr(park.cindy.actor, name) for name in Actor.__dataclass_fields__}
    cindy = Actor(**given | {"origin": Origin("x" * 46)})
    await refusals.record(cindy, NotAllowed("No.", what="x", team=park.team.id), asked="GET /x")
    assert await refused(park) == []

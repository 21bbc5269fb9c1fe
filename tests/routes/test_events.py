"""Who did what, when and from where."""

from typing import Any

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.errors import Conflict
from jellystone.services import accounts, teams
from jellystone.services.actors import Actor, Origin
from jellystone.tables.events import Event
from jellystone.tables.people import User
from jellystone.tables.teams import Team
from tests.otherwise import caller
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
AT = "/teams/rangers/events"


async def of(park: Park) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await park.yogi.program.get(AT)).json()["items"]
    return items


async def test_a_change_is_recorded_with_who_and_whence(park: Park) -> None:
    cookie = park.yogi.browser.headers["cookie"]
    async with caller(park.app, address="192.0.2.7", cookie=cookie) as person:
        await person.patch("/teams/rangers", json={"name": "Keepers"}, headers={"x-request-id": "walk-1"})
    newest = (await of(park))[0]
    expected = {
        "actor": park.yogi.email,
        "actor_kind": "person",
        "action": "renamed",
        "object_kind": "team",
        "object": "rangers",
        "team": "rangers",
        "details": {"before": "Rangers", "after": "Keepers"},
        "address": "192.0.2.7",
        "request_id": "walk-1",
    }
    assert {name: newest[name] for name in expected} == expected


async def test_a_token_is_named_as_what_it_is(park: Park) -> None:
    await park.token.patch("/teams/rangers", json={"name": "One"})
    await park.yogi.program.patch("/teams/rangers", json={"name": "Two"})
    kinds = [(event["actor"], event["actor_kind"]) for event in (await of(park))[:2]]
    assert kinds == [(park.yogi.email, "personal token"), ("first token", "team token")]


async def test_the_newest_come_first_and_in_pages(park: Park) -> None:
    for number in range(5):
        await park.token.patch("/teams/rangers", json={"name": f"Team {number}"})
    at, seen = f"{AT}?per_page=2", []
    while at:
        body = (await park.cindy.program.get(at)).json()
        seen += body["items"]
        at = body["next"]
    assert [event["details"].get("after") for event in seen[:5]] == [f"Team {number}" for number in (4, 3, 2, 1, 0)]
    assert [(event["action"], event["object_kind"]) for event in seen[5:]][-2:] == [
        ("made", "token"),
        ("founded", "team"),
    ]
    assert len({event["id"] for event in seen}) == len(seen) == body["total"]
    page = await park.cindy.browser.get(AT)
    assert f"{len(seen)} events, newest first" in page.text
    assert page.text.index("Team 4") < page.text.index("Team 0")
    assert "Lately" in (await park.cindy.browser.get("/teams/rangers")).text


async def test_events_of_a_team_are_its_members_alone(park: Park) -> None:
    assert problem(await park.smith.program.get(AT))["status"] == 404
    assert (await park.booboo.program.get(AT)).status_code == 200
    assert (await park.smith.browser.get(AT)).status_code == 404


async def test_what_fails_leaves_no_event(park: Park) -> None:
    await park.smith.program.post("/teams", json={"name": "Bees"})
    before = await Event.count()
    assert (await park.yogi.program.patch("/teams/rangers", json={"name": "bees"})).status_code == 409
    assert (await park.yogi.program.post("/teams", json={"name": "BEES"})).status_code == 409
    taken = {"email": park.yogi.email, "password": PASSWORD}
    assert (await (await park.client()).post("/account", json=taken)).status_code == 422
    assert await Event.count() == before


def unrecordable(actor: Actor) -> Actor:
    """PostgreSQL refuses its events: the address is longer than any."""
    return Actor(**{name: getattr(actor, name) for name in Actor.__dataclass_fields__} | {"origin": Origin("x" * 46)})


async def test_without_its_event_nothing_is_done(park: Park) -> None:
    yogi = unrecordable(park.yogi.actor)
    with pytest.raises(asyncpg.StringDataRightTruncationError):
        await teams.rename(yogi, park.team, name="Keepers")
    with pytest.raises(asyncpg.StringDataRightTruncationError):
        await teams.found(yogi, name="Bees")
    with pytest.raises(asyncpg.StringDataRightTruncationError):
        await teams.disband(yogi, park.team)
    with pytest.raises(asyncpg.StringDataRightTruncationError):
        await accounts.register(Origin("x" * 46), email="new@x", password=PASSWORD)
    assert [team["name"] for team in await Team.select(Team.name)] == ["Rangers"]
    assert await User.count() == 4


async def test_a_team_that_gets_a_database_meanwhile_is_not_disbanded(park: Park) -> None:
    """Between our look and the deletion: the foreign key holds, and the event goes with the rest."""
    before = await Event.count()
    await DB.fetch(
        "INSERT INTO databases (id, server, team, name) SELECT gen_random_uuid(), s.id, $1, 'late' FROM servers s",
        park.team.id,
    )
    with pytest.raises(Conflict):
        await teams.disband(park.yogi.actor, park.team)
    assert await Event.count() == before


async def test_coming_and_going_is_recorded_without_a_password(park: Park) -> None:
    program = await park.client(**{"x-request-id": "come-and-go"})
    await program.post("/account", json={"email": "new@x", "password": PASSWORD})
    await program.delete("/session")
    await program.post("/session", json={"email": "NEW@x", "password": "mistyped"})
    rows = (
        await Event.select(Event.action, Event.actor, Event.request_id).where(Event.actor == "new@x").order_by(Event.id)
    )
    assert [row["action"] for row in rows] == ["registered", "signed in", "signed out", "failed to sign in"]
    assert {row["request_id"] for row in rows} == {"come-and-go"}
    everything = await DB.fetch("SELECT e::text AS row FROM events e")
    assert not [row for row in everything if PASSWORD in row["row"] or "mistyped" in row["row"]]


async def test_what_is_named_in_an_event_is_escaped_on_the_page(park: Park) -> None:
    await park.token.patch("/teams/rangers", json={"name": "<script>alert(1)</script>"})
    for at in (AT, "/teams/rangers", "/teams", "/"):
        page = await park.yogi.browser.get(at, headers={"accept": HTML})
        assert "<script>alert" not in page.text


async def found(park: Park, query: str, at: str = AT) -> list[tuple[str, str]]:
    answer = await park.yogi.program.get(f"{at}?{query}")
    assert answer.status_code == 200, answer.text
    return [(event["action"], event["object"]) for event in answer.json()["items"]]


async def test_the_record_is_searched_by_who_what_and_which(park: Park) -> None:
    await park.booboo.program.post("/databases", json={"name": "honey", "team": "rangers"})
    await park.token.post("/databases", json={"name": "hon_y", "team": "rangers"})
    assert await found(park, "person=BOOBOO") == [("created", "main/honey")]
    assert await found(park, "object=hon_y") == [("created", "main/hon_y")]
    assert await found(park, "action=found") == [("founded", "rangers")]
    assert await found(park, "person=booboo&object=hon_y") == []
    assert await found(park, "person=%25%25") == []
    assert ("founded", "rangers") in await found(park, "person=&object=&action=&since=&until=")
    page = (await park.cindy.browser.get(f"{AT}?person=booboo")).text
    assert "main/honey" in page
    assert "hon_y" not in page
    assert 'name="person" value="booboo"' in page
    assert f'href="{AT}">All</a>' in page
    assert "Nothing of that kind" in (await park.cindy.browser.get(f"{AT}?person=nobody")).text


async def test_days_include_their_first_and_last_moment(park: Park) -> None:
    await DB.fetch("DELETE FROM events")
    for moment in ("2030-01-30T23:59:59.9Z", "2030-01-31T00:00:00Z", "2030-01-31T23:59:59.9Z", "2030-02-01T00:00:00Z"):
        await DB.fetch(
            "INSERT INTO events (id, at, actor, actor_kind, action, object_kind, object, team, details) VALUES"
            " (gen_random_uuid(), $1::text::timestamptz, 'yogi', 'person', 'made', 'moment', $1::text, $2, '{}')",
            moment,
            park.team.id,
        )
    day = [("made", "2030-01-31T23:59:59.9Z"), ("made", "2030-01-31T00:00:00Z")]
    assert await found(park, "since=2030-01-31&until=2030-01-31") == day
    assert len(await found(park, "since=2030-01-31")) == 3
    assert len(await found(park, "until=2030-01-31")) == 3
    assert len(await found(park, "since=0001-01-01&until=9999-12-31")) == 4


@pytest.mark.parametrize("day", ["2030-02-30", "0000-01-01", "yesterday", "2030-1-1", "2030-01-01T00:00:00Z"])
async def test_a_day_that_there_is_not_is_told(park: Park, day: str) -> None:
    for name in ("since", "until"):
        told = problem(await park.yogi.program.get(AT, params={name: day}))
        assert (told["status"], list(told["errors"])) == (422, [name])
        assert (await park.yogi.browser.get(AT, params={name: day})).status_code == 422


async def test_a_search_goes_on_over_pages(park: Park) -> None:
    for number in range(3):
        await park.booboo.program.post("/databases", json={"name": f"honey_{number}", "team": "rangers"})
    first = (await park.yogi.program.get(f"{AT}?person=booboo&per_page=2")).json()
    assert (first["total"], first["next"]) == (3, f"{AT}?person=booboo&per_page=2&page=2")
    assert [event["object"] for event in (await park.yogi.program.get(first["next"])).json()["items"]] == [
        "main/honey_0"
    ]
    assert (
        "person=booboo&amp;per_page=2&amp;page=2"
        in (await park.yogi.browser.get(f"{AT}?person=booboo&per_page=2")).text
    )


async def test_ones_own_record_holds_what_one_did_everywhere_and_nothing_of_others(park: Park) -> None:
    await park.yogi.program.patch("/teams/rangers", json={"name": "Keepers"})
    await park.booboo.program.post("/databases", json={"name": "honey", "team": "rangers"})
    await (await park.client()).post("/session", json={"email": park.yogi.email, "password": "mistyped"})
    seen = await found(park, "", "/account/events")
    assert ("renamed", "rangers") in seen
    assert ("failed to sign in", park.yogi.email) in seen
    assert ("created", "main/honey") not in seen
    assert "Events of your account" in (await park.yogi.browser.get("/account/events")).text
    assert problem(await park.token.get("/account/events"))["status"] == 403


async def test_an_operators_record_holds_everything(park: Park) -> None:
    await park.smith.program.post("/teams", json={"name": "Poachers"})
    assert problem(await park.yogi.program.get("/events"))["status"] == 403
    await User.update({User.operator: True}).where(User.email == park.yogi.email)
    assert ("founded", "poachers") in await found(park, "person=smith", "/events")
    page = (await park.yogi.browser.get("/events?person=smith")).text
    assert "Events of this instance" in page
    assert "poachers" in page

"""/databases/{server}/{database}/transfer: moving a database to another team."""

from datetime import UTC, datetime, timedelta

import pytest

from jellystone.tables.people import Session, User
from jellystone.tables.teams import Membership
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
ADDRESS = "/databases/main/honey/transfer"
PASSWORD = "/databases/main/honey/roles/honey/password"


@pytest.fixture
async def honey(park: Park) -> str:
    """A database of the Rangers with its owner's password, and a second team of Yogi's."""
    made = await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await park.yogi.program.post("/teams", json={"name": "Cooks"})
    return str(made.json()["owner"]["password"])


async def test_an_owner_of_both_moves_it_with_its_passwords(park: Park, honey: str) -> None:
    form = await park.yogi.browser.get(ADDRESS)
    assert '<option value="cooks">Cooks</option>' in form.text
    moved = await park.yogi.browser.post(ADDRESS, data={"team": "cooks"})
    assert (moved.status_code, moved.headers["location"]) == (303, "/databases/main/honey")
    assert (await park.yogi.program.get("/databases/main/honey")).json()["team"] == "cooks"
    assert (await park.yogi.program.get(PASSWORD)).json()["password"] == honey
    assert problem(await park.booboo.program.get("/databases/main/honey"))["status"] == 404
    for team in ("rangers", "cooks"):
        newest = (await park.yogi.program.get(f"/teams/{team}/events")).json()["items"]
        assert "moved" in [event["action"] for event in newest]


async def test_what_the_mover_cannot_open_is_marked_unreadable(park: Park, honey: str) -> None:
    rangers = (Membership.user == park.yogi.actor.user) & (Membership.team == park.team.id)
    await Membership.update({Membership.sealed_key: None}).where(rangers)
    moved = await park.yogi.program.post(ADDRESS, json={"team": "cooks"})
    assert moved.json()["team"] == "cooks"
    assert (await park.yogi.program.get("/databases/main/honey/roles/honey")).json()["readable"] is False
    assert problem(await park.yogi.program.get(PASSWORD))["status"] == 409


@pytest.mark.parametrize("who", ["booboo", "cindy"])
async def test_others_may_not(park: Park, honey: str, who: str) -> None:
    own = (await park.people[who].program.post("/teams", json={"name": "Mine"})).json()["slug"]
    assert problem(await park.people[who].program.post(ADDRESS, json={"team": own}))["status"] == 403


async def test_an_operator_may_without_reading_anything(park: Park, honey: str) -> None:
    await park.smith.program.post("/teams", json={"name": "Poachers"})
    await User.update({User.operator: True}).where(User.email == park.smith.email)
    moved = await park.smith.browser.post(ADDRESS, data={"team": "poachers"})
    assert moved.status_code == 303
    assert problem(await park.smith.program.get(PASSWORD))["status"] == 409


async def test_a_team_that_one_does_not_know_is_a_wrong_field(park: Park, honey: str) -> None:
    await park.smith.program.post("/teams", json={"name": "Poachers"})
    assert "poachers" in problem(await park.yogi.program.post(ADDRESS, json={"team": "poachers"}))["errors"]["team"]
    assert problem(await park.yogi.program.post(ADDRESS, json={"team": "rangers"}))["status"] == 409


async def test_an_old_sign_in_is_not_enough(park: Park, honey: str) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=16)
    await Session.update({Session.authenticated_at: long_ago}).where(Session.user == park.yogi.actor.user)
    answer = await park.yogi.browser.post(ADDRESS, data={"team": "cooks"})
    assert (await park.yogi.program.get("/databases/main/honey")).json()["team"] == "rangers"
    assert answer.status_code in (200, 303, 403)

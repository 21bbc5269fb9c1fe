"""Deleting an account: what goes, what stays, and what stands in the way."""

import asyncio

import pytest

from jellystone.database import DB
from tests.inbox import sign_in_long_ago
from tests.park import PASSWORD, Park, problem

pytestmark = pytest.mark.anyio


async def test_a_member_leaves_for_good_and_events_keep_the_name(park: Park) -> None:
    user = park.booboo.actor.user
    page = await park.booboo.browser.get("/account/removal")
    assert 'href="/teams/rangers"' in page.text
    wrong = await park.booboo.browser.post("/account/removal", data={"email": "yogi@park.example"})
    assert wrong.status_code == 422
    done = await park.booboo.browser.post("/account/removal", data={"email": park.booboo.email})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert (await park.booboo.browser.get("/account")).headers["location"].startswith("/session/new")
    assert problem(await park.booboo.program.get("/account"))["status"] == 401
    for table in ("users", "sessions", "tokens", "memberships", "links", "recovery_codes"):
        column = "id" if table == "users" else '"user"'
        assert await DB.fetch(f"SELECT FROM {table} WHERE {column} = $1", user) == [], table
    told = await DB.fetch(
        'SELECT actor, "user" FROM events WHERE action = $1 AND object_kind = $2', "deleted", "account"
    )
    assert [tuple(row) for row in told] == [(park.booboo.email, None)]
    assert (await park.yogi.browser.get("/teams/rangers")).status_code == 200


async def test_the_only_owner_of_a_team_with_databases_is_held_up(park: Park) -> None:
    await park.yogi.program.post("/databases", json={"server": "main", "name": "lunch", "team": "rangers"})
    planned = (await park.yogi.program.get("/account/removal")).json()
    assert "You are the only owner of Rangers, which has 1 database." in planned["obstacles"][0]
    page = await park.yogi.browser.get("/account/removal")
    assert "Rangers, which has 1 database" in page.text
    assert "Delete account" not in page.text
    refused = await park.yogi.browser.post("/account/removal", data={"email": park.yogi.email})
    assert refused.status_code == 409
    assert (await park.yogi.program.get("/account")).status_code == 200
    await DB.fetch("UPDATE memberships SET rank = 'owner'")
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.booboo.email)
    assert (await park.yogi.browser.post("/account/removal", data={"email": park.yogi.email})).status_code == 303


async def test_a_team_is_not_left_without_an_owner(park: Park) -> None:
    planned = (await park.yogi.program.get("/account/removal")).json()
    assert "which has other members" in planned["obstacles"][0]


async def test_a_team_of_nobody_else_goes_along(park: Park) -> None:
    await park.smith.program.post("/teams", json={"name": "Picnic"})
    assert (await park.smith.program.get("/account/removal")).json()["disbands"] == ["picnic"]
    program = await park.client()
    await program.post("/session", json={"email": park.smith.email, "password": PASSWORD})
    assert (await program.delete("/account")).status_code == 204
    assert await DB.fetch("SELECT FROM teams WHERE slug = 'picnic'") == []
    assert problem(await program.get("/account"))["status"] == 401


async def test_the_last_operator_stays(park: Park) -> None:
    await DB.fetch("UPDATE users SET operator = false WHERE email <> $1", park.smith.email)
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.smith.email)
    refused = await park.smith.browser.post("/account/removal", data={"email": park.smith.email})
    assert refused.status_code == 409


async def test_a_token_deletes_no_account_and_a_person_is_asked_again(park: Park) -> None:
    assert problem(await park.smith.program.delete("/account"))["status"] == 403
    await sign_in_long_ago(park.smith)
    asked = await park.smith.browser.post("/account/removal", data={"email": park.smith.email})
    assert "Is it you?" in asked.text
    data = {"email": park.smith.email, "_password": PASSWORD}
    assert (await park.smith.browser.post("/account/removal", data=data)).headers["location"] == "/"


async def test_two_owners_who_leave_at_once_do_not_leave_the_team_alone(park: Park) -> None:
    await DB.fetch("UPDATE memberships SET rank = 'owner' WHERE rank = 'member'")
    await DB.fetch("UPDATE users SET operator = true")
    people = (park.yogi, park.booboo)
    sent = (person.browser.post("/account/removal", data={"email": person.email}) for person in people)
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    [row] = await DB.fetch("SELECT count(*) FROM memberships WHERE rank = 'owner'")
    assert row["count"] == 1

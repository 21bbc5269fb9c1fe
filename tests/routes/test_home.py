"""/: your teams, your databases, and what needs you."""

import pytest

from jellystone.database import DB
from tests.park import HTML, Park, problem

pytestmark = pytest.mark.anyio


async def test_a_visitor_is_told_what_this_is_and_a_program_to_sign_in(park: Park) -> None:
    page = await (await park.client(accept=HTML)).get("/")
    assert page.status_code == 200
    assert "/account/new" in page.text
    assert "/session/new" in page.text
    assert "Rangers" not in page.text
    assert problem(await (await park.client()).get("/"))["status"] == 401


async def test_who_has_no_team_is_led_to_found_one(park: Park) -> None:
    page = await park.smith.browser.get("/")
    assert "Start with a team" in page.text
    assert 'href="/teams/new"' in page.text
    overview = (await park.smith.program.get("/")).json()
    assert not any(overview.values())
    assert overview.keys() >= {"teams", "databases", "total_databases", "problems"}


async def test_ones_teams_and_databases_are_there_at_a_glance(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    for client in (park.booboo.program, park.token):
        overview = (await client.get("/")).json()
        assert [team["slug"] for team in overview["teams"]] == ["rangers"]
        assert [database["id"] for database in overview["databases"]] == ["main/orders"]
        assert (overview["total_databases"], overview["problems"]) == (1, [])
    page = await park.booboo.browser.get("/")
    assert 'href="/databases/main/orders"' in page.text
    assert "needs you" not in page.text
    await park.smith.program.post("/teams", json={"name": "Bees"})
    assert "orders" not in (await park.smith.browser.get("/")).text


async def test_from_home_and_team_one_comes_to_what_is_unused(park: Park) -> None:
    for name in ("orders", "old_maps"):
        await park.token.post("/databases", json={"name": name})
    await DB.fetch("UPDATE databases SET last_query_at = now() - interval '40 days' WHERE name = 'old_maps'")
    for at, found in {
        "/": "/databases?unused_days=30",
        "/teams/rangers": "/databases?team=rangers&amp;unused_days=30",
    }.items():
        assert f'href="{found}">Unused for 30 days</a>' in (await park.booboo.browser.get(at)).text
        listed = (await park.booboo.browser.get(found.replace("&amp;", "&"))).text
        assert "/databases/main/old_maps" in listed
        assert "/databases/main/orders" not in listed


async def test_what_needs_somebody_comes_first(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    await DB.fetch("UPDATE databases SET status = 'failed', problem = 'The disk is full.'")
    page = (await park.booboo.browser.get("/")).text
    assert "1 database needs you" in page
    assert page.index("The disk is full.") < page.index("Your teams")
    problems = (await park.booboo.program.get("/")).json()["problems"]
    assert [database["problem"] for database in problems] == ["The disk is full."]
    await DB.fetch("UPDATE databases SET status = 'ready', problem = NULL")

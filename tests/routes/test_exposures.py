"""/teams/{team}/exposures: what those who left may still know, and changing it all."""

import html

import pytest

from jellystone.services import exposures
from jellystone.tables.teams import Membership
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
ADDRESS = "/teams/rangers/exposures"
MEMBERS = "/teams/rangers/members"


async def test_passwords_are_listed_until_they_are_changed(park: Park) -> None:
    old = (await park.token.post("/databases", json={"name": "honey", "owner_role": True})).json()["owner"]
    await park.token.post("/databases/main/honey/roles", json={"name": "honey_app", "access": "readonly"})
    await park.booboo.program.get("/databases/main/honey/roles/honey/password")
    assert (await park.yogi.program.get(ADDRESS)).json() == []
    await park.yogi.program.delete("/teams/rangers/members/booboo@park.example")
    listed = (await park.yogi.program.get(ADDRESS)).json()
    assert [(one["role"], one["who"], one["revealed"]) for one in listed] == [
        ("main/honey/honey", ["booboo@park.example"], True),
        ("main/honey/honey_app", ["booboo@park.example"], False),
    ]
    assert "could open 2 passwords" in (await park.yogi.browser.get("/teams/rangers")).text
    page = (await park.yogi.browser.get(ADDRESS)).text
    assert "yes, revealed" in page
    assert "Change 2 passwords" in page

    changed = await park.yogi.program.post(ADDRESS)
    assert changed.json() == {"roles": 2}
    assert (await park.yogi.program.get(ADDRESS)).json() == []
    now = (await park.yogi.program.get("/databases/main/honey/roles/honey/password")).json()
    assert now["password"] != old["password"]
    assert (now["secret_version"], now["status"]) == (2, "ready")
    connection = await park.connect(now["uri"])
    await connection.close()
    actions = [event["action"] for event in (await park.yogi.program.get("/teams/rangers/events")).json()["items"]]
    assert "changed all exposed passwords of" in actions
    assert actions.count("changed the password of") == 2


async def test_who_held_no_key_exposes_nothing(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await park.yogi.program.delete("/teams/rangers/members/cindy@park.example")
    assert (await park.yogi.program.get(ADDRESS)).json() == []


async def test_a_revoked_token_that_could_read_passwords_exposes_them(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await park.with_scopes("read", "secrets")
    await park.with_scopes("read")
    found = (await park.yogi.program.get("/teams/rangers/tokens")).json()["items"]
    by_name = {token["name"]: token["id"] for token in found}
    await park.yogi.program.delete(f"/teams/rangers/tokens/{by_name['read']}")
    assert (await park.yogi.program.get(ADDRESS)).json() == []
    await park.yogi.program.delete(f"/teams/rangers/tokens/{by_name['read-secrets']}")
    assert [one["who"] for one in (await park.yogi.program.get(ADDRESS)).json()] == [["the token read-secrets"]]


async def test_a_viewer_may_look_and_not_change(park: Park) -> None:
    assert (await park.cindy.program.get(ADDRESS)).status_code == 200
    assert problem(await park.cindy.program.post(ADDRESS))["status"] == 403


async def honey(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})


async def who(park: Park) -> list[list[str]]:
    return [one["who"] for one in (await park.yogi.program.get(ADDRESS)).json()]


async def test_progress_is_shown_until_the_server_has_the_new_password(park: Park) -> None:
    await honey(park)
    await park.token.post("/databases/main/honey/roles", json={"name": "honey_app"})
    await park.yogi.program.delete(f"{MEMBERS}/booboo@park.example")
    assert await exposures.change_all(park.yogi.actor, park.team) == 2
    assert [one["changing"] for one in (await park.yogi.program.get(ADDRESS)).json()] == [True, True]
    page = (await park.yogi.browser.get(ADDRESS)).text
    assert "2 passwords still on the way" in page
    assert f'<noscript> <a href="{ADDRESS}">Look again</a></noscript>' in page
    assert "Change 2 passwords" not in page
    part = await park.yogi.htmx.get(ADDRESS, headers={"hx-target": "div#exposure-rows"})
    assert part.text.strip().startswith('<div class="stack" id="exposure-rows" hx-get=')
    await exposures.finish(park.team)
    part = await park.yogi.htmx.get(ADDRESS, headers={"hx-target": "div#exposure-rows"})
    assert "hx-get" not in part.text
    assert "Nothing to worry about" in part.text


async def test_without_javascript_one_button_changes_them_all(park: Park) -> None:
    await honey(park)
    await park.yogi.program.delete(f"{MEMBERS}/booboo@park.example")
    sent = await park.yogi.browser.post(ADDRESS)
    assert (sent.status_code, sent.headers["location"]) == (303, ADDRESS)
    assert "Nothing to worry about" in (await park.yogi.browser.get(ADDRESS)).text
    assert "could open" not in (await park.yogi.browser.get("/teams/rangers")).text


async def test_a_password_that_the_server_did_not_take_stays_in_the_list_with_the_reason(park: Park) -> None:
    await honey(park)
    await park.yogi.program.delete(f"{MEMBERS}/booboo@park.example")
    await park.sql("ALTER ROLE honey RENAME TO gone")
    try:
        await park.yogi.program.post(ADDRESS)
        (listed,) = (await park.yogi.program.get(ADDRESS)).json()
        assert listed["changing"]
        assert listed["problem"]
        assert listed["problem"] in html.unescape((await park.yogi.browser.get(ADDRESS)).text)
        assert (await park.yogi.program.post(ADDRESS)).json() == {"roles": 0}
    finally:
        await park.sql("ALTER ROLE gone RENAME TO honey")


async def test_who_became_a_viewer_is_told_of_as_well(park: Park) -> None:
    await honey(park)
    await park.yogi.program.patch(f"{MEMBERS}/booboo@park.example", json={"rank": "viewer"})
    assert await who(park) == [["booboo@park.example"]]
    await park.yogi.program.patch(f"{MEMBERS}/booboo@park.example", json={"rank": "member"})
    assert await who(park) == []


async def test_who_deleted_their_account_is_told_of_as_well(park: Park) -> None:
    await honey(park)
    assert (await park.booboo.browser.post("/account?_method=delete")).status_code == 303
    assert await who(park) == [["booboo@park.example"]]


async def test_who_comes_back_knows_the_passwords_anyway(park: Park) -> None:
    await honey(park)
    await park.yogi.program.delete(f"{MEMBERS}/booboo@park.example")
    invited = {"emails": ["booboo@park.example"]}
    (made,) = (await park.yogi.program.post("/teams/rangers/invitations", json=invited)).json()
    await park.booboo.program.post(made["link"].removeprefix("http://jellystone.test"))
    assert await who(park) == []


async def test_who_was_locked_when_leaving_is_told_of_for_what_they_had_revealed(park: Park) -> None:
    await honey(park)
    await park.token.post("/databases/main/honey/roles", json={"name": "honey_app"})
    await park.booboo.program.get("/databases/main/honey/roles/honey/password")
    await Membership.update({Membership.sealed_key: None}).where(Membership.user == park.booboo.actor.user)
    await park.yogi.program.delete(f"{MEMBERS}/booboo@park.example")
    assert [one["role"] for one in (await park.yogi.program.get(ADDRESS)).json()] == ["main/honey/honey"]

"""/teams/{team}/members and /key, for people and for programs."""

import pytest

from jellystone.tables.people import Token
from jellystone.tables.teams import Membership
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
MEMBERS = "/teams/rangers/members"


async def lock(park: Park, name: str) -> None:
    """As a forgotten password does."""
    await Membership.update({Membership.sealed_key: None}).where(Membership.user == park.people[name].actor.user)


async def emails(park: Park) -> list[str]:
    return [member["email"] for member in (await park.yogi.program.get(MEMBERS)).json()["items"]]


async def test_members_are_listed_owners_first(park: Park) -> None:
    listed = (await park.cindy.program.get(MEMBERS)).json()
    assert [(member["email"], member["rank"]) for member in listed["items"]] == [
        ("yogi@park.example", "owner"),
        ("booboo@park.example", "member"),
        ("cindy@park.example", "viewer"),
    ]
    assert listed["items"][0]["id"] == "rangers/yogi@park.example"
    assert not listed["items"][0]["locked"]
    page = (await park.booboo.browser.get(MEMBERS)).text
    assert "cindy@park.example" in page
    assert "/members/booboo%40park.example/removal" in page or "/members/booboo@park.example/removal" in page
    assert "Invite people" not in page
    assert "Invite people" in (await park.yogi.browser.get(MEMBERS)).text


async def test_members_are_found_while_one_types(park: Park) -> None:
    found = await park.yogi.htmx.get(f"{MEMBERS}?q=boo", headers={"hx-target": "div#member-rows"})
    assert "booboo@park.example" in found.text
    assert "cindy@" not in found.text
    assert "<html" not in found.text


async def test_to_a_stranger_the_team_does_not_exist(park: Park) -> None:
    for address in (MEMBERS, f"{MEMBERS}/yogi@park.example", "/teams/rangers/exposures"):
        assert problem(await park.smith.program.get(address))["status"] == 404


async def test_an_owner_changes_a_rank_and_it_holds_from_the_next_request_on(park: Park) -> None:
    made = await park.booboo.program.post("/databases", json={"name": "honey", "team": "rangers"})
    assert made.status_code == 201
    changed = await park.yogi.program.patch(f"{MEMBERS}/booboo@park.example", json={"rank": "viewer"})
    assert changed.json()["rank"] == "viewer"
    refused = await park.booboo.program.patch("/databases/main/honey", json={"description": "mine"})
    assert problem(refused)["status"] == 403
    form = {"rank": "owner"}
    sent = await park.yogi.browser.post(f"{MEMBERS}/cindy@park.example?_method=patch", data=form)
    assert (sent.status_code, sent.headers["location"]) == (303, MEMBERS)
    assert (await park.cindy.program.patch("/teams/rangers", json={"name": "Park Rangers"})).status_code == 200


@pytest.mark.parametrize("who", ["booboo", "cindy"])
async def test_only_owners_manage_members(park: Park, who: str) -> None:
    program = park.people[who].program
    assert problem(await program.patch(f"{MEMBERS}/cindy@park.example", json={"rank": "owner"}))["status"] == 403
    assert problem(await program.delete(f"{MEMBERS}/yogi@park.example"))["status"] == 403
    token = await park.with_scopes("read", "write", "secrets")
    refused = problem(await token.delete(f"{MEMBERS}/booboo@park.example"))
    assert "'admin'" in refused["detail"]


async def test_the_last_owner_can_neither_go_nor_step_down(park: Park) -> None:
    for answer in (
        await park.yogi.program.delete(f"{MEMBERS}/yogi@park.example"),
        await park.yogi.program.patch(f"{MEMBERS}/yogi@park.example", json={"rank": "member"}),
    ):
        assert problem(answer)["detail"] == "A team needs an owner. Make somebody else one first."
    await park.yogi.program.patch(f"{MEMBERS}/booboo@park.example", json={"rank": "owner"})
    assert (await park.yogi.program.delete(f"{MEMBERS}/yogi@park.example")).status_code == 204
    assert await emails_for(park, "booboo") == ["booboo@park.example", "cindy@park.example"]


async def emails_for(park: Park, who: str) -> list[str]:
    return [member["email"] for member in (await park.people[who].program.get(MEMBERS)).json()["items"]]


async def test_who_is_removed_is_out_at_once_everywhere(park: Park) -> None:
    asked = await park.yogi.browser.get(f"{MEMBERS}/booboo@park.example/removal")
    assert "may have kept them" in asked.text
    gone = await park.yogi.browser.post(f"{MEMBERS}/booboo@park.example?_method=delete")
    assert (gone.status_code, gone.headers["location"]) == (303, "/teams/rangers/exposures")
    assert "booboo@park.example" not in await emails(park)
    for client in (park.booboo.program, park.booboo.browser, park.booboo.htmx):
        assert (await client.get("/teams/rangers")).status_code == 404


async def test_a_member_leaves(park: Park) -> None:
    left = await park.booboo.browser.post(f"{MEMBERS}/booboo@park.example?_method=delete")
    assert (left.status_code, left.headers["location"]) == (303, "/teams")
    assert "booboo@park.example" not in await emails(park)


async def test_a_locked_member_is_told_so_and_a_team_mate_gives_access(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await lock(park, "booboo")
    address = "/databases/main/honey/roles/honey/password"
    assert "no key" in problem(await park.booboo.program.get(address))["detail"]
    assert "You hold no key" in (await park.booboo.browser.get("/teams/rangers")).text
    assert "Give access" in (await park.yogi.browser.get(MEMBERS)).text
    given = await park.yogi.program.put(f"{MEMBERS}/booboo@park.example/key", json={})
    assert given.json()["locked"] is False
    assert (await park.booboo.program.get(address)).json()["password"]


async def test_a_viewer_or_a_locked_member_can_give_nobody_access(park: Park) -> None:
    await lock(park, "booboo")
    for who in ("cindy", "booboo"):
        answer = await park.people[who].program.put(f"{MEMBERS}/booboo@park.example/key", json={})
        assert problem(answer)["status"] in (403, 409)


async def test_a_locked_member_unlocks_with_a_team_token(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await lock(park, "booboo")
    wrong = await park.booboo.browser.post("/teams/rangers/key", data={"token": "jst_wrong"})
    assert wrong.status_code == 422
    assert "not a token of Rangers" in wrong.text
    token = park.token.headers["authorization"].removeprefix("Bearer ")
    done = await park.booboo.browser.post("/teams/rangers/key", data={"token": f" {token} "})
    assert (done.status_code, done.headers["location"]) == (303, "/teams/rangers")
    assert (await park.booboo.program.get("/databases/main/honey/roles/honey/password")).status_code == 200


async def test_a_token_of_another_team_unlocks_nothing(park: Park) -> None:
    other = (await park.smith.program.post("/teams", json={"name": "Poachers"})).json()["token"]
    await lock(park, "booboo")
    refused = await park.booboo.program.post("/teams/rangers/key", json={"token": other})
    assert problem(refused)["errors"]["token"].startswith("This is not a token of Rangers")


async def test_the_vault_starts_anew_only_when_nobody_holds_a_key(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await lock(park, "yogi")
    assert problem(await park.yogi.program.delete("/teams/rangers/key"))["status"] == 409
    for name in ("booboo", "cindy"):
        await lock(park, name)
    await Token.delete().where(Token.team == park.team.id)
    assert "start anew" in (await park.yogi.browser.get("/teams/rangers/key")).text
    assert (await park.yogi.program.delete("/teams/rangers/key")).status_code == 204
    role = "/databases/main/honey/roles/honey"
    assert (await park.yogi.program.get(role)).json()["readable"] is False
    assert "Change it to store a new one" in problem(await park.yogi.program.get(f"{role}/password"))["detail"]
    changed = (await park.yogi.program.put(f"{role}/password", json={})).json()
    assert (await park.yogi.program.get(f"{role}/password")).json()["password"] == changed["password"]


async def has_key(park: Park, who: str) -> bool:
    return await Membership.exists().where(
        Membership.user == park.people[who].actor.user, Membership.sealed_key.is_not_null()
    )


async def test_viewers_hold_no_key(park: Park) -> None:
    """Not even a sealed one: with a stolen copy of our database it would open every password."""
    assert not await has_key(park, "cindy")
    assert "You hold no key" not in (await park.cindy.browser.get("/teams/rangers")).text
    await park.yogi.program.patch(f"{MEMBERS}/booboo@park.example", json={"rank": "viewer"})
    assert not await has_key(park, "booboo")
    refused = await park.yogi.program.put(f"{MEMBERS}/booboo@park.example/key", json={})
    assert problem(refused)["detail"].startswith("booboo@park.example is a viewer")
    token = park.token.headers["authorization"].removeprefix("Bearer ")
    assert problem(await park.booboo.program.post("/teams/rangers/key", json={"token": token}))["status"] == 403
    assert not await has_key(park, "booboo")
    invited = {"emails": ["smith@park.example"], "rank": "viewer"}
    (made,) = (await park.yogi.program.post("/teams/rangers/invitations", json=invited)).json()
    await park.smith.program.post(made["link"].removeprefix("http://jellystone.test"))
    assert not await has_key(park, "smith")


async def test_a_viewer_who_becomes_a_member_gets_a_key_from_who_has_one(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await park.yogi.program.patch(f"{MEMBERS}/cindy@park.example", json={"rank": "member"})
    assert (await park.cindy.program.get("/databases/main/honey/roles/honey/password")).status_code == 200
    await park.yogi.program.patch(f"{MEMBERS}/cindy@park.example", json={"rank": "viewer"})
    await lock(park, "yogi")
    await park.yogi.program.patch(f"{MEMBERS}/cindy@park.example", json={"rank": "member"})
    assert (await park.yogi.program.get(f"{MEMBERS}/cindy@park.example")).json()["locked"]

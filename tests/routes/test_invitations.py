"""Invitations: asking people in, and coming in, with an account and without."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from jellystone.tables.people import User
from jellystone.tables.teams import Invitation, Membership
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
ADDRESS = "/teams/rangers/invitations"


async def invite(park: Park, email: str = "smith@park.example", rank: str = "member") -> dict[str, Any]:
    made = await park.yogi.program.post(ADDRESS, json={"emails": [email], "rank": rank})
    assert made.status_code == 201, made.text
    return made.json()[0]  # type: ignore[no-any-return]


def path(invitation: dict[str, Any]) -> str:
    assert invitation["link"].startswith("http://jellystone.test/invitations/")
    return str(invitation["link"].removeprefix("http://jellystone.test"))


async def visitor(park: Park) -> AsyncClient:
    return await park.client(accept=HTML)


async def test_who_has_an_account_joins_and_can_open_the_passwords(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    link = path(await invite(park, "Smith@Park.example"))
    page = await park.smith.browser.get(link)
    assert "yogi@park.example invites" in page.text
    assert "Join Rangers" in page.text
    joined = await park.smith.browser.post(link)
    assert (joined.status_code, joined.headers["location"]) == (303, "/teams/rangers")
    assert (await park.smith.program.get("/databases/main/honey/roles/honey/password")).status_code == 200
    members = (await park.yogi.program.get("/teams/rangers/members")).json()["items"]
    assert {"smith@park.example": "member"}.items() <= {m["email"]: m["rank"] for m in members}.items()


async def test_a_program_accepts(park: Park) -> None:
    link = path(await invite(park, rank="viewer"))
    shown = (await park.smith.program.get(link)).json()
    assert (shown["team"], shown["rank"], shown["status"], shown["has_account"]) == ("Rangers", "viewer", "open", True)
    joined = await park.smith.program.post(link)
    assert (joined.json()["slug"], joined.json()["rank"]) == ("rangers", "viewer")
    assert problem(await park.smith.program.post(link))["detail"].startswith("This invitation has been used")


@pytest.mark.parametrize("scopes", [["read", "write", "secrets"], ["admin"]])
async def test_a_token_joins_only_with_the_scope_to_do_so(park: Park, scopes: list[str]) -> None:
    made = await park.smith.program.post("/account/tokens", json={"name": "x", "scopes": scopes})
    program = await park.client(authorization=f"Bearer {made.json()['token']}")
    link = path(await invite(park))
    assert "lacks the scope" in problem(await program.post(link))["detail"]
    assert (await park.smith.program.post(link)).status_code == 200


async def test_who_has_no_account_makes_one_through_the_link(park: Park) -> None:
    link = path(await invite(park, "ranger@park.example"))
    browser = await visitor(park)
    assert "Choose a password" in (await browser.get(link)).text
    short = await browser.post(link, data={"password": "short"})
    assert short.status_code == 422
    assert "at least 12 characters" in short.text.lower()
    joined = await browser.post(link, data={"password": PASSWORD})
    assert (joined.status_code, joined.headers["location"]) == (303, "/teams/rangers")
    assert "Rangers" in (await browser.get("/teams/rangers")).text
    user = await User.objects().get(User.email == "ranger@park.example")
    assert user is not None
    assert user.confirmed_at is not None


async def test_a_link_for_another_address_says_so_and_offers_to_switch(park: Park) -> None:
    link = path(await invite(park, "ranger@park.example"))
    page = (await park.smith.browser.get(link)).text
    assert "You are signed in as smith@park.example" in page
    assert f'href="/session/new?next={link}"' in page
    refused = problem(await park.smith.program.post(link))
    assert (
        refused["detail"] == "This invitation is for ranger@park.example, and you are signed in as smith@park.example."
    )


async def test_who_has_an_account_and_is_not_signed_in_is_asked_to(park: Park) -> None:
    link = path(await invite(park))
    browser = await visitor(park)
    assert f'href="/session/new?next={link}"' in (await browser.get(link)).text
    assert problem(await (await park.client()).post(link))["status"] == 401


async def test_looking_changes_nothing(park: Park) -> None:
    link = path(await invite(park))
    for _ in range(3):
        assert (await (await visitor(park)).get(link)).status_code == 200
    assert (await park.smith.browser.post(link)).status_code == 303


async def test_expired_revoked_and_used_have_words_of_their_own(park: Park) -> None:
    expired, revoked = await invite(park, "a@park.example"), await invite(park, "b@park.example")
    past = datetime.now(UTC) - timedelta(minutes=1)
    await Invitation.update({Invitation.expires_at: past}).where(Invitation.email == "a@park.example")
    assert (await park.yogi.program.delete(f"{ADDRESS}/{revoked['id']}")).status_code == 204
    browser = await visitor(park)
    assert "has expired" in (await browser.get(path(expired))).text
    assert "has been taken back" in (await browser.get(path(revoked))).text
    assert problem(await (await park.client()).get("/invitations/nonsense"))["status"] == 404
    refused = await (await park.client()).post(path(revoked), json={"password": PASSWORD})
    assert problem(refused)["detail"].startswith("This invitation has been taken back")
    assert not await User.exists().where(User.email == "b@park.example")
    again = problem(await park.yogi.program.delete(f"{ADDRESS}/{revoked['id']}"))
    assert again["status"] == 409


async def test_sending_again_makes_a_new_link_and_the_old_one_stops(park: Park) -> None:
    first = await invite(park)
    page = await park.yogi.browser.post(f"{ADDRESS}/{first['id']}/delivery")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    listed = (await park.yogi.program.get(ADDRESS)).json()["items"]
    assert [one["email"] for one in listed] == ["smith@park.example"]
    assert "link" not in listed[0]
    assert problem(await park.smith.program.post(path(first)))["status"] == 404
    second = (await park.yogi.program.post(f"{ADDRESS}/{listed[0]['id']}/delivery")).json()[0]
    assert (await park.smith.program.post(path(second))).status_code == 200


async def test_many_are_invited_at_once_and_each_wrong_address_is_told(park: Park) -> None:
    form = {"emails": "a@park.example\r\n\r\n b@park.example\r\nA@park.example", "rank": "member"}
    sent = await park.yogi.browser.post(ADDRESS, data=form)
    assert sent.status_code == 200
    assert sent.text.count("http://jellystone.test/invitations/") == 2
    wrong = await park.yogi.browser.post(ADDRESS, data={"emails": "a@park.example\nnobody", "rank": "member"})
    assert wrong.status_code == 422
    assert "nobody" in wrong.text
    taken = problem(await park.yogi.program.post(ADDRESS, json={"emails": ["booboo@park.example"]}))
    assert taken["errors"]["emails"] == "booboo@park.example belongs to Rangers already."


async def test_a_locked_inviter_may_invite_and_the_new_member_is_locked(park: Park) -> None:
    await Membership.update({Membership.sealed_key: None}).where(Membership.user == park.yogi.actor.user)
    await park.smith.program.post(path(await invite(park)))
    members = (await park.yogi.program.get("/teams/rangers/members")).json()["items"]
    assert [m["locked"] for m in members if m["email"] == "smith@park.example"] == [True]


@pytest.mark.parametrize("who", ["booboo", "cindy", "smith"])
async def test_only_owners_invite(park: Park, who: str) -> None:
    answer = problem(await park.people[who].program.post(ADDRESS, json={"emails": ["a@park.example"]}))
    assert answer["status"] == (404 if who == "smith" else 403)


async def test_a_program_of_the_team_invites_with_the_scope_admin(park: Park) -> None:
    assert (await park.token.post(ADDRESS, json={"emails": ["a@park.example"]})).status_code == 201
    without = await park.with_scopes("read", "write", "secrets")
    assert "'admin'" in problem(await without.post(ADDRESS, json={"emails": ["b@park.example"]}))["detail"]


async def test_inviting_is_throttled(park: Park) -> None:
    for _ in range(10):
        await invite(park, "a@park.example")
    limited = await park.yogi.program.post(ADDRESS, json={"emails": ["a@park.example"]})
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) > 0

"""Typing the password once more, in place: nothing is done before, and nothing typed is lost."""

import json
import re
from html import unescape
from typing import get_type_hints

import pytest
from httpx import Response

from jellystone.database import DB
from jellystone.routes.account import NewAccount
from jellystone.routes.account_password import WantedOwnPassword
from jellystone.routes.invitations import NewAcceptance
from jellystone.routes.password_resets import ResetPassword
from jellystone.routes.roles import WantedPassword
from jellystone.routes.sessions import NewConfirmation, NewSession
from jellystone.web.bodies import is_own
from tests.inbox import sign_in_long_ago
from tests.park import PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
TOKEN = {"name": "ci & <co>", "scopes": ["read", "write"], "expires_in_days": "30"}


@pytest.fixture(autouse=True)
async def stale(park: Park) -> None:
    await sign_in_long_ago(park.yogi)


def carried(page: Response) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text):
        found.setdefault(name, []).append(unescape(value))
    return found


def action(page: Response) -> str:
    found = re.findall(r'<form class="form" method="post" novalidate action="([^"]+)"', page.text)
    return unescape(found[-1])


async def role_password(park: Park) -> str:
    """The address of one."""
    await park.yogi.program.post("/databases", json={"server": "main", "name": "lunch", "team": "rangers"})
    made = await park.yogi.program.post("/databases/main/lunch/roles", json={"name": "bear", "access": "readonly"})
    assert made.status_code == 201, made.text
    return "/databases/main/lunch/roles/bear/password"


async def tokens(park: Park) -> list[str]:
    listed = (await park.yogi.program.get("/account/tokens")).json()["items"]
    return [token["name"] for token in listed]


async def test_a_form_is_asked_about_and_then_done_without_typing_it_again(park: Park) -> None:
    asked = await park.yogi.browser.post("/account/tokens", data=TOKEN)
    assert asked.status_code == 403
    assert "Is it you?" in asked.text
    assert await tokens(park) == ["test"]
    assert carried(asked) == {"name": ["ci & <co>"], "scopes": ["read", "write"], "expires_in_days": ["30"]}
    done = await park.yogi.browser.post(action(asked), data={**carried(asked), "_password": PASSWORD})
    assert "is made" in done.text
    assert await tokens(park) == ["ci & <co>", "test"]
    assert "is made" in (await park.yogi.browser.post("/account/tokens", data=TOKEN)).text


async def test_a_wrong_password_is_told_there_and_the_form_is_still_whole(park: Park) -> None:
    again = await park.yogi.browser.post("/account/tokens", data={**TOKEN, "_password": "wrong"})
    assert again.status_code == 422
    assert "This is not your password." in again.text
    assert carried(again)["scopes"] == ["read", "write"]
    assert "wrong" not in str(carried(again))
    assert await tokens(park) == ["test"]
    done = await park.yogi.browser.post(action(again), data={**carried(again), "_password": PASSWORD})
    assert "is made" in done.text


async def test_what_is_wrong_with_the_form_itself_is_told_by_the_form(park: Park) -> None:
    answer = await park.yogi.browser.post("/account/tokens", data={"name": "", "_password": PASSWORD})
    assert answer.status_code == 422
    assert "Is it you?" not in answer.text
    assert 'href="#name"' in answer.text


async def test_another_verb_and_a_query_come_along(park: Park) -> None:
    [token] = (await park.yogi.program.get("/account/tokens")).json()["items"]
    asked = await park.yogi.browser.post(f"/account/tokens/{token['id']}?a=1&_method=delete")
    assert action(asked) == f"/account/tokens/{token['id']}?a=1&_method=delete"
    done = await park.yogi.browser.post(action(asked), data={"_password": PASSWORD})
    assert done.headers["location"] == "/account/tokens"
    assert (await DB.fetch("SELECT count(*) FROM tokens WHERE id = $1", token["id"]))[0]["count"] == 0


def test_no_password_of_an_account_is_ever_carried() -> None:
    structs = (NewAccount, NewSession, NewConfirmation, WantedOwnPassword, ResetPassword, NewAcceptance)
    own = {
        (struct.__name__, name)
        for struct in structs
        for name, hint in get_type_hints(struct, include_extras=True).items()
        if is_own(hint)
    }
    assert own == {
        ("NewAccount", "password"),
        ("NewSession", "password"),
        ("NewConfirmation", "password"),
        ("WantedOwnPassword", "old_password"),
        ("WantedOwnPassword", "password"),
        ("ResetPassword", "password"),
        ("NewAcceptance", "password"),
    }
    assert not is_own(get_type_hints(WantedPassword, include_extras=True)["password"])


async def test_too_many_guesses_are_stopped_as_at_the_door(park: Park) -> None:
    for _ in range(10):
        await park.yogi.browser.post("/account/tokens", data={**TOKEN, "_password": "wrong"})
    stopped = await park.yogi.browser.post("/account/tokens", data={**TOKEN, "_password": PASSWORD})
    assert stopped.status_code == 429
    assert "Too many attempts" in stopped.text
    assert carried(stopped)["name"] == ["ci & <co>"]
    assert await tokens(park) == ["test"]


async def test_a_program_is_told_and_confirms_at_an_address_of_its_own(park: Park) -> None:
    program = await park.client(cookie=park.yogi.browser.headers["cookie"])
    wanted = {"name": "ci", "scopes": ["read"]}
    refused = problem(await program.post("/account/tokens", json=wanted))
    assert (refused["status"], refused["type"]) == (403, "urn:jellystone:not-confirmed")
    assert (await program.post("/session/confirmation", json={"password": PASSWORD})).status_code == 204
    assert (await program.post("/account/tokens", json=wanted)).status_code == 201


async def test_a_token_needs_no_confirmation_and_cannot_give_one(park: Park) -> None:
    assert (await park.yogi.program.post("/account/tokens", json={"name": "x", "scopes": ["read"]})).status_code == 201
    assert problem(await park.yogi.program.post("/session/confirmation", json={"password": PASSWORD}))["status"] == 403


async def test_htmx_is_asked_in_the_element_it_wanted_and_gets_it_there(park: Park) -> None:
    at, target = await role_password(park), {"hx-target": "div#role-password"}
    asked = await park.yogi.htmx.get(at, headers=target)
    assert asked.status_code == 200
    assert asked.text.strip().startswith('<div id="role-password"')
    assert "hx-retarget" not in asked.headers
    wrong = await park.yogi.htmx.post("/session/confirmation", data={"next": at, "password": "no"}, headers=target)
    assert (wrong.status_code, wrong.text.strip()[:23]) == (422, '<div id="role-password"')
    assert "This is not your password." in wrong.text
    done = await park.yogi.htmx.post("/session/confirmation", data={"next": at, "password": PASSWORD}, headers=target)
    told = json.loads(done.headers["hx-location"])
    assert (told["path"], told["target"], told["push"]) == (at, "#role-password", "false")
    shown = await park.yogi.htmx.get(told["path"], headers=target)
    assert 'id="role-password"' in shown.text[:80]
    assert "postgresql://" in shown.text


async def test_a_page_that_is_only_looked_at_is_come_back_to(park: Park) -> None:
    at = await role_password(park)
    sent = await park.yogi.browser.get(at)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/session/confirmation?next={at}")
    done = await park.yogi.browser.post("/session/confirmation", data={"next": at, "password": PASSWORD})
    assert done.headers["location"] == at

"""Changing the password: the old one is asked, other sessions end, and the vault still opens."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from httpx import Response

from jellystone.database import DB
from tests.inbox import actions, letters, mails_wait
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
FRESH = "a basket full of pies"
CHANGE = {"old_password": PASSWORD, "password": FRESH}
AT = "/databases/main/lunch/roles/bear/password"


@pytest.fixture(autouse=True)
async def waiting(park: Park) -> AsyncIterator[None]:
    with mails_wait():
        yield


def cookie(answer: Response) -> str:
    found = [line.partition(";")[0] for line in answer.headers.get_list("set-cookie") if line.startswith("jellystone=")]
    return found[0]


async def test_the_session_that_changes_it_goes_on_under_a_new_secret_and_others_end(park: Park) -> None:
    await park.yogi.program.post("/databases", json={"server": "main", "name": "lunch", "team": "rangers"})
    await park.yogi.program.post("/databases/main/lunch/roles", json={"name": "bear", "access": "readonly"})
    other = await park.client(accept=HTML)
    await other.post("/session", data={"email": park.yogi.email, "password": PASSWORD})
    assert (await other.get(AT)).status_code == 200
    done = await park.yogi.browser.post("/account/password?_method=put", data=CHANGE)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert (await other.get(AT)).headers["location"].startswith("/session/new")
    assert (await park.yogi.htmx.get(AT)).headers["hx-redirect"].startswith("/session/new")  # the old cookie
    renewed = await park.client(accept=HTML, cookie=cookie(done))
    assert "postgresql://" in (await renewed.get(AT)).text
    assert (await park.yogi.program.get(AT)).status_code == 200  # a personal token carries the key itself
    again = await park.client()
    assert (await again.post("/session", json={"email": park.yogi.email, "password": PASSWORD})).status_code == 422
    assert (await again.post("/session", json={"email": park.yogi.email, "password": FRESH})).status_code == 201
    assert (await again.get(AT)).status_code == 200
    assert "changed their password" in await actions(park.yogi.email)
    [(subject, _)] = await letters(park.yogi.email)
    assert subject == "Your password has been changed"


async def test_a_program_with_a_session_changes_it_and_a_token_cannot(park: Park) -> None:
    assert problem(await park.yogi.program.put("/account/password", json=CHANGE))["status"] == 403
    program = await park.client()
    await program.post("/session", json={"email": park.yogi.email, "password": PASSWORD})
    assert (await program.put("/account/password", json=CHANGE)).status_code == 204
    assert (await program.get("/account")).status_code == 200


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"old_password": "wrong", "password": FRESH}, "old_password"),
        ({"old_password": PASSWORD, "password": "short"}, "password"),
        ({"old_password": PASSWORD}, "password"),
    ],
)
async def test_what_is_wrong_is_told_and_nothing_changes(park: Park, sent: dict[str, str], field: str) -> None:
    answer = await park.yogi.browser.post("/account/password?_method=put", data=sent)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert PASSWORD not in answer.text
    assert (await park.yogi.browser.get("/account")).status_code == 200
    assert await DB.fetch("SELECT FROM mails") == []


async def test_guessing_the_old_password_is_throttled(park: Park) -> None:
    for _ in range(10):
        await park.yogi.browser.post("/account/password?_method=put", data={**CHANGE, "old_password": "wrong"})
    assert (await park.yogi.browser.post("/account/password?_method=put", data=CHANGE)).status_code == 429


async def test_who_signs_in_with_the_old_password_at_that_very_moment_is_out_afterwards(park: Park) -> None:
    late = [await park.client() for _ in range(6)]
    known = {"email": park.yogi.email, "password": PASSWORD}
    changing = park.yogi.browser.post("/account/password?_method=put", data=CHANGE)
    await asyncio.gather(*(client.post("/session", json=known) for client in late), changing)
    assert [(await client.get("/account")).status_code for client in late] == [401] * 6

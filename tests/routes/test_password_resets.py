"""Resetting a forgotten password: by mail, once, and at the price of the old key."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jellystone.database import DB
from jellystone.tables.people import User
from tests.inbox import actions, letters, link, mails_wait
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
FRESH = "a basket full of pies"


@pytest.fixture(autouse=True)
async def waiting(park: Park) -> AsyncIterator[None]:
    with mails_wait():
        yield


async def asked(park: Park) -> str:
    """Boo-Boo's link."""
    visitor = await park.client()
    assert (await visitor.post("/password-resets", json={"email": park.booboo.email})).status_code == 204
    return await link(park.booboo.email, "/password-resets/")


async def test_a_person_resets_their_password_after_an_honest_warning(park: Park) -> None:
    browser = await park.client(accept=HTML)
    assert "/password-resets" in (await browser.get("/session/new")).text
    sent = await browser.post("/password-resets", data={"email": park.booboo.email.upper()})
    assert (sent.status_code, sent.headers["location"]) == (303, "/session/new")
    at = await link(park.booboo.email, "/password-resets/")
    page = await browser.get(at)
    assert "You can no longer read the passwords of <strong>Rangers</strong>" in page.text
    assert "Nobody else holds the key" not in page.text
    short = await browser.post(at, data={"password": "x"})
    assert short.status_code == 422
    assert "<strong>Rangers</strong>" in short.text
    done = await browser.post(at, data={"password": FRESH})
    assert (done.status_code, done.headers["location"]) == (303, "/session/new")
    signed_in = await browser.post("/session", data={"email": park.booboo.email, "password": FRESH})
    assert signed_in.headers["location"] == "/"
    assert (await actions(park.booboo.email))[1] == "reset their password"
    assert (await letters(park.booboo.email))[-1][0] == "Your password has been changed"


async def test_after_a_reset_memberships_are_locked_and_nothing_old_opens_anything(park: Park) -> None:
    await park.yogi.program.post("/databases", json={"server": "main", "name": "lunch", "team": "rangers"})
    await park.yogi.program.post("/databases/main/lunch/roles", json={"name": "bear", "access": "readonly"})
    at = "/databases/main/lunch/roles/bear/password"
    assert (await park.booboo.browser.get(at)).status_code == 200
    before = await User.objects().get(User.email == park.booboo.email)
    reset = await (await park.client()).post(await asked(park), json={"password": FRESH})
    assert reset.status_code == 204
    assert problem(await park.booboo.program.get("/account"))["status"] == 401
    assert (await park.booboo.browser.get("/account")).headers["location"].startswith("/session/new")
    after = await User.objects().get(User.email == park.booboo.email)
    assert before is not None
    assert after is not None
    assert before.public_key != after.public_key
    again = await park.client()
    assert (await again.post("/session", json={"email": park.booboo.email, "password": PASSWORD})).status_code == 422
    await again.post("/session", json={"email": park.booboo.email, "password": FRESH})
    refused = problem(await again.get(at))
    assert (refused["status"], refused["type"]) == (403, "urn:jellystone:sealed")
    [row] = await DB.fetch('SELECT sealed_key FROM memberships WHERE "user" = $1', park.booboo.actor.user)
    assert row["sealed_key"] is None
    assert (await park.yogi.browser.get(at)).status_code == 200


async def test_the_warning_says_when_nobody_else_holds_the_key(park: Park) -> None:
    await DB.fetch("DELETE FROM tokens WHERE team IS NOT NULL")
    await DB.fetch('DELETE FROM memberships WHERE "user" <> $1', park.booboo.actor.user)
    [team] = (await (await park.client()).get(await asked(park))).json()["teams"]
    assert (team["slug"], team["others"]) == ("rangers", False)


async def test_a_stranger_learns_nothing_from_the_form(park: Park) -> None:
    browser = await park.client(accept=HTML)
    answers = [await browser.post("/password-resets", data={"email": e}) for e in (park.smith.email, "no@park.example")]
    notices = [answer.headers["set-cookie"].replace("no%40", "smith%40") for answer in answers]
    assert notices[0] == notices[1]
    assert answers[0].status_code == answers[1].status_code
    assert await letters("no@park.example") == []


async def test_asking_is_throttled_alike_for_every_address(park: Park) -> None:
    visitor = await park.client()
    for email in (park.smith.email, "no@park.example"):
        tried = [(await visitor.post("/password-resets", json={"email": email})).status_code for _ in range(6)]
        assert tried == [204, 204, 204, 204, 204, 429]


async def test_nothing_is_mailed_to_a_disabled_account(park: Park) -> None:
    await DB.fetch("UPDATE users SET disabled_at = now() WHERE email = $1", park.smith.email)
    assert (await (await park.client()).post("/password-resets", json={"email": park.smith.email})).status_code == 204
    assert await letters(park.smith.email) == []


async def test_a_link_works_once_even_at_the_same_time(park: Park) -> None:
    at, visitor = await asked(park), await park.client()
    answers = await asyncio.gather(*(visitor.post(at, json={"password": f"{FRESH} {n}"}) for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 410, 410, 410]


async def test_a_link_is_dead_after_a_day_another_email_or_another_password(park: Park) -> None:
    at, visitor = await asked(park), await park.client()
    [row] = await DB.fetch("SELECT expires_at - now() < interval '1 day' AS soon FROM links")
    assert row["soon"]
    await DB.fetch("UPDATE users SET email = 'elsewhere@park.example' WHERE email = $1", park.booboo.email)
    assert (await visitor.get(at)).status_code == 410
    await DB.fetch("UPDATE users SET email = $1 WHERE email = 'elsewhere@park.example'", park.booboo.email)
    assert (await visitor.get(at)).status_code == 200
    change = {"old_password": PASSWORD, "password": FRESH}
    assert (await park.booboo.browser.post("/account/password?_method=put", data=change)).status_code == 303
    assert (await visitor.post(at, json={"password": "another one, quite long"})).status_code == 410


async def test_one_kind_of_link_is_no_other(park: Park) -> None:
    secret = (await asked(park)).rpartition("/")[2]
    assert (await (await park.client()).post(f"/confirmations/{secret}")).status_code == 410

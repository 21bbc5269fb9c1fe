"""Confirming an address by the link that was mailed there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jellystone import settings
from jellystone.database import DB
from jellystone.settings import Settings
from tests.inbox import actions, letters, link, mails_wait, sign_in_long_ago
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
RANGER = "ranger@park.example"
NEW = "yogi.bear@park.example"


@pytest.fixture(autouse=True)
async def waiting(park: Park) -> AsyncIterator[None]:
    with mails_wait():
        yield


async def test_who_registers_gets_a_link_and_confirms_by_a_button(park: Park) -> None:
    browser = await park.client(accept=HTML)
    await browser.post("/account", data={"email": RANGER, "password": PASSWORD})
    assert "not confirmed" in (await browser.get("/account")).text
    at = await link(RANGER, "/confirmations/")
    for _ in range(2):  # a scanner looks first
        shown = await browser.get(at)
        assert f'action="{at}"' in shown.text
    assert "not confirmed" in (await browser.get("/account")).text
    done = await browser.post(at)
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    assert "not confirmed" not in (await browser.get("/account")).text
    assert (await actions(RANGER))[0] == "confirmed their e-mail"
    used = await browser.post(at)
    assert used.status_code == 410
    assert "This link is no longer good" in used.text


async def test_a_program_confirms_without_signing_in(park: Park) -> None:
    program = await park.client()
    made = await program.post("/account", json={"email": RANGER, "password": PASSWORD})
    assert made.json()["confirmed_at"] is None
    at, visitor = await link(RANGER, "/confirmations/"), await park.client()
    assert (await visitor.get(at)).json()["sent_to"] == RANGER
    assert (await visitor.post(at)).json()["purpose"] == "confirmation"
    assert (await program.get("/account")).json()["confirmed_at"]
    assert problem(await visitor.get(at))["type"] == "urn:jellystone:expired"


async def test_the_link_is_mailed_again_on_request_but_not_for_ever(park: Park) -> None:
    program = await park.client()
    await program.post("/account", json={"email": RANGER, "password": PASSWORD})
    assert (await program.post("/confirmations")).status_code == 202
    assert len(await letters(RANGER)) == 2
    for _ in range(4):
        await program.post("/confirmations")
    assert problem(await program.post("/confirmations"))["status"] == 429
    await program.post(await link(RANGER, "/confirmations/"))
    await DB.fetch("DELETE FROM throttles")
    assert problem(await program.post("/confirmations"))["status"] == 409


async def test_a_link_is_good_for_a_week(park: Park) -> None:
    program = await park.client()
    await program.post("/account", json={"email": RANGER, "password": PASSWORD})
    at = await link(RANGER, "/confirmations/")
    [row] = await DB.fetch("SELECT expires_at - created_at AS lasts FROM links")
    assert row["lasts"].days in (6, 7)
    await DB.fetch("UPDATE links SET expires_at = now() - interval '1 second'")
    assert problem(await program.post(at))["status"] == 410


async def test_no_secret_of_a_link_is_stored(park: Park) -> None:
    await (await park.client()).post("/account", json={"email": RANGER, "password": PASSWORD})
    secret = (await link(RANGER, "/confirmations/")).rpartition("/")[2]
    for table in ("links", "mails", "events", "users"):
        rows = await DB.fetch(f"SELECT {table}::text AS all FROM {table}")
        assert all(secret not in row["all"] and secret.encode().hex() not in row["all"] for row in rows)


async def test_an_email_changes_when_the_new_address_has_answered(park: Park) -> None:
    browser = park.yogi.browser
    sent = await browser.post("/account/email?_method=put", data={"email": f" {NEW.upper()} ".strip()})
    assert (sent.status_code, sent.headers["location"]) == (303, "/account")
    assert park.yogi.email in (await browser.get("/account")).text
    [(subject, notice)] = await letters(park.yogi.email)
    assert subject == "Your account is about to get another e-mail address"
    assert "y…@park.example" in notice
    assert "/confirmations/" not in notice
    done = await browser.post(await link(NEW, "/confirmations/"))
    assert done.headers["location"] == "/account"
    assert (await park.yogi.program.get("/account")).json()["email"] == NEW
    signed_in = await (await park.client()).post("/session", json={"email": NEW, "password": PASSWORD})
    assert signed_in.status_code == 201
    old = await (await park.client()).post("/session", json={"email": park.yogi.email, "password": PASSWORD})
    assert old.status_code == 422


async def test_only_the_account_itself_can_open_the_link_to_a_new_address(park: Park) -> None:
    """It may have been mailed to a stranger by mistake."""
    await park.yogi.browser.post("/account/email?_method=put", data={"email": NEW})
    at = await link(NEW, "/confirmations/")
    assert problem(await (await park.client()).post(at))["status"] == 401
    assert problem(await park.yogi.program.post(at))["status"] == 403
    assert (await park.smith.browser.post(at)).status_code == 403
    visitor = await (await park.client(accept=HTML)).get(at)
    assert visitor.headers["location"] == f"/session/new?next={at}"
    assert (await park.yogi.browser.post(at)).status_code == 303


async def test_only_the_newest_link_to_a_new_address_is_good(park: Park) -> None:
    await park.yogi.browser.post("/account/email?_method=put", data={"email": NEW})
    first = await link(NEW, "/confirmations/")
    await park.yogi.browser.post("/account/email?_method=put", data={"email": "ranger.yogi@park.example"})
    assert (await park.yogi.browser.post(first)).status_code == 410


@pytest.mark.parametrize("email", ["smith@park.example", "yogi@park.example", "nonsense"])
async def test_an_email_that_cannot_be_had_is_told_at_once(park: Park, email: str) -> None:
    answer = await park.yogi.browser.post("/account/email?_method=put", data={"email": email})
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert await DB.fetch("SELECT FROM links") == []


async def test_an_address_that_was_registered_meanwhile_is_not_taken_away(park: Park) -> None:
    await park.yogi.browser.post("/account/email?_method=put", data={"email": NEW})
    at = await link(NEW, "/confirmations/")
    await (await park.client()).post("/account", json={"email": NEW, "password": PASSWORD})
    assert (await park.yogi.browser.post(at)).status_code == 409
    assert (await park.yogi.program.get("/account")).json()["email"] == park.yogi.email


async def test_changing_the_email_asks_for_the_password_and_is_not_for_tokens(park: Park) -> None:
    assert problem(await park.yogi.program.put("/account/email", json={"email": NEW}))["status"] == 403
    await sign_in_long_ago(park.yogi)
    asked = await park.yogi.browser.post("/account/email?_method=put", data={"email": NEW})
    assert "Is it you?" in asked.text
    data = {"email": NEW, "_password": PASSWORD}
    assert (await park.yogi.browser.post("/account/email?_method=put", data=data)).status_code == 303


async def test_of_two_at_once_only_one_uses_a_link(park: Park) -> None:
    program = await park.client()
    await program.post("/account", json={"email": RANGER, "password": PASSWORD})
    at = await link(RANGER, "/confirmations/")
    answers = await asyncio.gather(*(program.post(at) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410, 410]


async def test_without_a_mail_server_no_link_is_promised(park: Park, given: Settings) -> None:
    settings.use(given)
    refused = await park.yogi.browser.post("/account/email?_method=put", data={"email": NEW})
    assert refused.status_code == 409
    assert "No mail server is set here" in refused.text
    made = await (await park.client()).post("/account", json={"email": RANGER, "password": PASSWORD})
    assert made.status_code == 201
    assert await DB.fetch("SELECT FROM mails") == []
    asked = await (await park.client()).post("/password-resets", json={"email": RANGER})
    assert problem(asked)["status"] == 409

"""The second factor: setting it up, signing in with it, and what helps when the app is lost."""

import asyncio
import re
import time
from base64 import b32decode
from html import unescape

import pytest
from httpx import AsyncClient, Response

from jellystone.database import DB
from jellystone.services import codes
from tests.inbox import actions, sign_in_long_ago
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
AT = "/account/two-factor"
SMITH = {"email": "smith@park.example", "password": PASSWORD}


def secret_in(spelled: str) -> bytes:
    return b32decode(spelled.replace(" ", ""))


def code(secret: bytes, *, steps: int = 1) -> str:
    """What the app shows one step from now, which is good already: `turned_on` has used the present one."""
    return codes._totp(secret).generate((int(time.time()) // 30 + steps) * 30).decode()


async def turned_on(park: Park) -> tuple[bytes, list[str]]:
    """Smith's secret and recovery codes."""
    program = await signed_in(park)
    secret = secret_in((await program.post(AT)).json()["secret"])
    answer = await program.put(AT, json={"code": code(secret, steps=0)})
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["codes"]


async def signed_in(park: Park, **headers: str) -> AsyncClient:
    """By password: with a second factor that is only the first step."""
    program = await park.client(**headers)
    assert (await program.post("/session", json=SMITH)).status_code == 201
    return program


def session(answer: Response) -> str:
    found = [line.partition(";")[0] for line in answer.headers.get_list("set-cookie") if line.startswith("jellystone=")]
    return found[0]


async def test_a_person_sets_it_up_with_a_picture_or_by_typing(park: Park) -> None:
    browser = park.smith.browser
    assert "Set it up" in (await browser.get(AT)).text
    page = await browser.post(AT)
    assert '<svg role="img"' in page.text
    secret = secret_in(re.findall(r'id="secret">([^<]+)<', page.text)[0])
    assert "otpauth://totp/Jellystone:smith%40park.example" in unescape(page.text)
    wrong = await browser.post(f"{AT}?_method=put", data={"code": "000000"})
    assert wrong.status_code == 422
    assert re.findall(r'id="secret">([^<]+)<', wrong.text) == re.findall(r'id="secret">([^<]+)<', page.text)
    assert (await park.smith.program.get(AT)).json()["enabled"] is False
    now = code(secret, steps=0)
    done = await browser.post(f"{AT}?_method=put", data={"code": f" {now[:3]} {now[3:]}"})
    assert len(re.findall(r"\b\w{4}-\w{4}-\w{4}-\w{4}\b", done.text)) == 10
    renewed = await park.client(accept=HTML, cookie=session(done))
    assert "10 codes left" in (await renewed.get(AT)).text
    assert (await browser.get("/account")).status_code == 303  # the cookie of before
    assert "turned on their second factor" in await actions(park.smith.email)


async def test_signing_in_takes_two_steps(park: Park) -> None:
    secret, _ = await turned_on(park)
    browser = await park.client(accept=HTML)
    first = await browser.post("/session", data={**SMITH, "next": "/teams?q=a"})
    assert first.headers["location"] == "/session/code?next=/teams%3Fq%3Da"
    half = session(first)
    for path in ("/account", "/teams", "/account/tokens", "/session/confirmation"):
        assert (await browser.get(path)).headers["location"].startswith("/session/code?next="), path
    assert "And now the code" in (await browser.get("/session/code?next=/teams")).text
    wrong = await browser.post("/session/code", data={"code": "000000", "next": "/teams"})
    assert wrong.status_code == 422
    assert 'name="next" value="/teams"' in wrong.text
    done = await browser.post("/session/code", data={"code": code(secret), "next": "/teams"})
    assert (done.status_code, done.headers["location"]) == (303, "/teams")
    assert (await browser.get("/account")).status_code == 200
    assert session(done) != half
    assert (await (await park.client(cookie=half)).get("/account")).status_code == 401


async def test_a_program_does_the_same(park: Park) -> None:
    secret, _ = await turned_on(park)
    program = await park.client()
    made = await program.post("/session", json=SMITH)
    assert (made.status_code, made.json()["second_factor"]) == (201, True)
    assert problem(await program.get("/account"))["status"] == 401
    assert problem(await program.post("/session/code", json={"code": "000000"}))["status"] == 422
    done = await program.post("/session/code", json={"code": code(secret)})
    assert (done.status_code, done.json()["second_factor"]) == (200, False)
    assert (await program.get("/account")).json()["second_factor"] is True
    assert problem(await program.post("/session/code", json={"code": code(secret)}))["status"] == 409
    assert (await park.smith.program.get("/account")).status_code == 200  # tokens stand for both factors


async def test_who_owes_the_code_may_sign_out(park: Park) -> None:
    await turned_on(park)
    program = await signed_in(park)
    assert (await program.delete("/session")).status_code == 204
    rows = await DB.fetch("SELECT FROM sessions WHERE second_factor_due")
    assert rows == []


async def test_a_code_works_once_also_at_the_same_time(park: Park) -> None:
    secret, _ = await turned_on(park)
    waiting = [await signed_in(park) for _ in range(4)]
    sent = {"code": code(secret)}
    answers = await asyncio.gather(*(program.post("/session/code", json=sent) for program in waiting))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]


async def test_a_recovery_code_signs_in_once_however_it_is_typed(park: Park) -> None:
    _, recovery = await turned_on(park)
    typed = recovery[3].upper().replace("-", " ").replace("0", "O").replace("1", "l")
    first, second = await signed_in(park), await signed_in(park)
    assert (await first.post("/session/code", json={"code": typed})).status_code == 200
    assert (await second.post("/session/code", json={"code": typed})).status_code == 422
    assert (await first.get(AT)).json()["recovery_codes_left"] == 9
    [row] = await DB.fetch(
        "SELECT details::text AS details FROM events WHERE action = 'signed in' ORDER BY at DESC LIMIT 1"
    )
    assert "recovery code" in row["details"]


async def test_new_recovery_codes_replace_the_old_ones(park: Park) -> None:
    _, old = await turned_on(park)
    program = await signed_in(park)
    await program.post("/session/code", json={"code": old[0]})
    new = (await program.post(f"{AT}/recovery-codes")).json()["codes"]
    assert len(set(new)) == 10
    other = await signed_in(park)
    assert (await other.post("/session/code", json={"code": old[1]})).status_code == 422
    assert (await other.post("/session/code", json={"code": new[1]})).status_code == 200


async def test_codes_cannot_be_guessed_without_end(park: Park) -> None:
    secret, _ = await turned_on(park)
    program = await signed_in(park)
    tried = [(await program.post("/session/code", json={"code": "000000"})).status_code for _ in range(5)]
    assert tried == [422] * 5
    assert problem(await program.post("/session/code", json={"code": code(secret)}))["status"] == 429
    assert (await actions(park.smith.email)).count("failed the second step") == 5
    another = await signed_in(park)  # counted for the account, not for the session
    assert (await another.post("/session/code", json={"code": code(secret)})).status_code == 429


async def test_the_right_password_alone_does_not_reset_the_count_of_attempts(park: Park) -> None:
    await turned_on(park)
    client = await park.client()
    await DB.fetch("DELETE FROM throttles")
    tried = [(await client.post("/session", json=SMITH)).status_code for _ in range(11)]
    assert tried == [201] * 10 + [429]


async def test_who_waits_too_long_with_the_code_begins_again(park: Park) -> None:
    secret, _ = await turned_on(park)
    program = await signed_in(park)
    [row] = await DB.fetch(
        "SELECT expires_at - now() <= interval '15 minutes' AS soon FROM sessions WHERE second_factor_due"
    )
    assert row["soon"]
    await DB.fetch("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE second_factor_due")
    assert problem(await program.post("/session/code", json={"code": code(secret)}))["status"] == 401


async def test_it_is_turned_off_with_the_password_asked(park: Park) -> None:
    _, recovery = await turned_on(park)
    program = await signed_in(park)
    await program.post("/session/code", json={"code": recovery[0]})
    await DB.fetch("UPDATE sessions SET authenticated_at = now() - interval '1 hour'")
    assert problem(await program.delete(AT))["type"] == "urn:jellystone:not-confirmed"
    await program.post("/session/confirmation", json={"password": PASSWORD})
    assert (await program.delete(AT)).status_code == 204
    assert (await program.get("/account")).json()["second_factor"] is False
    assert (await (await signed_in(park)).get("/account")).status_code == 200
    assert await DB.fetch("SELECT FROM recovery_codes") == []


async def test_setting_it_up_asks_for_the_password_and_is_not_for_tokens(park: Park) -> None:
    assert problem(await park.smith.program.post(AT))["status"] == 403
    await sign_in_long_ago(park.smith)
    asked = await park.smith.browser.post(AT)
    assert "Is it you?" in asked.text
    assert '<svg role="img"' in (await park.smith.browser.post(AT, data={"_password": PASSWORD})).text


async def test_no_secret_and_no_code_is_stored_in_the_clear(park: Park) -> None:
    secret, recovery = await turned_on(park)
    for table in ("users", "recovery_codes", "events", "sessions"):
        for row in await DB.fetch(f"SELECT {table}::text AS all FROM {table}"):
            assert secret.hex() not in row["all"]
            assert codes.spelled(secret).replace(" ", "") not in row["all"]
            assert not any(code in row["all"] or code.replace("-", "") in row["all"] for code in recovery)


async def test_setting_it_up_twice_is_refused_once_it_is_on(park: Park) -> None:
    _, recovery = await turned_on(park)
    program = await signed_in(park)
    await program.post("/session/code", json={"code": recovery[0]})
    assert problem(await program.post(AT))["status"] == 409
    assert problem(await program.put(AT, json={"code": "123456"}))["status"] == 409

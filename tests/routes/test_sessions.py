"""Signing in and out, and typing the password again."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from jellystone.services import hashing
from jellystone.tables.people import Session, User
from tests.otherwise import caller
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
YOGI = {"email": "yogi@park.example", "password": PASSWORD}
WRONG = "This e-mail and password do not belong together."


async def test_a_person_signs_in_and_lands_where_they_wanted_to_go(park: Park) -> None:
    browser = await park.client(accept=HTML)
    form = await browser.get("/session/new?next=/teams?q=R")
    assert 'name="next" value="/teams?q=R"' in form.text
    done = await browser.post("/session", data={**YOGI, "next": "/teams?q=R"})
    assert (done.status_code, done.headers["location"]) == (303, "/teams?q=R")
    assert park.yogi.email in (await browser.get("/account")).text


async def test_a_program_signs_in_and_out(park: Park) -> None:
    program = await park.client()
    made = await program.post("/session", json=YOGI)
    assert (made.status_code, made.headers["location"], made.json()["email"]) == (201, "/session", park.yogi.email)
    assert not re.search("secret|digest|key|password", made.text)
    assert (await program.get("/account")).status_code == 200
    assert (await program.delete("/session")).status_code == 204
    assert not program.cookies
    assert problem(await program.get("/account"))["status"] == 401


async def test_htmx_is_led_on_by_itself(park: Park) -> None:
    htmx = await park.client(accept="text/html", **{"hx-request": "true", "hx-request-type": "partial"})
    done = await htmx.post("/session", data={**YOGI, "next": "/teams"})
    assert (done.status_code, done.headers["hx-redirect"]) == (200, "/teams")
    assert "jellystone" in htmx.cookies


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"])
async def test_nobody_is_sent_to_another_site(park: Park, next: str) -> None:
    browser = await park.client(accept=HTML)
    assert "evil" not in (await browser.get("/session/new", params={"next": next})).text
    assert (await browser.post("/session", data={**YOGI, "next": next})).headers["location"] == "/"
    assert (await browser.post("/session/confirmation", data={**YOGI, "next": next})).headers["location"] == "/"
    new = {"email": "new@park.example", "password": PASSWORD, "next": next}
    assert (await browser.post("/account", data=new)).headers["location"] == "/"


async def test_a_place_that_no_header_can_carry_is_no_fault(park: Park) -> None:
    done = await (await park.client(accept=HTML)).post("/session", data={**YOGI, "next": "/teams?q=\u20ac"})
    assert (done.status_code, done.headers["location"]) == (303, "/teams?q=%E2%82%AC")


async def test_the_case_of_an_email_does_not_matter(park: Park) -> None:
    program = await park.client()
    made = await program.post("/session", json=YOGI | {"email": "YOGI@Park.Example"})
    assert made.json()["email"] == park.yogi.email


async def test_a_wrong_password_is_told_like_an_unknown_or_disabled_account(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same words, and by the same work."""
    await User.update({User.disabled_at: datetime.now(UTC)}).where(User.email == park.smith.email)
    work: list[str] = []
    matches = hashing.Cost.matches

    def counted(cost: hashing.Cost, stored: str | None, secret: bytes) -> bool:
        work.append("hash")
        return matches(cost, stored, secret)

    def never(*_: object) -> bytes:
        raise AssertionError("a second Argon2 for a known account would tell that it is known")

    monkeypatch.setattr(hashing.Cost, "matches", counted)
    monkeypatch.setattr("jellystone.services.passwords.key_for", never)
    program, browser = await park.client(), await park.client(accept=HTML)
    told = []
    tried = ((park.yogi.email, "wrong"), ("nobody@park.example", PASSWORD), (park.smith.email, PASSWORD))
    for email, password in tried:
        body = problem(await program.post("/session", json={"email": email, "password": password}))
        told.append({name: value for name, value in body.items() if name != "request_id"})
        page = await browser.post("/session", data={"email": email, "password": password})
        assert page.status_code == 422
        assert WRONG in page.text
        assert f'value="{email}"' in page.text
        assert password not in page.text.replace("password", "")
    assert told == [told[0]] * 3
    assert told[0]["errors"] == {"form": WRONG}
    assert work == ["hash"] * 6
    assert not browser.cookies


async def test_a_disabled_account_and_its_tokens_are_out_at_once(park: Park) -> None:
    await User.update({User.disabled_at: datetime.now(UTC)}).where(User.email == park.yogi.email)
    assert problem(await park.yogi.program.get("/account"))["status"] == 401
    assert (await park.yogi.browser.get("/account")).headers["location"] == "/session/new?next=/account"
    assert (await park.token.get("/teams/rangers")).status_code == 200, "the team's own token goes on"


async def test_after_too_many_attempts_an_email_must_wait(park: Park) -> None:
    program, browser = await park.client(), await park.client(accept=HTML)
    for _ in range(10):
        assert (await program.post("/session", json=YOGI | {"password": "wrong"})).status_code == 422
    for spelling in (park.yogi.email, park.yogi.email.upper()):
        refused = await program.post("/session", json=YOGI | {"email": spelling})
        assert problem(refused)["status"] == 429
        assert 0 < int(refused.headers["retry-after"]) <= 900
    page = await browser.post("/session", data=YOGI)
    assert (page.status_code, page.headers["retry-after"] > "0") == (429, True)
    assert "Too many attempts." in page.text
    assert f'value="{park.yogi.email}"' in page.text
    other = await program.post("/session", json=YOGI | {"email": park.smith.email})
    assert other.status_code == 201, "others are not concerned"
    assert (await park.yogi.browser.get("/account")).status_code == 200, "nor who is signed in"


async def test_an_unknown_email_must_wait_just_the_same(park: Park) -> None:
    program = await park.client()
    statuses = [
        (await program.post("/session", json={"email": "x@y", "password": "wrong"})).status_code for _ in range(11)
    ]
    assert statuses == [422] * 10 + [429]


async def test_after_too_many_attempts_an_address_must_wait(park: Park) -> None:
    async with caller(park.app, address="192.0.2.1") as one, caller(park.app, address="192.0.2.2") as other:
        for number in range(100):
            sent = {"email": f"bear{number}@park.example", "password": "wrong"}
            assert (await one.post("/session", json=sent)).status_code == 422
        assert problem(await one.post("/session", json=YOGI))["status"] == 429
        assert (await other.post("/session", json=YOGI)).status_code == 201


async def test_a_success_forgives_what_was_mistyped(park: Park) -> None:
    program = await park.client()
    for _ in range(2):
        for _ in range(9):
            assert (await program.post("/session", json=YOGI | {"password": "wrong"})).status_code == 422
        assert (await program.post("/session", json=YOGI)).status_code == 201


async def test_signing_out_ends_the_session_itself(park: Park) -> None:
    browser = await park.client(accept=HTML)
    await browser.post("/session", data=YOGI)
    copy = await park.client(cookie=f"jellystone={browser.cookies['jellystone']}")
    assert (await copy.get("/account")).status_code == 200
    before = await Session.count()
    out = await browser.post("/session?_method=delete")
    assert (out.status_code, out.headers["location"]) == (303, "/session/new")
    assert "jellystone" not in browser.cookies
    assert await Session.count() == before - 1
    assert (await copy.get("/account")).status_code == 401
    assert (await browser.post("/session?_method=delete")).headers["location"].startswith("/session/new")


async def test_each_sign_in_is_a_session_of_its_own_and_ends_the_browsers_last_one(park: Park) -> None:
    """So nobody can be given a session that somebody else knows."""
    browser = await park.client(accept=HTML)
    await browser.post("/session", data=YOGI)
    first = browser.cookies["jellystone"]
    await browser.post("/session", data=YOGI)
    assert browser.cookies["jellystone"] != first
    assert (await (await park.client(cookie=f"jellystone={first}")).get("/account")).status_code == 401
    assert (await park.yogi.browser.get("/account")).status_code == 200, "other browsers keep theirs"


async def test_an_expired_session_is_nobody(park: Park) -> None:
    await Session.update({Session.expires_at: datetime.now(UTC)}, force=True)
    assert (
        problem(await (await park.client(cookie=park.yogi.browser.headers["cookie"])).get("/account"))["status"] == 401
    )
    assert (await park.yogi.browser.get("/teams")).headers["location"] == "/session/new?next=/teams"


async def test_stay_signed_in_lasts_60_days_and_else_14_at_most(park: Park) -> None:
    for remember, days in ((True, 60), (False, 14)):
        made = await (await park.client()).post("/session", json=YOGI | {"remember": remember})
        ends = datetime.fromisoformat(made.json()["expires_at"])
        assert abs(ends - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=1)
        assert ("Max-Age" in made.headers["set-cookie"]) is remember


async def password_of_a_role(park: Park) -> str:
    made = await park.token.post("/databases", json={"name": "orders", "owner_role": True})
    assert made.status_code == 201, made.text
    return f"/databases/main/orders/roles/{made.json()['owner']['name']}/password"


async def sign_in_was(ago: timedelta) -> None:
    await Session.update({Session.authenticated_at: datetime.now(UTC) - ago}, force=True)


async def test_a_secret_asks_for_the_password_when_the_sign_in_is_long_ago(park: Park) -> None:
    at, yogi = await password_of_a_role(park), park.yogi
    assert (await yogi.browser.get(at)).status_code == 200
    await sign_in_was(timedelta(minutes=15, seconds=1))
    sent = await yogi.browser.get(at)
    form = f"/session/confirmation?next={at}"
    assert (sent.status_code, sent.headers["location"]) == (303, form)
    program = await park.client(cookie=yogi.browser.headers["cookie"])
    told = problem(await program.get(at))
    assert (told["status"], told["type"]) == (403, "urn:jellystone:not-confirmed")
    assert (await yogi.program.get(at)).status_code == 200, "a token has no such moment"
    page = await yogi.browser.get(form)
    assert f'name="next" value="{at}"' in page.text
    wrong = await yogi.browser.post("/session/confirmation", data={"password": "wrong", "next": at})
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    assert (await yogi.browser.get(at)).status_code == 303
    right = await yogi.browser.post("/session/confirmation", data={"password": PASSWORD, "next": at})
    assert (right.status_code, right.headers["location"]) == (303, at)
    assert (await yogi.browser.get(at)).status_code == 200
    await sign_in_was(timedelta(minutes=14, seconds=50))
    assert (await yogi.browser.get(at)).status_code == 200


async def test_a_program_with_a_cookie_confirms_too_and_a_token_cannot(park: Park) -> None:
    await sign_in_was(timedelta(hours=1))
    program = await park.client(cookie=park.yogi.browser.headers["cookie"])
    assert (await program.post("/session/confirmation", json={"password": PASSWORD})).status_code == 204
    refused = await park.yogi.program.post("/session/confirmation", json={"password": PASSWORD})
    assert problem(refused)["status"] == 403


async def test_confirming_is_throttled_like_signing_in(park: Park) -> None:
    program = await park.client(cookie=park.yogi.browser.headers["cookie"])
    for _ in range(10):
        assert (await program.post("/session/confirmation", json={"password": "wrong"})).status_code == 422
    assert problem(await program.post("/session/confirmation", json={"password": PASSWORD}))["status"] == 429

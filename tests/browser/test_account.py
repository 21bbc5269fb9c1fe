"""An account's safety as people meet it: the password asked in place, and the second factor."""

import re
import time
from base64 import b32decode

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.browser.site import PASSWORD, Person, Site
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio


async def long_ago(site: Site) -> None:
    """Everybody's last sign-in is too long ago."""
    await site.sql("UPDATE sessions SET authenticated_at = now() - interval '1 hour'")


async def arrive(visit: Visit, heading: str) -> None:
    await visit.page.get_by_role("heading", name=heading, level=1, exact=True).wait_for()


async def test_what_was_typed_is_still_there_after_the_password(either: Visit, yogi: Person, site: Site) -> None:
    await either.sign_in(yogi)
    await either.go("/account/tokens/new")
    await long_ago(site)
    await either.fill(name="ci & co")
    await either.page.get_by_label("write").check()
    either.expect(403, 422)
    await either.press("Make token")
    await arrive(either, "Is it you?")
    await either.fill(_password="not it")
    await either.press("Go on")
    await either.page.locator("#_password-error").wait_for()
    await either.fill(_password=PASSWORD)
    await either.press("Go on")
    await arrive(either, "The token ci & co is made")
    assert "read, write" in await either.text()


async def test_a_password_is_revealed_after_one_has_been_asked(either: Visit, yogi: Person, site: Site) -> None:
    database = await yogi.database(await yogi.team())
    at = f"/databases/{database['id']}/roles"
    role = await yogi.post(at, name=site.unused("bear"), access="readonly")
    await either.sign_in(yogi)
    await either.go(f"{at}/{role['name']}")
    await long_ago(site)
    await either.click("Reveal password")
    either.expect(422)
    if either.javascript:
        field = either.page.locator("#role-password").get_by_label("Your password")
        await field.fill("not it")
        await either.press("Go on")
        await either.page.locator("#role-password").get_by_text("This is not your password.").wait_for()
        await field.fill(PASSWORD)
    else:
        await either.fill(password=PASSWORD)
    await either.press("Go on")
    await either.page.locator("#role-password details").first.wait_for()
    assert "/confirmation" not in either.path
    if either.javascript:
        assert either.path == f"{at}/{role['name']}"  # nothing else of the page has gone


async def test_the_second_factor_from_the_picture_to_the_recovery_code(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    await either.go("/account")
    await either.click("Second factor")
    await either.press("Set it up")
    await either.page.locator("svg.qr").wait_for()
    app = TOTP(b32decode((await either.text("#secret")).replace(" ", "")), 6, SHA1(), 30)
    await either.fill(code=app.generate(int(time.time())).decode())
    await either.press("Turn on")
    await arrive(either, "Your second factor is on")
    recovery = re.findall(r"\w{4}-\w{4}-\w{4}-\w{4}", await either.text("#codes"))
    assert len(recovery) == 10
    await either.click("Sign out", role="button", within=either.page.get_by_role("banner"))
    for code in (app.generate(int(time.time()) + 30).decode(), recovery[0]):
        await either.go("/account")
        await either.fill(email=yogi.email, password=PASSWORD)
        await either.press("Sign in")
        await arrive(either, "And now the code")
        await either.fill(code=code)
        await either.press("Sign in")
        await arrive(either, "Your account")
        if code != recovery[0]:
            await either.click("Sign out", role="button", within=either.page.get_by_role("banner"))
    await either.page.get_by_text("9 recovery codes left").wait_for()
    await either.click("Second factor")
    await either.click("Turn off…")
    await either.press("Turn off")
    await either.page.get_by_text("takes only your password now").wait_for()


async def test_another_device_is_signed_out_from_here(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    await yogi.client.post("/session", json={"email": yogi.email, "password": PASSWORD})
    await either.go("/account")
    assert either.path.startswith("/session/new")  # the same browser signed in again: its former session is over
    await either.sign_in(yogi)
    other = Person(yogi.site, yogi.email, yogi.client)
    other.client.cookies.clear()
    await other.post("/session", email=yogi.email, password=PASSWORD)
    await either.go("/account/sessions")
    assert "this one" in await either.text()
    await either.press("End all others")
    await either.page.get_by_text("1 other session ended.").wait_for()
    assert (await other.client.get("/account")).status_code == 401


async def test_the_password_is_changed_and_this_window_stays_signed_in(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    await either.go("/account/password")
    await either.fill(old_password=PASSWORD, password="a basket full of pies")
    await either.press("Change password")
    await either.page.get_by_text("Your password is changed.").wait_for()
    assert either.path == "/account"


async def test_an_account_is_deleted_by_typing_its_email(either: Visit, yogi: Person, site: Site) -> None:
    await site.sql("UPDATE users SET operator = false WHERE email = $1", yogi.email)
    await either.sign_in(yogi)
    await either.go("/account")
    await either.click("Delete account…")
    await either.fill(email=yogi.email)
    await either.press("Delete account")
    await either.page.get_by_text("Your account is deleted.").wait_for()
    assert await site.sql("SELECT FROM users WHERE email = $1", yogi.email) == []

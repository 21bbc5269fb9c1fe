"""Signing in, and forms that were not filled in right."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opening
from tests.browser.site import PASSWORD, Person, Site
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio


async def test_a_wrong_form_keeps_what_was_typed_and_says_what_is_wrong(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    await yogi.team()
    await either.go("/databases/new")
    await either.fill(name="Trail Log", description="Who walked where")
    await either.page.get_by_label("Protected").uncheck()
    either.expect(422)
    await either.press("Create database")
    assert await either.page.locator("#name").input_value() == "Trail Log"
    assert await either.page.locator("#description").input_value() == "Who walked where"
    assert not await either.page.get_by_label("Protected").is_checked()
    assert "small letters" in await either.text(".summary")
    await either.click("Name: Use small letters", within=either.page.locator(".summary"))
    assert await either.page.evaluate("document.activeElement.id") == "name"


async def test_the_list_of_mistakes_is_read_first(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    await visit.go("/teams/new")
    visit.expect(422)
    await visit.press("Found team")
    assert await visit.page.evaluate("document.activeElement.className") == "summary"


async def test_a_name_that_is_taken_is_told_at_its_field(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    made = await yogi.database(await yogi.team())
    await either.go("/databases/new")
    await either.fill(name=made["name"])
    either.expect(409)
    await either.press("Create database")
    assert "taken" in await either.text(".field__error")
    assert await either.page.locator("#name").input_value() == made["name"]


async def test_a_sent_form_cannot_be_sent_twice(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    await visit.go("/teams/new")
    name = visit.site.unused("Twice")
    await visit.fill(name=name)
    await visit.page.get_by_role("button", name="Found team").dblclick()
    await visit.page.wait_for_url("**/teams/twice-*")
    assert await visit.heading() == f"{name} is founded"
    assert len(await visit.site.sql("SELECT FROM teams WHERE name = $1", name)) == 1


async def test_signing_in_leads_where_one_wanted_to_go(either: Visit, yogi: Person) -> None:
    team = await yogi.team()
    await either.go(f"/teams/{team}/events?page=1")
    assert either.path.startswith("/session/new?next=")
    either.expect(422)
    await either.fill(email=yogi.email, password="not the basket")
    await either.press("Sign in")
    assert await either.page.locator("#email").input_value() == yogi.email
    assert await either.page.locator("#password").input_value() == ""
    await either.fill(password=PASSWORD)
    await either.press("Sign in")
    assert either.path == f"/teams/{team}/events?page=1"


async def test_nobody_is_led_to_another_site(either: Visit, yogi: Person) -> None:
    await either.go("/session/new?next=//bears.example/honey")
    await either.fill(email=yogi.email, password=PASSWORD)
    await either.press("Sign in")
    assert either.path == "/"


async def test_staying_signed_in_outlives_the_browser_and_else_not(opening: Opening, yogi: Person) -> None:
    for stay in (False, True):
        async with opening() as visit:
            await visit.go("/session/new")
            await visit.fill(email=yogi.email, password=PASSWORD)
            await visit.page.get_by_label("Stay signed in").set_checked(stay)
            await visit.press("Sign in")
            assert await visit.heading() == "At a glance"
            (cookie,) = [one for one in await visit.context.cookies() if one["name"] == "jellystone"]
            assert (cookie["expires"] > 0) == stay


async def test_an_old_sign_in_asks_who_it_is_and_then_goes_on(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    made = await yogi.database(await yogi.team(), owner_role=True)
    await grow_old(either.site, yogi)
    at = f"/databases/{made['id']}/roles/{made['name']}"
    await either.go(at)
    await either.click("Reveal password")
    field = either.page.get_by_label("Your password")
    await field.fill("not the basket")
    either.expect(422)
    await either.press("Go on")
    await expect(either.page.locator(".field__error")).to_contain_text("not your password")
    await field.fill(PASSWORD)
    await either.press("Go on")
    await expect(either.page.locator("#secret-uri")).to_have_count(1)
    assert either.path == (at if either.javascript else f"{at}/password")


async def grow_old(site: Site, person: Person) -> None:
    old = "UPDATE sessions SET authenticated_at = now() - interval '20 minutes' FROM users u WHERE u.id = \"user\""
    await site.sql(f"{old} AND u.email = $1", person.email)

"""What JavaScript adds: search as you type, secrets in place, live states, copying, the theme."""

import re
from urllib.parse import quote

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opening
from tests.browser.site import Person
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio


async def test_search_as_you_type_replaces_the_rows_and_nothing_else(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    team = await yogi.team()
    honey, salmon = [(await yogi.database(team, name))["name"] for name in ("honey", "salmon")]
    await visit.go("/databases")
    await visit.page.evaluate("document.querySelector('h1').dataset.same = 'yes'")
    await visit.page.locator("#q").press_sequentially(honey)
    await expect(visit.page.get_by_role("link", name=salmon)).to_have_count(0)
    assert await visit.page.get_by_role("link", name=honey).count() == 1
    assert await visit.page.locator("h1").get_attribute("data-same") == "yes"
    assert await visit.page.locator("#q").input_value() == honey
    assert await visit.page.evaluate("document.activeElement.id") == "q"
    await expect(visit.page.locator("#announcer")).to_have_text("1 database")


async def test_a_search_can_be_sent_come_back_to_and_loaded_again(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    team = await yogi.team()
    honey, salmon = [(await yogi.database(team, name))["name"] for name in ("honey", "salmon")]
    await visit.go("/")
    await visit.go("/databases")
    await visit.fill(q=honey)
    await expect(visit.page).to_have_url(re.compile(f"q={honey}"))
    await visit.click(honey)
    assert honey in await visit.heading()
    await visit.page.go_back()
    assert await visit.page.locator("#q").input_value() == honey
    await expect(visit.page.get_by_role("link", name=salmon)).to_have_count(0)
    await visit.page.reload()
    assert await visit.page.get_by_role("link", name=salmon).count() == 0
    assert await visit.page.locator("header.sign").count() == 1
    await visit.page.go_back()
    assert visit.path == "/"


async def test_a_search_works_without_javascript(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    team = await yogi.team()
    honey, salmon = [(await yogi.database(team, name))["name"] for name in ("honey", "salmon")]
    await either.go("/databases")
    await either.fill(q=honey)
    await either.page.locator("#q").press("Enter")
    await expect(either.page).to_have_url(re.compile(f"q={honey}"))
    await expect(either.page.get_by_role("link", name=honey)).to_have_count(1)
    await expect(either.page.get_by_role("link", name=salmon)).to_have_count(0)


async def test_a_password_comes_into_the_page_and_leaves_it_again(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    made = await yogi.database(await yogi.team(), owner_role=True)
    await visit.go(f"/databases/{made['id']}")
    await visit.click("Reveal")
    secret = visit.page.locator("#secret-password")
    await expect(secret).to_be_hidden()
    await expect(visit.page.locator("#announcer")).to_contain_text("hidden behind dots")
    await visit.page.locator(".secret summary").first.click()
    await expect(secret).to_be_visible()
    assert made["owner"]["password"] == (await secret.inner_text()).strip()
    await visit.click("Hide")
    await expect(secret).to_have_count(0)
    assert made["owner"]["password"] not in await visit.page.content()
    assert await visit.page.evaluate("document.activeElement.textContent.startsWith('Reveal')")
    await visit.click("Reveal")
    await expect(secret).to_have_count(1)


async def test_copying_takes_a_secret_that_is_not_shown(visit: Visit, yogi: Person) -> None:
    await visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await visit.sign_in(yogi)
    made = await yogi.database(await yogi.team(), owner_role=True)
    await visit.go(f"/databases/{made['id']}/roles/{made['name']}/password")
    await visit.press("Copy the password")
    await expect(visit.page.get_by_role("button", name="Copied")).to_be_visible()
    assert await visit.page.evaluate("navigator.clipboard.readText()") == made["owner"]["password"]
    await visit.press("Copy it for uri")
    await expect(visit.page.locator("#announcer")).to_have_text("Copied.")
    assert await visit.page.evaluate("navigator.clipboard.readText()") == made["owner"]["uri"]
    assert not await visit.page.locator("#secret-uri").is_visible()


async def test_copying_works_where_the_browser_offers_no_clipboard(visit: Visit, yogi: Person) -> None:
    await visit.context.grant_permissions(["clipboard-read"])
    await visit.page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})")
    await visit.sign_in(yogi)
    made = await yogi.database(await yogi.team(), owner_role=True)
    await visit.go(f"/databases/{made['id']}/roles/{made['name']}/password")
    await visit.press("Copy the password")
    await expect(visit.page.get_by_role("button", name="Copied")).to_be_visible()


async def test_a_database_that_is_being_made_shows_when_it_is_ready(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    made = await yogi.database(await yogi.team(), owner_role=True)
    await leave_it(visit, made["name"], "creating")
    await visit.go(f"/databases/{made['id']}")
    await expect(visit.page.get_by_role("progressbar")).to_be_visible()
    assert await visit.page.get_by_role("heading", name="Connect").count() == 0
    await visit.site.sql("UPDATE databases SET status = 'ready' WHERE name = $1", made["name"])
    await expect(visit.page.get_by_role("heading", name="Connect")).to_be_visible()
    await expect(visit.page.locator("#announcer")).to_have_text(f"{made['name']}: ready")
    await expect(visit.page.get_by_role("progressbar")).to_have_count(0)


async def test_a_database_that_is_gone_at_last_leads_to_its_team(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    team = await yogi.team()
    made = await yogi.database(team)
    await leave_it(visit, made["name"], "deleting")
    await visit.go(f"/databases/{made['id']}")
    await expect(visit.page.get_by_text("is being deleted")).to_be_visible()
    await visit.site.sql("DELETE FROM databases WHERE name = $1", made["name"])
    await visit.page.wait_for_url(f"**/teams/{quote(team)}")
    assert f"{made['name']} is deleted." in await visit.text(".note--meadow")


async def test_loading_the_page_of_a_new_password_again_changes_nothing(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    made = await yogi.database(await yogi.team(), owner_role=True)
    await visit.go(f"/databases/{made['id']}/roles/{made['name']}/password/edit")
    await visit.press("Change password")
    new = await visit.page.locator("#secret-password").text_content()
    await visit.page.reload()
    assert await visit.page.locator("#secret-password").text_content() == new
    assert new != made["owner"]["password"]


async def test_a_form_for_a_password_that_is_sent_twice_changes_it_once(opening: Opening, yogi: Person) -> None:
    made = await yogi.database(await yogi.team(), owner_role=True)
    at = f"/databases/{made['id']}/roles/{made['name']}/password"
    async with opening(javascript=False) as visit:
        await visit.sign_in(yogi)
        await visit.go(f"{at}/edit")
        await visit.press("Change password")
        new = await visit.page.locator("#secret-password").text_content()
        visit.expect(409)
        await visit.page.reload()
        assert "changed meanwhile" in await visit.text(".summary")
        await visit.go(at)
        assert await visit.page.locator("#secret-password").text_content() == new


async def test_loading_the_page_of_a_new_token_again_makes_no_other(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    await visit.go("/account/tokens/new")
    await visit.fill(name="laptop")
    await visit.press("Make token")
    assert (await visit.text("#token")).startswith("jsp_")
    await visit.page.reload()
    assert await visit.heading() == "Personal tokens"
    assert "1 token" in await visit.text("caption")


async def test_a_theme_that_was_chosen_stays(visit: Visit) -> None:
    await visit.page.emulate_media(color_scheme="light")
    await visit.go("/")
    switch = visit.page.get_by_role("button", name="Theme:")
    await switch.click()
    await expect(switch).to_have_accessible_name("Theme: light")
    await switch.click()
    await expect(switch).to_have_accessible_name("Theme: dark")
    assert await ground(visit) == "rgb(20, 26, 23)"
    await visit.go("/session/new")
    assert await ground(visit) == "rgb(20, 26, 23)"
    await visit.page.get_by_role("button", name="Theme: dark").click()
    assert await ground(visit) == "rgb(250, 246, 238)"
    assert await visit.page.locator("html").get_attribute("data-theme") is None


async def ground(visit: Visit) -> str:
    return str(await visit.page.evaluate("getComputedStyle(document.body).backgroundColor"))


async def leave_it(visit: Visit, name: str, status: str) -> None:
    """As a crash would, and nobody takes it up while we look."""
    later = "retry_at = now() + interval '1 day'"
    await visit.site.sql(f"UPDATE databases SET status = $2, {later} WHERE name = $1", name, status)

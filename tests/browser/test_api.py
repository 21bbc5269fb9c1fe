"""The page /api: finding an operation, and trying it with a token, with one's session, and with neither."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import Opening
from tests.browser.site import Site
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio


async def send(visit: Visit, name: str, /, **values: str) -> Locator:
    """Fill in the form of an operation, send it, and return where the answer is told."""
    operation = visit.page.locator(f"#{name}")
    for field, value in values.items():
        await visit.page.locator(f"#try-{name}-{field}").fill(value)
    await operation.get_by_role("button", name="Send").click()
    return operation.locator(".trial__answer")


async def test_an_operation_is_found_by_its_words_and_kept_in_the_address(visit: Visit) -> None:
    await visit.go("/api")
    await visit.page.keyboard.press("/")
    await visit.page.keyboard.type("password role secrets")
    await expect(visit.page.locator(".count")).to_have_text("1 operation")
    await expect(visit.page.locator("#createDatabase")).to_be_hidden()
    await expect(visit.page.get_by_role("heading", name="Health")).to_be_hidden()
    for _ in range(20):
        await visit.page.keyboard.press("Tab")
        if await visit.page.evaluate("document.activeElement.closest('details')?.id") == "revealRolePassword":
            break
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.locator("#curl-revealRolePassword")).to_be_visible()
    assert visit.page.url.endswith("#revealRolePassword")
    await visit.page.evaluate("location.hash = 'createDatabase'")
    await expect(visit.page.locator("#curl-createDatabase")).to_be_visible()


async def test_it_is_tried_with_a_token_that_nothing_keeps(visit: Visit, site: Site) -> None:
    async with await site.person("yogi") as yogi:
        team = await yogi.post("/teams", name=site.unused("Rangers"))
        await visit.go("/api#listTeams")
        visit.expect(401, 404)
        await expect(await send(visit, "listTeams")).to_contain_text("401 Unauthorized")
        await visit.fill(key=str(team["token"]))
        await expect(await send(visit, "listTeams", per_page="7")).to_contain_text(f'"slug": "{team["slug"]}"')
        await expect(visit.page.locator("#listTeams .trial__answer")).to_contain_text('"per_page": 7')
        await visit.page.evaluate("location.hash = 'getDatabase'")
        answer = await send(visit, "getDatabase", server="main", name="../honey")
        await expect(answer).to_contain_text("404 Not Found")
        stored = await visit.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert str(team["token"]) not in stored
        await visit.page.reload()
        assert await visit.page.locator("#key").input_value() == ""


async def test_without_a_token_it_is_tried_as_who_is_signed_in(visit: Visit, site: Site) -> None:
    async with await site.person("yogi") as yogi:
        await visit.sign_in(yogi)
        await visit.go("/api#createTeam")
        name = site.unused("Picnic")
        await expect(await send(visit, "createTeam", body=f'{{"name": "{name}"}}')).to_contain_text("201 Created")
        found = await yogi.client.get("/teams", params={"q": name})
        assert found.json()["total"] == 1


async def test_without_javascript_all_is_there_but_nothing_to_try(opening: Opening) -> None:
    async with opening(javascript=False) as visit:
        await visit.go("/api")
        await visit.page.locator("#createRole > summary").click()
        await expect(visit.page.locator("#python-createRole")).to_contain_text("jellystone.roles.create(")
        await expect(visit.page.locator("#createRole")).to_contain_text("read and write")
        await expect(visit.page.get_by_text("Searching and trying need JavaScript")).to_be_visible()
        await expect(visit.page.locator("#key")).to_be_hidden()

"""Pages that keep their figures up to date while somebody looks, and disturb nobody by it."""

from typing import Any

import pytest
from playwright.async_api import Request, Route, expect

from tests.browser.site import Person
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio
HIDDEN = "hidden => Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})"
SOON = "document.querySelector('self-refresh').period = 10"
MARKED = "getSelection().selectAllChildren(document.querySelector('main caption'))"
ACTIVE = "document.activeElement.getAttribute('href')"


async def describe(visit: Visit, name: str, words: str) -> None:
    """Something to see that nobody measures meanwhile: this instance looks at its server."""
    await visit.site.sql("UPDATE databases SET description = $2 WHERE name = $1", name, words)


async def furnish(visit: Visit, yogi: Person) -> tuple[str, str]:
    """The slug of a team, and the name of its database."""
    await visit.sign_in(yogi)
    team = await yogi.team()
    return team, str((await yogi.database(team, "honey"))["name"])


async def test_each_overview_renews_its_figures(visit: Visit, yogi: Person) -> None:
    team, name = await furnish(visit, yogi)
    for words, at in {"Wild": "/", "Of limes": f"/teams/{team}", "Of acacias": f"/databases?q={name}"}.items():
        await visit.go(at)
        await visit.page.evaluate("document.querySelector('h1').dataset.same = 'yes'")
        await describe(visit, name, words)
        await visit.page.evaluate(SOON)
        await expect(visit.page.get_by_text(words)).to_be_visible()
        assert await visit.page.locator("h1").get_attribute("data-same") == "yes"
        assert visit.path == at
        await expect(visit.page.locator("#announcer")).to_have_text("", timeout=500)


async def test_servers_and_their_list_renew_themselves(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    (before,) = await visit.site.sql("SELECT public_host FROM servers WHERE name = 'main'")
    try:
        for at in ("/servers", "/servers/main"):
            await visit.go(at)
            await expect(visit.page.get_by_text("den.park.example")).to_have_count(0)
            await visit.site.sql("UPDATE servers SET public_host = 'den.park.example'")
            await visit.page.evaluate(SOON)
            await expect(visit.page.get_by_text("den.park.example")).to_be_visible()
            await visit.site.sql("UPDATE servers SET public_host = $1", before["public_host"])
    finally:
        await visit.site.sql("UPDATE servers SET public_host = $1", before["public_host"])


async def test_nothing_is_asked_while_nobody_looks(visit: Visit, yogi: Person) -> None:
    await furnish(visit, yogi)
    asked: list[str] = []
    await visit.go("/databases")
    visit.page.on("request", lambda request: asked.extend([request.url] if "/static/" not in request.url else []))
    await visit.page.evaluate(HIDDEN, True)
    await visit.page.evaluate(SOON)
    await visit.page.wait_for_timeout(1_200)
    assert asked == []
    await visit.page.evaluate(HIDDEN, False)
    async with visit.page.expect_request("**/databases"):
        await visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


async def test_the_focus_stays_on_its_link_and_what_is_marked_stays_marked(visit: Visit, yogi: Person) -> None:
    team, name = await furnish(visit, yogi)
    await visit.go("/")
    link = visit.page.locator(f"td a[href='/teams/{team}']")
    await link.focus()
    await describe(visit, name, "Runny")
    await visit.page.evaluate(SOON)
    await expect(visit.page.get_by_text("Runny")).to_be_visible()
    assert await visit.page.evaluate(ACTIVE) == f"/teams/{team}"
    await visit.page.evaluate(MARKED)
    await visit.page.wait_for_timeout(100)
    await describe(visit, name, "Set")
    await visit.page.wait_for_timeout(1_500)
    assert "1 database" in await visit.page.evaluate("getSelection().toString()")
    assert await visit.page.get_by_text("Set", exact=True).count() == 0
    await visit.page.evaluate("getSelection().removeAllRanges()")
    await expect(visit.page.get_by_text("Set", exact=True)).to_be_visible()


async def test_a_search_goes_before_what_was_asked_meanwhile(visit: Visit, yogi: Person) -> None:
    team, name = await furnish(visit, yogi)
    other = str((await yogi.database(team, "salmon"))["name"])
    held: list[Route] = []
    await visit.go("/databases?sort=size")
    await visit.page.evaluate("document.querySelector('self-refresh').period = 1e9")

    async def hold(route: Route, request: Request) -> Any:
        held.append(route)

    await visit.page.route("**/databases?sort=size", hold)
    async with visit.page.expect_request("**/databases?sort=size"):
        await visit.page.evaluate("document.querySelector('#database-rows').dispatchEvent(new Event('look-again'))")
    await visit.fill(q=name)
    await expect(visit.page.get_by_role("link", name=other)).to_have_count(0)
    assert len(held) == 1
    await visit.page.wait_for_timeout(100)
    assert await visit.page.get_by_role("link", name=name).count() == 1
    assert f"q={name}" in visit.path

"""Pages that nobody wants to see, and what they say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import expect

from tests.browser import tools
from tests.browser.site import Person, Site
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def without_events(site: Site) -> AsyncIterator[None]:
    """Our own database is not as we left it: whatever looks at events fails."""
    await site.sql("ALTER TABLE events RENAME TO eaten")
    try:
        yield
    finally:
        await site.sql("ALTER TABLE eaten RENAME TO events")


async def test_an_unknown_address_still_knows_who_is_there(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    either.expect(404)
    await either.go("/honey")
    assert await either.heading() == "This picnic table is empty"
    assert yogi.email in await either.text(".sign")
    assert "Sign in" not in await either.text("body")
    await either.click("Back to the station")
    assert await either.heading() == "At a glance"


async def test_an_unknown_address_offers_strangers_to_sign_in(either: Visit) -> None:
    either.expect(404)
    await either.go("/honey/pots")
    await either.click("Sign in", within=either.page.locator("main"))
    assert await either.heading() == "Sign in"


async def test_somebody_elses_database_is_as_good_as_none(either: Visit, site: Site, yogi: Person) -> None:
    made = await yogi.database(await yogi.team())
    async with await site.person("smith") as smith:
        await either.sign_in(smith)
        either.expect(404)
        await either.go(f"/databases/{made['id']}")
        assert await either.heading() == "This picnic table is empty"


async def test_our_own_trouble_is_told_with_the_number_of_the_request(either: Visit, yogi: Person) -> None:
    await either.sign_in(yogi)
    team = await yogi.team()
    either.expect(500)
    async with without_events(either.site):
        await either.go(f"/teams/{team}/events")
        assert "on our side" in await either.text()
        assert "eaten" not in await either.page.content()
        number = await either.text(".lost code")
        assert len(number) == 32
        await picture(either, "trouble")
    await either.click("Try again")
    assert "Events of" in await either.heading()


async def test_trouble_while_searching_leaves_the_page_as_it_was(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    made = await yogi.database(await yogi.team())
    await visit.go("/databases")
    await visit.site.sql("ALTER TABLE databases RENAME TO eaten")
    visit.expect(500)
    try:
        await visit.fill(q="honey")
        await expect(visit.page.locator("#trouble")).to_contain_text("on our side")
    finally:
        await visit.site.sql("ALTER TABLE eaten RENAME TO databases")
    assert await visit.page.get_by_role("link", name=made["name"]).count() == 1
    await visit.fill(q=made["name"])
    await expect(visit.page.locator("#trouble")).to_be_hidden()


async def picture(visit: Visit, name: str) -> None:
    if tools.PICTURES and visit.javascript:
        await visit.page.screenshot(path=tools.SCREENSHOTS / f"{name}-light.png", full_page=True)

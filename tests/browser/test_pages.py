"""Every page as everybody sees it: light and dark, on a desk and on a telephone, and by the rules of axe-core."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import ViewportSize

from tests.browser import tools, world
from tests.browser.conftest import Opening
from tests.browser.site import Site
from tests.browser.visit import Visit
from tests.browser.world import World

pytestmark = pytest.mark.anyio
IN_THE_DARK = ["color-contrast", "target-size", "link-in-text-block"]  # what else there is, light has told
NAMES = [*world.VISITORS, *world.PATHS, *world.DEEDS]
DESK = ViewportSize(width=1180, height=900)
TELEPHONE, SMALLEST = ViewportSize(width=360, height=740), ViewportSize(width=320, height=640)
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1);
    return document.documentElement.scrollWidth > width ? out.map((e) => e.outerHTML.slice(0, 120)) : [];
}"""
AXE = """(rules) => axe.run(document, {preload: false, resultTypes: ["violations"], ...rules}).then((found) =>
    found.violations.map(({id, help, nodes}) => `${id}: ${help}: ${nodes.map((n) => n.html).join(" ")}`))"""


@pytest.fixture(scope="session")
async def park(site: Site) -> AsyncIterator[World]:
    """Furnished once for each site: a worker may come back to this module."""
    furnished = await world.furnish(site)
    yield furnished
    await furnished.close()


@pytest.mark.parametrize("name", NAMES)
async def test_a_page_is_sound_for_everybody(name: str, park: World, opening: Opening) -> None:
    async with opening(viewport=DESK, device_scale_factor=1) as visit:
        await come_to(visit, park, name)
        assert await complaints(visit) == [], "light"
        await picture(visit, f"{name}-light")
        await visit.page.emulate_media(color_scheme="dark")
        await picture(visit, f"{name}-dark")
        await visit.page.set_viewport_size(TELEPHONE)
        assert await complaints(visit, runOnly=IN_THE_DARK) == [], "dark, 360 px"
        assert await visit.page.evaluate(TOO_WIDE) == []
        await visit.page.emulate_media(color_scheme="light")
        await picture(visit, f"{name}-360")
        await visit.page.set_viewport_size(SMALLEST)
        assert await visit.page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("name", ["home", "team", "database", "role", "databases"])
async def test_paper_shows_the_facts_and_nothing_to_press(name: str, park: World, opening: Opening) -> None:
    async with opening(color_scheme="dark") as visit:
        await come_to(visit, park, name)
        await visit.page.emulate_media(media="print")
        assert await visit.page.locator("h1").is_visible()
        assert not await visit.page.locator(".sign").is_visible()
        assert [one for one in await visit.page.get_by_role("button").all() if await one.is_visible()] == []
        ink, paper = await visit.page.evaluate(
            "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert (ink, paper) == ("rgb(29, 43, 36)", "rgba(0, 0, 0, 0)")
        assert (await visit.page.pdf(format="A4"))[:5] == b"%PDF-"
        await picture(visit, f"{name}-print")


async def test_nothing_is_out_of_reach_at_twice_the_size(park: World, opening: Opening) -> None:
    async with opening(viewport={"width": 590, "height": 450}, device_scale_factor=2) as visit:
        for name in ("home", "team", "database", "database-new"):
            await come_to(visit, park, name)
            assert await visit.page.evaluate(TOO_WIDE) == []


async def come_to(visit: Visit, park: World, name: str) -> None:
    if name not in world.VISITORS:
        await visit.sign_in(park.yogi)
    visit.expect({"not-found": 404, "password-reset-without-mail": 410}.get(name, 422))
    if deed := world.DEEDS.get(name):
        await deed(visit)
    else:
        path = world.VISITORS.get(name) or world.PATHS[name]
        await visit.go(path.format(token=park.token, email=park.yogi.email))
    await visit.page.wait_for_load_state("load")


async def complaints(visit: Visit, **rules: Any) -> Any:
    """What axe-core finds. Our policy allows no foreign script, so it is put in by the browser's own hand."""
    found = tools.axe()
    assert found is not None
    await visit.page.evaluate(found.read_text() + ";0")
    return await visit.page.evaluate(AXE, rules)


async def picture(visit: Visit, name: str) -> None:
    if tools.PICTURES:
        await visit.page.screenshot(path=tools.SCREENSHOTS / f"{name}.png", full_page=True)

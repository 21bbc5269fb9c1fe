"""Curves: their figures by pointer and by keyboard, with and without JavaScript, and newer ones by themselves."""

from itertools import pairwise

import pytest
from playwright.async_api import expect

from tests.browser import history
from tests.browser.site import Person
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio
EDGES = """() => [...document.querySelectorAll(".chart__below")].map((below) => [...below.querySelectorAll("text")]
    .map((text) => text.getBoundingClientRect()).filter(({width}) => width).map(({left, right}) => [left, right]))"""
HIDDEN = "hidden => Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})"


async def measured(visit: Visit, yogi: Person) -> str:
    """The name of a database with a day of figures."""
    await visit.sign_in(yogi)
    name = str((await yogi.database(await yogi.team(), "honey"))["name"])
    await history.write(visit.site, name)
    await visit.go(f"/databases/main/{name}/statistics")
    return name


async def test_a_step_is_read_by_pointer_and_by_arrow_keys(visit: Visit, yogi: Person) -> None:
    await measured(visit, yogi)
    chart = visit.page.locator("[aria-labelledby=chart-connections] chart-readout")
    said, line = chart.locator(".chart__said"), chart.locator(".crosshair")
    await expect(line).to_have_attribute("visibility", "hidden")
    await chart.locator(".chart__plot").hover()
    await expect(said).to_contain_text("UTC")
    await expect(line).to_have_attribute("visibility", "visible")
    await visit.page.mouse.move(2, 2)
    await expect(said).to_be_hidden()
    await expect(chart.locator(".chart__latest")).to_be_visible()

    slider = visit.page.get_by_role("slider", name="Connections")
    await slider.focus()
    steps = int(await slider.get_attribute("aria-valuemax") or 0)
    assert steps > 80
    for key, at in {"Home": 0, "ArrowRight": 1, "PageDown": 13, "ArrowLeft": 12, "End": steps}.items():
        await visit.page.keyboard.press(key)
        await expect(slider).to_have_attribute("aria-valuenow", str(at))
    for _ in range(2):  # the last step has only just begun
        await visit.page.keyboard.press("ArrowLeft")
    await expect(slider).to_have_attribute("aria-valuenow", str(steps - 2))
    words = await slider.get_attribute("aria-valuetext")
    assert words
    assert words == await said.inner_text()
    assert "in all 12" in words
    assert await chart.locator("title").count() == 0, "no second bubble under the pointer"


async def test_words_below_stand_beside_one_another(visit: Visit, yogi: Person) -> None:
    name = await measured(visit, yogi)
    for span in ("day", "week", "month", "year"):
        await visit.go(f"/databases/main/{name}/statistics?span={span}")
        for width in (320, 360, 700, 940, 1180):
            await visit.page.set_viewport_size({"width": width, "height": 800})
            for edges in await visit.page.evaluate(EDGES):
                assert len(edges) > 1
                assert all(one[1] < other[0] for one, other in pairwise(edges)), (span, width, edges)


async def test_figures_are_there_without_javascript(either: Visit, yogi: Person) -> None:
    name = await measured(either, yogi)
    assert await either.page.locator("[aria-labelledby=chart-size] chart-readout svg[role=img] desc").count() == 1
    if not either.javascript:
        assert await either.page.locator("[aria-labelledby=chart-size] chart-readout .slot title").count() > 80
        assert await either.page.get_by_text("Load the page again for newer figures").is_visible()
    await either.page.locator("#chart-size-table summary").click()
    assert await either.page.locator("#chart-size-table tbody tr").count() > 80
    await either.click("7 days")
    assert either.path.endswith("/statistics?span=week")
    await either.click("Overview")
    assert either.path == f"/databases/main/{name}"
    await either.click("Statistics", within=either.page.locator("#database-figures"))
    assert either.path.endswith("/statistics")


async def test_figures_renew_themselves_while_somebody_looks(visit: Visit, yogi: Person) -> None:
    name = await measured(visit, yogi)
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.extend([request.url] if "/statistics" in request.url else []))
    table = visit.page.locator("#chart-size-table")
    await table.locator("summary").focus()
    await visit.page.keyboard.press("Enter")
    await visit.page.evaluate(HIDDEN, True)
    await visit.page.evaluate("document.querySelector('self-refresh').period = 10")
    await visit.page.wait_for_timeout(1_200)
    assert asked == []
    await visit.site.sql("UPDATE databases SET connection_limit = 14 WHERE name = $1", name)
    await visit.page.evaluate(HIDDEN, False)
    await visit.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(visit.page.get_by_text("limit 14")).to_be_visible()
    assert asked[0] == f"{visit.site.url}/databases/main/{name}/statistics"
    await visit.page.wait_for_timeout(200)
    await expect(table).to_have_attribute("open", "")
    assert await visit.page.evaluate("document.activeElement.parentElement.id") == "chart-size-table"
    await visit.page.get_by_role("slider", name="Size", exact=True).focus()
    await visit.page.wait_for_timeout(100)
    so_far = len(asked)
    await visit.page.wait_for_timeout(1_200)
    assert len(asked) == so_far, "nobody is interrupted while they read"

"""No mouse: every step can be reached, and one sees where one is."""

import pytest
from playwright.async_api import expect

from tests.browser import history
from tests.browser.site import PASSWORD, Person
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio
FOCUS = """() => {
    const at = document.activeElement, around = at.closest(".choice") ?? at;
    const rings = [getComputedStyle(around), getComputedStyle(around, "::after")];
    const shown = rings.some((ring) => ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2);
    return [at.id || at.getAttribute("name") || at.textContent.trim(), shown, at === document.body];
}"""


async def tab_to(visit: Visit, name: str, *, steps: int = 40) -> None:
    """Press the tabulator until that has the focus; on the way there is always a ring to be seen."""
    for _ in range(steps):
        await visit.page.keyboard.press("Tab")
        at, shown, _ = await visit.page.evaluate(FOCUS)
        assert shown, f"no ring at {at}"
        if at == name:
            return
    raise AssertionError(f"{name} was not reached")


async def test_the_first_step_leads_past_the_sign(either: Visit) -> None:
    await either.go("/")
    await tab_to(either, "Skip to content", steps=1)
    assert await either.page.get_by_role("link", name="Skip to content").is_visible()
    await either.page.keyboard.press("Enter")
    await tab_to(either, "Register", steps=1)


async def test_one_signs_in_and_makes_a_database_and_a_role_by_keyboard(visit: Visit, yogi: Person) -> None:
    await yogi.team()
    keys = visit.page.keyboard
    await visit.go("/session/new")
    await expect(visit.page.locator("#email")).to_be_focused()
    await keys.type(yogi.email)
    await tab_to(visit, "password")
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await visit.page.wait_for_url(visit.site.url + "/")
    await tab_to(visit, "New database")
    await keys.press("Enter")
    await visit.page.wait_for_url("**/databases/new")
    await expect(visit.page.locator("#name")).to_be_focused()
    name = visit.site.unused("acorns")
    await keys.type(name)
    await tab_to(visit, "owner_role")
    await keys.press("Space")
    await tab_to(visit, "Create database")
    await keys.press("Enter")
    await visit.page.wait_for_url(f"**/databases/main/{name}")
    await tab_to(visit, "Make the first role")
    await keys.press("Enter")
    await visit.page.wait_for_url("**/roles/new")
    await expect(visit.page.locator("#name")).to_be_focused()
    await keys.type(f"{name}_reader")
    await tab_to(visit, "access")
    await keys.press("ArrowDown")
    await tab_to(visit, "Create role")
    await keys.press("Enter")
    await visit.page.wait_for_url("**/password")
    await visit.page.locator("summary").first.focus()
    await keys.press("Enter")
    assert await visit.page.locator("#secret-password").is_visible()
    rows = await visit.site.sql("SELECT access FROM roles WHERE name = $1", f"{name}_reader")
    assert rows[0]["access"] == "readonly"


async def test_every_stop_on_the_pages_of_figures_shows_where_one_is(visit: Visit, yogi: Person) -> None:
    await visit.sign_in(yogi)
    name = str((await yogi.database(await yogi.team(), "honey", owner_role=True))["name"])
    await history.write(visit.site, name)
    await visit.site.sql("UPDATE databases SET measured_at = now(), size_bytes = 9e6 WHERE name = $1", name)
    at = f"/databases/main/{name}"
    pages = {"/": name, at: "Time in queries", f"{at}/statistics": "Table of spilled to disk", "/servers/main": "main"}
    for page, landmark in pages.items():
        await visit.go(page)
        stops = []
        for _ in range(80):
            await visit.page.keyboard.press("Tab")
            stop, shown, left = await visit.page.evaluate(FOCUS)
            if left:
                break
            assert shown, f"no ring at {stop}"
            stops.append(stop)
        assert "Health" in stops, "the last one"
        assert landmark in stops or page == "/servers/main"

"""No mouse: every step can be reached, and one sees where one is."""

import pytest

from tests.browser.site import PASSWORD, Person
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio
FOCUS = """() => {
    const at = document.activeElement, style = getComputedStyle(at.closest(".choice") ?? at);
    const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [at.id || at.getAttribute("name") || at.textContent.trim(), shown];
}"""


async def tab_to(visit: Visit, name: str, *, steps: int = 40) -> None:
    """Press the tabulator until that has the focus; on the way there is always a ring to be seen."""
    for _ in range(steps):
        await visit.page.keyboard.press("Tab")
        at, shown = await visit.page.evaluate(FOCUS)
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
    await keys.type(yogi.email)
    await tab_to(visit, "password")
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await visit.page.wait_for_url(visit.site.url + "/")
    await tab_to(visit, "New database")
    await keys.press("Enter")
    await visit.page.wait_for_url("**/databases/new")
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

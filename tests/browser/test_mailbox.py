"""A developer reads a mail: its text on a page of ours, its HTML as a document apart; and every mail as it looks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from jellystone import settings
from tests.browser import tools
from tests.browser.site import PASSWORD
from tests.services import test_letters as mails
from tests.serving import Serving, open_folder

pytestmark = pytest.mark.anyio
AXE = """axe.run(document, {preload: false, rules: {"landmark-one-main": {enabled: false}, region: {enabled: false}}})
    .then((found) => found.violations.map((one) => `${one.id}: ${one.help}`))"""
"""A mail program shows a mail within a page of its own, which has the landmarks."""

OURS = ("Blocked script execution", "Autofocus")  # what the browser says to this test's own looking, and to htmx


@pytest.fixture(scope="module")
def developing() -> Iterator[Serving]:
    """As it starts when nothing is set."""
    with open_folder() as folder, Serving(folder) as jellystone:
        yield jellystone


async def complaints(page: Any) -> Any:
    axe = tools.axe()
    assert axe is not None
    await page.evaluate(axe.read_text() + ";0")
    return await page.evaluate(AXE)


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_developer_registers_and_follows_the_link_of_the_mail(
    browser: Browser, developing: Serving, javascript: bool
) -> None:
    context = await browser.new_context(java_script_enabled=javascript)
    context.set_default_timeout(5_000)
    page, said = await context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    email = f"yogi-{javascript}@park.example".lower()
    await page.goto(f"{developing.url}/account/new")
    await page.locator("#email").fill(email)
    await page.locator("#password").fill(PASSWORD)
    await page.get_by_role("button", name="Register").click()
    await page.get_by_role("link", name="Mailbox").click()
    await page.get_by_role("row").filter(has_text=email).get_by_role("link").click()
    assert "Somebody, probably you" in await page.locator("pre").inner_text()
    await page.get_by_role("link", name="See its HTML").click()
    button = page.get_by_role("link", name="Confirm this address")
    background = "e => getComputedStyle(e).backgroundColor"
    assert await button.evaluate(background) == "rgb(31, 90, 61)"
    await button.click()
    await page.wait_for_url("**/confirmations/*")
    assert await page.locator("main h1").is_visible()
    assert [text for text in said if not text.startswith(OURS)] == []
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", mails.FACTS)
async def test_a_mail_can_be_read_by_everybody_in_light_and_in_dark_and_on_a_telephone(
    browser: Browser, given: settings.Settings, tmp_path: Path, name: str, scheme: Any
) -> None:
    settings.use(given)
    file = tmp_path / "mail.html"
    file.write_text(mails.written(name).html)
    page = await browser.new_page(color_scheme=scheme, viewport={"width": 360, "height": 740})
    await page.goto(file.as_uri())
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert await complaints(page) == []
    if tools.PICTURES:
        shown = f"mail-{name.replace(' ', '-').replace('_', '-')}-{scheme}.png"
        await page.screenshot(path=tools.SCREENSHOTS / shown, full_page=True)
    await page.close()

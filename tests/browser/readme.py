"""Takes the README's pictures again: `uv run python -m tests.browser.readme` writes docs/images/."""

import asyncio
import signal

from playwright.async_api import Page, async_playwright

from jellystone.demo import park
from tests.browser import tools
from tests.demo.test_showing import shown
from tests.serving import open_folder

IMAGES = tools.ROOT / "docs" / "images"
MEASURED = 130.0  # seconds: two rounds of the collector
PICTURES = {"database": "/databases/main/picnics", "statistics": "/databases/main/picnics/statistics?span=day"}


async def take(url: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=tools.chromium(), args=[*tools.ARGUMENTS])
        page = await browser.new_page(viewport={"width": 1180, "height": 960})
        await page.goto(f"{url}/session/new")
        await page.fill("[name=email]", park.BOSS)
        await page.fill("[name=password]", park.PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_url(f"{url}/")
        for name, address in PICTURES.items():
            await page.goto(url + address)
            await both(page, name)
        await browser.close()


async def both(page: Page, name: str) -> None:
    await page.emulate_media(color_scheme="light")
    await page.screenshot(path=IMAGES / f"{name}.png")
    await page.emulate_media(color_scheme="dark")
    await page.screenshot(path=IMAGES / f"{name}-dark.png")


async def main() -> None:
    with open_folder() as folder:
        demo, url = await asyncio.to_thread(shown, folder)
        try:
            await asyncio.sleep(MEASURED)
            await take(url)
        finally:
            demo.send_signal(signal.SIGTERM)
            await asyncio.to_thread(demo.wait)


if __name__ == "__main__":
    asyncio.run(main())

"""Takes the README's pictures again: `uv run python -m tests.browser.readme` writes docs/images/."""

import asyncio

from playwright.async_api import async_playwright

from tests.browser import tools, world
from tests.browser.site import Site, opened

IMAGES = tools.ROOT / "docs" / "images"
STORY = (
    "UPDATE servers SET public_host = 'old-faithful.park.example', public_port = 5432, public_sslmode = 'require'",
    "UPDATE users SET email = 'yogi@park.example'",
    "UPDATE events SET actor = 'yogi@park.example'",
    "UPDATE roles SET connections = 1 WHERE name = 'trail_log'",
    "UPDATE roles SET connections = 0 WHERE name = 'trail_log_import'",
    "UPDATE databases SET measured_at = now() - interval '20s', last_query_at = now() - interval '5s'",
)


async def take(site: Site) -> None:
    furnished = await world.furnish(site)
    for statement in STORY:
        await site.sql(statement)
    async with furnished.yogi as yogi, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=tools.chromium(), args=[*tools.ARGUMENTS])
        context = await browser.new_context(viewport={"width": 1180, "height": 960})
        await context.add_cookies([yogi.cookie])  # type: ignore[list-item]
        page = await context.new_page()
        await page.goto(f"{site.url}/databases/main/trail_log")
        for scheme, name in {"light": "database", "dark": "database-dark"}.items():
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            await page.screenshot(path=IMAGES / f"{name}.png")
        await browser.close()
    await furnished.traffic.go()


if __name__ == "__main__":
    with opened() as site:
        asyncio.run(take(site))

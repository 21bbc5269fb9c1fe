"""A person in front of a browser, and all that the browser complains about meanwhile."""

import re
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request

from tests.browser.site import Person, Site

FAILED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
ALREADY = "Autofocus processing was blocked because a document already has a focused element."  # htmx was first


@dataclass
class Visit:
    """One window. `javascript` says which of the two kinds it is."""

    site: Site
    context: BrowserContext
    page: Page
    javascript: bool
    expected: set[int] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)

    @classmethod
    async def begin(cls, site: Site, context: BrowserContext, *, javascript: bool) -> Self:
        context.set_default_timeout(5_000)
        visit = cls(site, context, await context.new_page(), javascript)
        visit.page.on("console", visit._hear)
        visit.page.on("pageerror", lambda error: visit.troubles.append(f"page error: {error}"))
        visit.page.on("request", visit._see)
        return visit

    def expect(self, *statuses: int) -> None:
        """These answers are part of the test; any other failure is trouble."""
        self.expected.update(statuses)

    async def sign_in(self, person: Person) -> None:
        await self.context.add_cookies([person.cookie])  # type: ignore[list-item]

    async def go(self, path: str) -> None:
        await self.page.goto(self.site.url + path)

    async def click(self, name: str, *, role: Any = "link", within: Locator | None = None) -> None:
        await (within or self.page).get_by_role(role, name=name).click()

    async def press(self, name: str) -> None:
        await self.click(name, role="button")

    async def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            await self.page.locator(f"#{name}").fill(value)

    async def text(self, selector: str = "main") -> str:
        return await self.page.locator(selector).inner_text()

    async def heading(self) -> str:
        return (await self.page.locator("h1").inner_text()).strip()

    @property
    def path(self) -> str:
        parts = urlsplit(self.page.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _hear(self, message: ConsoleMessage) -> None:
        found = FAILED.match(message.text)
        if not (found and int(found[1]) in self.expected) and message.text != ALREADY:
            self.troubles.append(f"{message.type}: {message.text}")

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.troubles.append(f"a foreign request: {request.url}")

"""One server process and one browser for each worker; a new window for each test, in which nothing may go wrong."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from tests.browser import tools
from tests.browser.site import Person, Site, opened
from tests.browser.visit import Visit

Opening = Callable[..., AbstractAsyncContextManager[Visit]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    lacking = "" if tools.REQUIRED else tools.missing()
    for item in items if lacking else ():
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=f"{lacking} is not on this machine"))


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with opened() as site:
        yield site


@pytest.fixture(scope="session")
async def browser(anyio_backend: str, site: Site) -> AsyncIterator[Browser]:
    """Closed before the server is, which waits for its visitors."""
    assert not tools.missing(), f"{tools.missing()} is not on this machine"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=tools.chromium(), args=[*tools.ARGUMENTS])
        yield browser
        await browser.close()


@pytest.fixture
def opening(browser: Browser, site: Site) -> Opening:
    """`async with opening(javascript=False) as visit: …`; other options are Playwright's."""

    @asynccontextmanager
    async def open_window(*, javascript: bool = True, **options: Any) -> AsyncIterator[Visit]:
        given: dict[str, Any] = {"viewport": {"width": 1180, "height": 900}, "reduced_motion": "reduce"}
        context = await browser.new_context(java_script_enabled=javascript, **given | options)
        try:
            visit = await Visit.begin(site, context, javascript=javascript)
            yield visit
        finally:
            await context.close()
        assert visit.troubles == []

    return open_window


@pytest.fixture
async def visit(opening: Opening) -> AsyncIterator[Visit]:
    """With JavaScript, which is what most people have."""
    async with opening() as visit:
        yield visit


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
async def either(request: pytest.FixtureRequest, opening: Opening) -> AsyncIterator[Visit]:
    """The same test in both kinds of window."""
    async with opening(javascript=request.param) as visit:
        yield visit


@pytest.fixture
async def yogi(site: Site) -> AsyncIterator[Person]:
    async with await site.person("yogi") as person:
        yield person

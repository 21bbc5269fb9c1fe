"""The list of connections in a browser: it keeps itself up to date, and a query is cancelled from it."""

import asyncio

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opening
from tests.browser.site import Site

pytestmark = pytest.mark.anyio
SOON = "document.querySelector('self-refresh').period = 200"


async def test_who_comes_is_seen_at_once_and_a_query_is_cancelled(site: Site, opening: Opening) -> None:
    async with await site.person() as yogi, opening() as visit:
        made = await yogi.database(await yogi.team(), owner_role=True)
        await visit.sign_in(yogi)
        await visit.go(f"/databases/{made['id']}/connections")
        await expect(visit.page.get_by_text("Nobody is connected")).to_be_visible()
        await visit.page.evaluate(SOON)
        till = await asyncpg.connect(made["owner"]["uri"], server_settings={"application_name": "till"})
        row = visit.page.get_by_role("row", name="till")
        await expect(row).to_contain_text("idle")
        sleeping = asyncio.ensure_future(till.execute("SELECT pg_sleep(60)"))
        await expect(row).to_contain_text("pg_sleep")
        await visit.page.get_by_label("Find a role").fill("nobody of this name")
        await expect(visit.page.get_by_text("Nobody like that")).to_be_visible()
        await visit.page.get_by_label("Find a role").fill("till")
        await row.get_by_role("button", name="Cancel").click()
        with pytest.raises(asyncpg.QueryCanceledError):
            await sleeping
        await expect(visit.page.get_by_text("Its query is cancelled.")).to_be_visible()
        await till.close()

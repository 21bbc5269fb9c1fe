"""Somebody leaves, and an operator looks after accounts: as people do it, with JavaScript and without."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.site import Person, Site
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio
PENDING = "UPDATE roles SET pending_verifier = 'x', retry_at = now() + interval '1 day' WHERE name = $1"


async def left(site: Site, yogi: Person) -> tuple[str, str]:
    """A team of Yogi's that Boo-Boo belongs to, and a database that has a password."""
    team = await yogi.team()
    name = (await yogi.database(team, "honey", owner_role=True))["name"]
    async with await site.person("booboo") as booboo:
        invited = await yogi.client.post(f"/teams/{team}/invitations", json={"emails": [booboo.email]})
        await booboo.post(f"/invitations/{invited.json()[0]['link'].rpartition('/')[2]}")
        await booboo.client.get(f"/databases/main/{name}/roles/{name}/password")
    return team, name


async def test_after_somebody_is_removed_their_passwords_are_changed_with_one_button(
    either: Visit, yogi: Person, site: Site
) -> None:
    team, name = await left(site, yogi)
    await either.sign_in(yogi)
    await either.go(f"/teams/{team}")
    await either.click("Members")
    await either.click("Change… booboo", role="link")
    await either.page.get_by_role("link", name=re.compile("^Remove from")).click()
    assert "could open the team's passwords" in await either.text()
    await either.press("Remove")
    await expect(either.page.locator("h1")).to_have_text("Exposed passwords")
    assert "yes, revealed" in await either.text()
    await either.go(f"/teams/{team}")
    await either.click("See which")
    await either.press("Change 1 password")
    while not either.javascript and "still on the way" in await either.text():
        await either.click("Look again")
    await expect(either.page.get_by_role("heading", name="Nothing to worry about")).to_be_visible()
    await either.go(f"/teams/{team}/events")
    assert "changed all exposed passwords of" in await either.text()
    assert name in await either.text()


async def test_progress_shows_by_itself_and_without_javascript_by_a_link(
    either: Visit, yogi: Person, site: Site
) -> None:
    team, name = await left(site, yogi)
    members = (await yogi.client.get(f"/teams/{team}/members")).json()["items"]
    (booboo,) = [member["email"] for member in members if member["rank"] == "member"]
    await yogi.client.delete(f"/teams/{team}/members/{booboo}")
    await site.sql(PENDING.replace("SET ", "SET status = 'failed', problem = 'The server is away.', "), name)
    await either.sign_in(yogi)
    await either.go(f"/teams/{team}/exposures")
    assert "1 password still on the way" in await either.text()
    assert "The server is away." in await either.text()
    assert await either.page.get_by_role("link", name="Look again").count() == int(not either.javascript)
    await site.sql(
        "UPDATE roles SET pending_verifier = NULL, status = 'ready', password_changed_at = now() WHERE name = $1", name
    )
    if not either.javascript:
        await either.click("Look again")
    await expect(either.page.get_by_role("heading", name="Nothing to worry about")).to_be_visible()


async def test_an_operator_finds_an_account_and_disables_it(either: Visit, yogi: Person, site: Site) -> None:
    await site.sql("UPDATE users SET operator = true WHERE email = $1", yogi.email)
    async with await site.person("smith") as smith:
        await either.sign_in(yogi)
        await either.go("/")
        await either.page.get_by_role("main").get_by_role("link", name="People").click()
        await either.fill(q=smith.email)
        if not either.javascript:
            await either.press("Find")
        await either.page.get_by_role("link", name=smith.email).click()
        await either.press("Disable")
        await expect(either.page.get_by_role("button", name="Enable")).to_be_visible()
        assert (await smith.client.get("/teams")).status_code == 401
        await either.press("Enable")
        await expect(either.page.get_by_role("button", name="Disable")).to_be_visible()
        assert (await smith.client.get("/teams")).status_code == 200
        await either.click("Their events")
        assert "registered" in await either.text()
        await either.fill(action="signed in")
        await either.press("Find")
        await expect(either.page.locator("tbody")).not_to_contain_text("registered")
        async with either.page.expect_download() as download:
            await either.click("Download CSV")
        path = await (await download.value).path()
        assert path.read_text().startswith("id,at,actor,")
    await site.sql("UPDATE users SET operator = false WHERE email = $1", yogi.email)

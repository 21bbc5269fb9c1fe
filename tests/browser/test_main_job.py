"""From a fresh account to a psql prompt and back again, as people do it."""

import asyncio

import asyncpg
import pytest

from tests.browser.site import PASSWORD, Site
from tests.browser.visit import Visit

pytestmark = pytest.mark.anyio


async def test_the_whole_main_job(either: Visit, site: Site) -> None:
    team, database, reader = (site.unused(name) for name in ("Geyser Watch", "eruptions", "eruptions_reader"))
    await register(either, f"{site.unused('yogi')}@park.example")
    await found_a_team(either, team)
    owner = await create_a_database(either, database)
    assert await connects(owner) == database
    await create_a_role(either, database, reader)
    first = await reveal(either, reader)
    assert await connects(first) == reader
    second = await change_the_password(either, first)
    await give_other_access(either, second)
    await disable(either, second)
    await delete_the_role(either, reader)
    await delete_the_database(either, database)
    await disband(either, team)
    await either.press("Sign out")
    assert "You are signed out." in await either.text()


async def register(visit: Visit, email: str) -> None:
    await visit.site.sql("DELETE FROM throttles")
    await visit.go("/")
    await visit.click("Register", within=visit.page.locator("main"))
    await visit.fill(email=email, password=PASSWORD)
    await visit.press("Register")
    assert "Welcome to Jellystone." in await visit.text()
    assert "Start with a team" in await visit.text()


async def found_a_team(visit: Visit, name: str) -> None:
    await visit.click("Found a team")
    await visit.fill(name=name)
    await visit.press("Found team")
    assert await visit.heading() == f"{name} is founded"
    assert (await visit.text("#token")).startswith("jst_")


async def create_a_database(visit: Visit, name: str) -> str:
    """Its owner's URI."""
    await visit.click("New database")
    await visit.fill(name=name, description="Minutes between eruptions")
    await visit.press("Create database")
    assert f"{name} is ready" in await visit.text()
    return await uri(visit)


async def create_a_role(visit: Visit, database: str, name: str) -> None:
    await visit.click("Done")
    await visit.click(database, within=visit.page.locator(".head"))
    await visit.click("New role")
    await visit.fill(name=name)
    await visit.page.get_by_label("Read only").check()
    await visit.press("Create role")
    assert f"{name} is ready." in await visit.text()
    await visit.click("Done")


async def reveal(visit: Visit, role: str) -> str:
    """From its page: in place where JavaScript runs, on a page of its own where not."""
    at = visit.path
    assert role in await visit.heading()
    await visit.click("Reveal password")
    found = await uri(visit)
    assert visit.path == (at if visit.javascript else f"{at}/password")
    return found


async def change_the_password(visit: Visit, old: str) -> str:
    await visit.click("Hide" if visit.javascript else "Done")
    await visit.click("Change password")
    await visit.press("Change password")
    new = await uri(visit)
    assert new != old
    assert await connects(new)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connects(old)
    return new


async def give_other_access(visit: Visit, uri: str) -> None:
    await visit.click("Done")
    await visit.click("Change", within=visit.page.locator(".actions").first)
    await visit.page.get_by_label("Read and write").check()
    await visit.press("Save")
    assert "Saved." in await visit.text()
    assert "read and write" in await visit.text(".head")


async def disable(visit: Visit, uri: str) -> None:
    await visit.click("Change", within=visit.page.locator(".actions").first)
    await visit.page.get_by_label("May log in").uncheck()
    await visit.press("Save")
    assert "disabled" in await visit.text("h1")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await connects(uri)


async def delete_the_role(visit: Visit, name: str) -> None:
    await visit.click("Delete…")
    await visit.press("Delete role")
    assert f"{name} is deleted." in await visit.text()


async def delete_the_database(visit: Visit, name: str) -> None:
    await visit.click("Delete…")
    assert "protected" in await visit.text(".note--gold")
    await visit.click("Change its protection")
    await visit.page.get_by_label("Protected").uncheck()
    await visit.press("Save")
    await visit.click("Delete…")
    await visit.fill(name="something else")
    visit.expect(422)
    await visit.press("Delete database")
    assert f"Type {name} to delete it." in await visit.text(".summary")
    await visit.fill(name=name)
    await visit.press("Delete database")
    assert f"{name} is deleted." in await visit.text()
    gone = await visit.site.sql("SELECT FROM pg_database WHERE datname = $1", name)
    assert gone == []


async def disband(visit: Visit, team: str) -> None:
    assert await visit.heading() == team
    await visit.click("Disband…")
    await visit.fill(name=team)
    await visit.press("Disband team")
    assert f"{team} is disbanded." in await visit.text()


async def uri(visit: Visit) -> str:
    """Opens the dots in front of it, reads it, and closes them again."""
    secret = visit.page.locator(".secret", has=visit.page.locator("#secret-uri"))
    assert not await secret.locator("pre").is_visible()
    await secret.locator("summary").click()
    shown = (await secret.locator("pre").inner_text()).strip()
    await secret.locator("summary").click()
    assert not await secret.locator("pre").is_visible()
    return shown


async def connects(uri: str) -> str:
    """The role that the server takes us for."""
    connection = await asyncio.wait_for(asyncpg.connect(uri), 10)
    try:
        return str(await connection.fetchval("SELECT session_user"))
    finally:
        await connection.close()

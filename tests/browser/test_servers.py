"""An operator registers a server, makes a database on it, and removes it again: with JavaScript and without."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.browser.conftest import Opening
from tests.browser.site import PASSWORD, Person, Site
from tests.browser.test_forms import grow_old
from tests.browser.test_pages import DESK, IN_THE_DARK, SMALLEST, TELEPHONE, TOO_WIDE, complaints, picture
from tests.browser.visit import Visit
from tests.clusters import Cluster

pytestmark = pytest.mark.anyio
BASKETS = "honey & baskets"


@pytest.fixture(scope="module")
def second() -> Iterator[Cluster]:
    with Cluster(18) as cluster:
        yield cluster


@pytest.fixture
async def operator(site: Site, yogi: Person, second: Cluster) -> AsyncIterator[Person]:
    await site.sql("UPDATE users SET operator = true WHERE email = $1", yogi.email)
    yield yogi
    await site.sql("UPDATE users SET operator = false WHERE email = $1", yogi.email)
    await site.sql("DELETE FROM databases WHERE server IN (SELECT id FROM servers WHERE name <> 'main')")
    await site.sql("DELETE FROM servers WHERE name <> 'main'")
    second.psql("DROP DATABASE IF EXISTS honey WITH (FORCE)")
    for role in second.psql("SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|postgres$)'").split():
        second.psql(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_a_server_is_registered_used_and_removed(either: Visit, operator: Person, second: Cluster) -> None:
    team = await operator.team()
    await either.sign_in(operator)
    await either.go("/servers")
    await either.click("Register a server")
    sql = (await either.page.locator("#sql").inner_text()).rpartition("\\password")[0]
    second.psql(sql)  # as it stands on the page, but for the last line, which asks
    second.psql(f"ALTER ROLE jellystone_admin PASSWORD '{BASKETS}'")
    await grow_old(either.site, operator)
    url = f"postgresql://jellystone_admin@127.0.0.1:{second.port}/postgres"
    await either.fill(name="west", url=url, password=BASKETS)
    either.expect(403, 422)
    await either.press("Register")
    assert "Type your password again" in await either.text(".summary")
    assert await either.page.locator("#url").input_value() == url
    assert await either.page.locator("#password").input_value() == ""
    await either.fill(_password=PASSWORD, password="wrong")
    await either.press("Register")
    assert "does not take this password" in await either.text(".summary")
    await either.fill(password=BASKETS)
    await either.press("Register")
    assert (await either.heading()).split() == ["west", "ready"]
    assert "west is ready." in await either.text()
    assert BASKETS not in await either.page.content()
    await either.go("/databases/new?server=west")
    await either.fill(name="honey")
    await either.page.get_by_label("Team").select_option(team)
    await either.page.get_by_label("Make an owner role too").uncheck()
    await either.page.get_by_label("Protected").uncheck()
    await either.press("Create database")
    assert either.path == "/databases/west/honey"
    await either.go("/servers/west")
    await either.click("Remove…")
    assert "west still has 1 database" in await either.text()
    assert (await operator.client.delete("/databases/west/honey")).status_code == 204
    await either.go("/servers/west")
    await either.click("Edit")
    await either.page.get_by_text("Clients reach it at another address").click()
    await either.fill(public_host="west.park.example")
    await either.press("Save")
    assert "west.park.example" in await either.text()
    await either.click("Remove…")
    await either.fill(name="west")
    await either.press("Remove server")
    assert either.path == "/servers"
    assert "west is removed." in await either.text()


async def test_the_pages_are_sound_for_everybody(opening: Opening, operator: Person, second: Cluster) -> None:
    second.psql(f"CREATE ROLE ranger LOGIN CREATEDB CREATEROLE PASSWORD '{BASKETS}'")
    second.psql("GRANT CONNECT ON DATABASE postgres TO ranger")
    url = f"postgresql://ranger@127.0.0.1:{second.port}/postgres"
    await operator.post("/servers", name="east", url=url, password=BASKETS, public_host="db.park.example")
    await operator.team()
    async with opening(viewport=DESK, device_scale_factor=1) as visit:
        await visit.sign_in(operator)
        visit.expect(422)
        for at in ("/servers", "/servers/new", "/servers/east", "/servers/east/edit", "/servers/east/removal"):
            await visit.go(at)
            await sound(visit, at.strip("/").replace("/", "-"))
        await visit.go("/servers/new")
        await visit.fill(name="West", url="db.park.example")
        await visit.press("Register")
        await sound(visit, "servers-new-wrong")
        await visit.go("/databases/new")
        await sound(visit, "databases-new-several")


async def sound(visit: Visit, name: str) -> None:
    await visit.page.set_viewport_size(DESK)
    await visit.page.emulate_media(color_scheme="light")
    assert await complaints(visit) == [], name
    await picture(visit, f"{name}-light")
    await visit.page.emulate_media(color_scheme="dark")
    await picture(visit, f"{name}-dark")
    await visit.page.set_viewport_size(TELEPHONE)
    assert await complaints(visit, runOnly=IN_THE_DARK) == [], f"{name}, dark, 360 px"
    assert await visit.page.evaluate(TOO_WIDE) == [], name
    await picture(visit, f"{name}-360")
    await visit.page.set_viewport_size(SMALLEST)
    assert await visit.page.evaluate(TOO_WIDE) == [], name

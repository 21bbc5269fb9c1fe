"""Pages that keep their figures up to date: what htmx asks for again and again, while somebody looks."""

import pytest

from jellystone.database import DB
from jellystone.services import servers
from tests.demo.furnishing import furnish
from tests.park import Park

pytestmark = pytest.mark.anyio
OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'jellystone' AND datname = 'postgres'"
PARTS = {
    "/?sort=size": "div#home-figures",
    "/databases?q=ord&sort=size&page=1": "div#database-rows",
    "/teams/rangers?sort=size": "div#team-figures",
    "/servers": "div#server-rows",
    "/servers/main": "div#server-figures",
}


@pytest.fixture
async def orders(park: Park) -> None:
    await furnish(park, orders="shop")
    await DB.fetch("UPDATE databases SET size_bytes = 47 * 1048576, measured_at = now()")
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.yogi.email)


@pytest.mark.parametrize("at", PARTS)
async def test_figures_come_alone_and_know_where_to_ask_again(at: str, park: Park, orders: None) -> None:
    kind, _, id = PARTS[at].partition("#")
    part = (await park.yogi.htmx.get(at, headers={"hx-target": PARTS[at]})).text
    assert part.lstrip().startswith(f'<{kind} id="{id}"')
    assert f'hx-get="{at.replace("&", "&amp;")}" hx-trigger="look-again"' in part
    assert "<h1" not in part or id == "server-figures"
    page = (await park.yogi.browser.get(at)).text
    assert page.count("<self-refresh") == page.count('hx-trigger="look-again"') == 1
    if at != "/servers":
        assert "47 MB" in part


async def test_no_server_is_asked_for_them(park: Park, orders: None) -> None:
    await park.yogi.browser.get("/databases/main/orders/connections")
    assert (await park.sql(OURS))[0][0] > 0, "this page does ask"
    await servers.close_all()
    for at, target in PARTS.items():
        assert (await park.yogi.htmx.get(at, headers={"hx-target": target})).status_code == 200
    assert (await park.sql(OURS))[0][0] == 0


async def test_who_is_signed_out_meanwhile_is_shown_the_way_in(park: Park) -> None:
    visitor = await park.client(accept="text/html", **{"hx-request": "true"})
    for at, target in PARTS.items():
        answer = await visitor.get(at, headers={"hx-target": target})
        assert answer.headers["hx-redirect"].startswith("/session/new" if at[1] != "?" else "/"), at

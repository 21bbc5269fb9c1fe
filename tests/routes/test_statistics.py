"""/databases/…/statistics and /servers/…/statistics: the same figures for people, htmx and programs."""

import re
from datetime import timedelta

import pytest

from jellystone.database import DB
from jellystone.demo import history
from jellystone.web import axes
from tests.demo.furnishing import furnish, the_server
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
ORDERS, SERVER = "/databases/main/orders/statistics", "/servers/main/statistics"


@pytest.fixture
async def orders(park: Park) -> None:
    made = await furnish(park, orders="shop")
    await history.write(await the_server(), made, span=timedelta(hours=20), with_statements=False)


async def test_page_and_json_tell_the_same(park: Park, orders: None) -> None:
    told = (await park.yogi.program.get(ORDERS)).json()
    assert (told["span"], told["step_seconds"], len(told["points"]) > 70) == ("day", 900, True)
    assert told["now"]["stale"] is False
    page = (await park.yogi.browser.get(ORDERS)).text
    assert page.count("<chart-readout") == 8
    gaps = sum(point["connections"] is None for point in told["points"])
    assert 10 < gaps < 25, "four hours before it began, and one within"
    assert page.count("nothing known") >= 8 * gaps
    last = told["points"][-1]
    assert f"idle {axes.plain(last['connections_idle'])}," in page
    table = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)[0]
    assert table.count("<tr>") == len(told["points"])


async def test_htmx_gets_the_figures_alone_and_each_span_has_an_address(park: Park, orders: None) -> None:
    part = (await park.yogi.htmx.get(f"{ORDERS}?span=hour", headers={"hx-target": "div#figures"})).text
    assert part.lstrip().startswith('<div id="figures" hx-get="/databases/main/orders/statistics?span=hour"')
    assert "<html" not in part
    glance = (await park.yogi.htmx.get(ORDERS, headers={"hx-target": "section#database-figures"})).text
    assert glance.lstrip().startswith("<section")
    assert "Last use" in glance
    page = (await park.yogi.browser.get("/databases/main/orders")).text
    assert f'hx-get="{ORDERS}?span=day"' in page
    for span in ("hour", "week", "month", "year"):
        told = (await park.token.get(f"{ORDERS}?span={span}")).json()
        assert 1 <= len(told["points"]) <= 121
    assert problem(await park.token.get(f"{ORDERS}?span=decade"))["errors"].keys() == {"span"}


async def test_who_may_see_the_database_sees_its_figures(park: Park, orders: None) -> None:
    for person in (park.yogi, park.booboo, park.cindy):
        assert (await person.program.get(ORDERS)).status_code == 200
    assert problem(await park.smith.program.get(ORDERS))["status"] == 404
    assert (await park.smith.browser.get(ORDERS)).status_code == 404
    assert (await (await park.with_scopes("read")).get(ORDERS)).status_code == 200
    assert problem(await (await park.with_scopes("write")).get(ORDERS))["status"] == 403


async def test_what_a_server_carries_is_for_operators(park: Park, orders: None) -> None:
    for at in (SERVER, "/servers/main/load"):
        assert problem(await park.yogi.program.get(at))["status"] == 403
        assert problem(await park.token.get(at))["status"] == 403
    assert "All databases together" not in (await park.yogi.browser.get("/servers/main")).text
    assert (
        problem(await park.yogi.program.patch("/servers/main", json={"memory_given_bytes": 1 << 34}))["status"] == 403
    )
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.yogi.email)
    await DB.fetch("UPDATE servers SET memory_bytes = NULL, memory_given_bytes = NULL")

    assert max(point["commits_per_second"] or 0 for point in (await park.yogi.program.get(SERVER)).json()["points"]) > 1
    assert (await park.yogi.browser.get(SERVER)).text.count("<chart-readout") == 8
    load = (await park.yogi.program.get("/servers/main/load")).json()
    assert [share["id"] for share in load["biggest"]] == ["main/orders"]
    assert load["memory"]["total_bytes"] is None
    page = (await park.yogi.browser.get("/servers/main")).text
    assert "All databases together" in page
    assert "Say how much" in page

    assert 'value="17179869184"' in (await park.yogi.browser.get("/servers/main/edit")).text
    sent = await park.yogi.browser.post("/servers/main?_method=patch", data={"memory_given_bytes": str(1 << 34)})
    assert (sent.status_code, sent.headers["location"]) == (303, "/servers/main")
    load = (await park.yogi.program.get("/servers/main/load")).json()
    assert (load["memory"]["given_bytes"], load["memory"]["told"]) == (1 << 34, False)
    assert "as an operator said" in (await park.yogi.browser.get("/servers/main")).text
    changed = (await park.yogi.program.get("/events?q=main")).json()["items"][0]
    assert (changed["action"], changed["object_kind"]) == ("changed", "server")
    forgotten = await park.yogi.program.patch("/servers/main", json={"memory_given_bytes": None})
    assert forgotten.json()["memory"]["given_bytes"] is None

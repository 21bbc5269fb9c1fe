"""/databases/{server}/{database}/connections, for a person, htmx and programs."""

import asyncio
from html import unescape
from typing import Any

import asyncpg
import pytest

from jellystone.postgres import backends
from tests.park import Park, problem
from tests.proxy import second_server

pytestmark = pytest.mark.anyio
AT = "/databases/main/orders/connections"


async def connected(park: Park, name: str = "orders") -> "asyncpg.Connection[Any]":
    made = await park.token.post("/databases", json={"name": name, "owner_role": True, "protected": False})
    return await park.connect(made.json()["owner"]["uri"] + "&application_name=till")


async def running(park: Park) -> dict[str, Any]:
    """The one that is at work."""
    for _ in range(500):
        for one in (await park.token.get(AT)).json()["items"]:
            if one["state"] == "active":
                return dict(one)
        await asyncio.sleep(0.02)
    raise AssertionError("nobody works")


async def cut_off(session: "asyncpg.Connection[Any]") -> None:
    """Wait until its end has come through to the client."""
    for _ in range(500):
        if session.is_closed():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("still there")


async def test_everybody_of_the_team_sees_who_is_connected_and_what_they_run(park: Park) -> None:
    till = await connected(park)
    empty = await park.yogi.browser.get("/databases/main/orders/connections?q=zzz")
    assert "Nobody like that" in empty.text
    await till.execute("SET application_name = 'till <1>'; SELECT 'jam' AS basket, 'PASSWORD' AS nothing")
    listed = (await park.token.get(AT)).json()
    (one,) = listed["items"]
    assert (listed["total"], listed["idle"], listed["problem"]) == (1, 1, None)
    assert (one["role"], one["state"], one["pid"]) == ("orders_owner_user", "idle", till.get_server_pid()) or one[
        "role"
    ]
    assert one["query"].endswith("SELECT '…' AS basket, '…' AS nothing")
    assert one["client"] == "127.0.0.1"
    for person in (park.yogi, park.booboo, park.cindy):
        page = unescape((await person.browser.get(AT)).text)
        assert "till <1>" in page
        assert "'…'" in page
        assert ("End idle ones" in page) is (person is not park.cindy)
        shown = unescape((await person.browser.get(f"{AT}/{one['id']}")).text)
        assert "Last query" in shown
        assert ("End connection" in shown) is (person is not park.cindy)
    rows = (await park.cindy.htmx.get(f"{AT}?sort=role&q=TILL", headers={"hx-target": "div#backend-rows"})).text
    assert "<html" not in rows
    assert str(one["pid"]) in rows
    for stranger in (park.smith.program, park.smith.browser):
        assert (await stranger.get(AT)).status_code == 404
        assert (await stranger.get(f"{AT}/{one['id']}")).status_code == 404
    await till.close()


async def test_a_query_is_cancelled_a_session_ended_and_both_recorded(park: Park) -> None:
    till = await connected(park)
    for stop in (park.token, park.booboo.browser):
        sleeping = asyncio.ensure_future(till.execute("SELECT pg_sleep(60)"))
        one = await running(park)
        answer = await stop.post(f"{AT}/{one['id']}/cancellation")
        assert answer.status_code == (204 if stop is park.token else 303)
        with pytest.raises(asyncpg.QueryCanceledError):
            await sleeping
    ended = await park.yogi.browser.post(f"{AT}/{one['id']}?_method=delete")
    assert (ended.status_code, ended.headers["location"]) == (303, AT)
    await cut_off(till)
    assert problem(await park.token.delete(f"{AT}/{one['id']}"))["status"] == 404
    events = (await park.token.get("/teams/rangers/events?object=orders/")).json()["items"]
    done = [(event["action"], event["object_kind"]) for event in events if str(one["pid"]) in event["object"]]
    assert done == [("ended", "connection"), ("cancelled", "query"), ("cancelled", "query")]
    assert events[0]["details"]["application"] == "till"


async def test_all_idle_ones_are_ended_once_one_has_been_asked(park: Park) -> None:
    till = await connected(park)
    busy = await park.connect(park.cluster.url("orders"))
    asked = (await park.yogi.browser.get(f"{AT}/removal")).text
    assert "1 connection of orders does nothing" in asked
    assert (await park.token.delete(AT)).status_code in (400, 422)
    assert (await park.token.delete(f"{AT}?state=active")).status_code in (400, 422)
    assert (await park.yogi.browser.post(f"{AT}?state=idle&_method=delete")).status_code == 303
    await cut_off(till)
    assert await busy.fetchval("SELECT 1") == 1, "a superuser's"
    await busy.close()
    (event,) = (await park.token.get("/teams/rangers/events?action=ended")).json()["items"]
    assert (event["action"], event["details"]) == ("ended idle", {"number": 1})
    assert "No connection of orders is idle" in (await park.yogi.browser.get(f"{AT}/removal")).text


async def test_another_databases_connection_is_not_stopped_through_ours(park: Park) -> None:
    mine, yours = await connected(park), await connected(park, "weather")
    (one,) = (await park.token.get("/databases/main/weather/connections")).json()["items"]
    assert (await park.token.get(f"{AT}/{one['id']}")).status_code == 404
    assert (await park.token.delete(f"{AT}/{one['id']}")).status_code == 404
    assert (await park.token.post(f"{AT}/{one['id']}/cancellation")).status_code == 404
    assert [await session.fetchval("SELECT 1") for session in (mine, yours)] == [1, 1]
    await mine.close()
    await yours.close()


async def test_who_may_only_look_ends_nothing(park: Park) -> None:
    till = await connected(park)
    (one,) = (await park.token.get(AT)).json()["items"]
    for client in (park.cindy.program, park.cindy.browser, await park.with_scopes("read")):
        assert (await client.delete(f"{AT}/{one['id']}")).status_code == 403
        assert (await client.post(f"{AT}/{one['id']}/cancellation")).status_code == 403
        assert (await client.delete(f"{AT}?state=idle")).status_code == 403
    assert (await park.smith.program.delete(f"{AT}/{one['id']}")).status_code == 404
    assert await till.fetchval("SELECT 1") == 1
    await till.close()


async def test_a_server_that_is_away_or_silent_is_named_in_time(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "PATIENCE", 0.4)
    async with second_server(park) as door:
        await park.token.post("/databases", json={"name": "orders", "server": "away", "protected": False})
        door.stalled = True
        silent = problem(await park.token.get("/databases/away/orders/connections"))
        assert silent["detail"].startswith("The server away does not answer in time")
        page = await park.yogi.browser.get("/databases/away/orders/connections")
        assert page.status_code == 503
        assert "The server away does not answer" in page.text
        door.stalled = False
        await door.shut()
        gone = problem(await park.token.get("/databases/away/orders/connections"))
        assert (gone["status"], gone["detail"][:15]) == (503, "The server away")
        await door.open()
        assert (await park.token.get("/databases/away/orders/connections")).json()["total"] == 0
        await park.token.delete("/databases/away/orders")

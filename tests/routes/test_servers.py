"""/servers: what is managed, as it was at the last contact."""

import pytest

from jellystone.database import DB
from jellystone.services import servers
from tests.park import Park, problem

pytestmark = pytest.mark.anyio


async def test_everybody_signed_in_sees_them(park: Park) -> None:
    for client in (park.smith.program, park.token):
        listed = (await client.get("/servers")).json()
        assert [server["name"] for server in listed["items"]] == ["main"]
        assert (await client.get("/servers/main")).json() == listed["items"][0]
    assert 'href="/servers/main"' in (await park.smith.browser.get("/servers")).text
    assert problem(await (await park.client()).get("/servers"))["status"] == 401


async def test_facts_come_from_the_last_contact(park: Park) -> None:
    await servers.refresh_all()
    server = (await park.smith.program.get("/servers/main")).json()
    assert (server["host"], server["port"]) == ("127.0.0.1", park.cluster.port)
    assert server["version"].startswith("18")
    assert 0 < server["connections"] < server["connections_usable"] <= 100
    assert server["rights"]["superuser"] is True
    assert server["started_at"] < server["contacted_at"]
    assert server["problem"] is None
    page = (await park.smith.browser.get("/servers/main")).text
    assert f"PostgreSQL {server['version']}" in page
    assert f"127.0.0.1:{park.cluster.port}" in page


async def test_no_admin_password_is_in_any_answer(park: Park) -> None:
    for at in ("/servers", "/servers/main"):
        for client in (park.yogi.browser, park.yogi.program):
            text = (await client.get(at)).text
            assert park.cluster.password not in text
            assert "wrapped" not in text


async def test_a_problem_is_said_in_words(park: Park) -> None:
    await DB.fetch("UPDATE servers SET problem = 'main does not answer.'")
    try:
        for at in ("/servers", "/servers/main"):
            assert "unreachable" in (await park.smith.browser.get(at)).text
        assert (await park.smith.program.get("/servers/main")).json()["problem"] == "main does not answer."
    finally:
        await DB.fetch("UPDATE servers SET problem = NULL")


async def test_they_are_searched_and_an_unknown_one_is_not_there(park: Park) -> None:
    assert (await park.smith.program.get("/servers?q=AI")).json()["total"] == 1
    assert (await park.smith.program.get("/servers?q=%25%25")).json()["total"] == 0
    assert problem(await park.smith.program.get("/servers/nowhere"))["status"] == 404
    assert (await park.smith.browser.get("/servers/nowhere")).status_code == 404

"""/databases/{server}/{database}/parameters: what new sessions begin with, for people and programs."""

from typing import Any

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.jobs import reconciler
from jellystone.services import servers
from tests.inbox import actions
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
AT = "/databases/main/orders/parameters"


@pytest.fixture
async def uri(park: Park) -> str:
    await servers.refresh(await servers.by_name("main"))
    made = await park.token.post("/databases", json={"name": "orders", "owner_role": True, "protected": False})
    return str(made.json()["owner"]["uri"])


async def shown(park: Park, uri: str, *names: str) -> list[Any]:
    """As a session has it that begins now."""
    session: asyncpg.Connection[Any] = await park.connect(uri)
    try:
        return [await session.fetchval(f"SHOW {name}") for name in names]
    finally:
        await session.close()


async def operator(park: Park) -> Any:
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.smith.email)
    return park.smith


async def test_a_program_sets_some_of_them_and_takes_them_back(park: Park, uri: str) -> None:
    before = (await park.cindy.program.get(AT)).json()
    assert (before["statement_timeout_ms"], before["applied"], before["settable"]) == (None, True, [])
    assert before["server"]["statement_timeout_ms"] == 0
    assert before["server"]["work_mem_bytes"] == 4 << 20
    assert before["server"]["search_path"] == ["$user", "public"]
    wanted = {
        "statement_timeout_ms": 30_000,
        "work_mem_bytes": 16 << 20,
        "timezone": "Europe/Berlin",
        "search_path": ["$user", "It's", "public"],
        "transaction_timeout_ms": 60_000,
    }
    done = await park.token.patch(AT, json=wanted)
    assert done.status_code == 200
    assert {name: done.json()[name] for name in wanted} == wanted
    assert done.json()["lock_timeout_ms"] is None
    names = ("statement_timeout", "work_mem", "timezone", "search_path", "transaction_timeout")
    now = ["30s", "16MB", "Europe/Berlin", '"$user", "It\'s", public', "1min"]
    assert await shown(park, uri, *names) == now
    assert (await actions("main/orders"))[0] == "set parameters of"
    kept = await park.token.patch(AT, json={"statement_timeout_ms": None, "search_path": []})
    assert (kept.json()["statement_timeout_ms"], kept.json()["search_path"]) == (None, None)
    assert await shown(park, uri, *names) == ["0", "16MB", "Europe/Berlin", '"$user", public', "1min"]
    put = await park.token.put(AT, json={"lock_timeout_ms": 5000})
    assert (put.json()["lock_timeout_ms"], put.json()["work_mem_bytes"]) == (5000, None)
    assert await shown(park, uri, "lock_timeout", "statement_timeout", "work_mem") == ["5s", "0", "4MB"]


async def test_a_person_fills_in_a_form_and_reads_what_the_server_does_by_itself(park: Park, uri: str) -> None:
    page = (await park.booboo.browser.get(AT)).text
    assert "Empty: the server&#39;s own, no limit." in page
    assert "The server&#39;s own, 4 MB" in page
    form = {"statement_timeout_ms": "30000", "search_path": "orders\r\npublic", "timezone": "", "work_mem_bytes": ""}
    done = await park.booboo.browser.post(f"{AT}?_method=patch", data=form)
    assert (done.status_code, done.headers["location"]) == (303, AT)
    assert await shown(park, uri, "statement_timeout", "search_path") == ["30s", "orders, public"]
    assert ">\norders\npublic</textarea>" in (await park.booboo.browser.get(AT)).text
    wrong = await park.booboo.browser.post(f"{AT}?_method=patch", data=form | {"statement_timeout_ms": "5"})
    assert wrong.status_code == 422
    assert "0 for no limit, or at least 100" in wrong.text
    read = (await park.cindy.browser.get(AT)).text
    assert "30 seconds" in read
    assert "Save" not in read


async def test_what_cannot_be_is_refused_and_nothing_changes(park: Park, uri: str) -> None:
    await park.token.patch(AT, json={"timezone": "UTC"})
    nowhere = problem(await park.token.patch(AT, json={"timezone": "Jellystone/Geyser", "lock_timeout_ms": 1000}))
    assert (nowhere["status"], list(nowhere["errors"])) == (422, ["timezone"])
    now = (await park.token.get(AT)).json()
    assert (now["timezone"], now["lock_timeout_ms"], now["applied"], now["problem"]) == ("UTC", None, True, None)
    assert (await shown(park, uri, "lock_timeout")) == ["0"]
    assert (await actions("main/orders"))[0] == "could not set parameters of"
    wrong = {"work_mem_bytes": 1 << 30, "search_path": ['a"b'], "timezone": "x y", "lock_timeout_ms": -1, "role": "x"}
    assert set(problem(await park.token.patch(AT, json=wrong))["errors"]) == set(wrong)
    assert set(problem(await park.token.patch(AT, json={"lock_timeout_ms": 99}))["errors"]) == {"lock_timeout_ms"}
    await DB.fetch("UPDATE servers SET version_number = 150018")
    older = problem(await park.token.patch(AT, json={"transaction_timeout_ms": 1000}))
    assert older["errors"] == {"transaction_timeout_ms": "It takes PostgreSQL 17 or newer."}


async def test_who_may_not_is_told_so(park: Park, uri: str) -> None:
    body = {"lock_timeout_ms": 1000}
    assert problem(await park.cindy.program.patch(AT, json=body))["status"] == 403
    assert problem(await park.smith.program.patch(AT, json=body))["status"] == 404
    assert problem(await (await park.with_scopes("read")).patch(AT, json=body))["status"] == 403
    binding = problem(await park.yogi.program.patch(AT, json={"temp_file_limit_bytes": None}))
    assert binding["errors"] == {"temp_file_limit_bytes": "Only operators may set this."}


async def test_operators_also_set_limits_that_bind(park: Park, uri: str) -> None:
    smith = await operator(park)
    body = {"log_min_duration_statement_ms": 500, "temp_file_limit_bytes": 1 << 30, "lock_timeout_ms": 2000}
    done = await smith.program.patch(AT, json=body)
    assert done.status_code == 200, done.text
    assert await shown(park, uri, "temp_file_limit", "log_min_duration_statement") == ["1GB", "500ms"]
    assert "Log statements from" in (await smith.browser.get(AT)).text
    assert "Log statements from" not in (await park.yogi.browser.get(AT)).text
    kept = await park.yogi.program.put(AT, json={})
    assert (kept.json()["temp_file_limit_bytes"], kept.json()["lock_timeout_ms"]) == (1 << 30, None)
    await DB.fetch("UPDATE servers SET session_defaults = jsonb_set(session_defaults, '{settable}', '[]')")
    lacking = (await smith.program.get(AT)).json()["missing"]["temp_file_limit_bytes"]
    assert "GRANT SET ON PARAMETER temp_file_limit TO " in lacking


async def test_what_a_crash_cut_short_is_finished_later(park: Park, uri: str) -> None:
    """The row is written before the server hears of it: that is where a kill leaves it."""
    await DB.fetch("UPDATE databases SET parameters = '{\"lock_timeout\": 3000}', parameters_applied = false")
    assert (await park.token.get(AT)).json()["applied"] is False
    assert "has not got these values yet" in (await park.yogi.browser.get(AT)).text
    await reconciler.take_up()
    await reconciler.finish_unfinished()
    assert (await park.token.get(AT)).json()["applied"] is True
    assert await shown(park, uri, "lock_timeout") == ["3s"]

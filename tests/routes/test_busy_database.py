"""Real traffic on one database shows on its pages within two samples, and on nobody else's."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest

from jellystone.database import DB
from jellystone.jobs import collector
from jellystone.services import servers, steps, watching
from tests.park import Park

PGBENCH = shutil.which("pgbench")
pytestmark = [pytest.mark.anyio, pytest.mark.skipif(not PGBENCH, reason="PostgreSQL's pgbench is not here")]
AT = "/databases/main/orders"


@pytest.fixture(autouse=True)
async def watched(park: Park) -> AsyncIterator[None]:
    """As a new leader finds a server that nobody has looked at."""
    await steps.prepare()
    await DB.fetch("TRUNCATE counters, looks, visits, rounds, figures_minute, statements_minute")
    await park.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    yield
    await watching.close_all()


async def sample(*kinds: str) -> None:
    server = await servers.by_name("main")
    for kind in kinds:
        assert await collector.look_once(server, kind, watching.LOOKS[kind]), kind


async def pgbench(uri: str, *words: str) -> None:
    assert PGBENCH
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        PGBENCH, *words, uri, stdout=quiet, stderr=asyncio.subprocess.PIPE, env={**os.environ, "PGAPPNAME": "pgbench"}
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


async def made(client: Any, name: str, **more: Any) -> str:
    sent = {"name": name, "owner_role": True, "protected": False, **more}
    answer = await client.post("/databases", json=sent)
    return str(answer.json()["owner"]["uri"])


async def test_pgbench_shows_on_the_pages_of_its_database_and_on_no_other(park: Park) -> None:
    uri, _ = await made(park.token, "orders"), await made(park.token, "weather")
    await park.smith.program.post("/teams", json={"name": "Pic-a-nic"})
    await made(park.smith.program, "honey", team="pic-a-nic")
    await park.token.patch(AT, json={"slow_query_ms": 50})
    await pgbench(uri, "--initialize", "--quiet")
    await sample("overview", "statements")
    busy = asyncio.ensure_future(pgbench(uri, "--client=4", "--time=2"))
    session = await park.connect(uri)
    slow = asyncio.ensure_future(session.execute("SELECT pg_sleep(1.5), 'token=x' AS secret"))
    await asyncio.sleep(0.5)
    await sample("activity")
    live = (await park.token.get(f"{AT}/connections")).json()
    assert {one["application"] for one in live["items"]} >= {"pgbench"}
    await asyncio.gather(busy, slow)
    await session.close()
    await sample("statements", "overview")

    queries = (await park.token.get(f"{AT}/queries?span=hour")).json()
    assert queries["problem"] is None
    by_text = {one["text"]: one for one in queries["items"]}
    update = next(one for text, one in by_text.items() if text.startswith("UPDATE pgbench_branches"))
    assert update["calls"] == update["rows"] > 10
    assert sum(one["share"] for one in queries["items"]) == pytest.approx(1)
    sleep = next(one for text, one in by_text.items() if "pg_sleep" in text)
    assert (sleep["calls"], round(sleep["mean_ms"] / 1000, 1)) == (1, 1.5)
    history = (await park.token.get(f"{AT}/queries/{update['queryid']}?span=hour")).json()
    assert [role["role"] for role in history["roles"]] == ["orders_owner"]
    assert sum(step["calls"] or 0 for step in history["steps"]) == update["calls"]
    (run,) = [one for one in (await park.token.get(f"{AT}/slow-runs")).json()["items"] if "pg_sleep" in one["text"]]
    assert (run["text"], run["role"]) == ("SELECT pg_sleep(…), '…' AS secret", "orders")
    assert 50 <= run["duration_ms"] < 1500
    page = unescape((await park.yogi.browser.get(f"{AT}/queries")).text)
    assert "pgbench_branches" in page

    for client, other in ((park.token, "weather"), (park.smith.program, "honey")):
        for part in ("queries", "slow-runs", "connections"):
            assert (await client.get(f"/databases/main/{other}/{part}")).json()["total"] == 0, (other, part)
    for part in ("queries", "slow-runs", "connections", f"queries/{update['queryid']}"):
        assert (await park.smith.program.get(f"{AT}/{part}")).status_code == 404, part
        assert (await park.smith.browser.get(f"{AT}/{part}")).status_code == 404, part

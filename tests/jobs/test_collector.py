"""The collector against real servers: what it writes down, and what it does when one of them is in trouble."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from jellystone import settings
from jellystone.database import DB
from jellystone.jobs import collector
from jellystone.postgres import watch
from jellystone.postgres.overview import overview
from jellystone.services import looks, servers, statement_samples, steps, vault, visits, watching
from jellystone.tables.columns import uuid7
from jellystone.tables.servers import Server
from tests.clusters import Cluster
from tests.park import Park
from tests.proxy import second_server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def pieces(app: Any) -> None:
    await steps.prepare()


@pytest.fixture(autouse=True)
async def forgotten(park: Park) -> AsyncIterator[None]:
    """Each test begins as a new leader on servers that nobody has looked at."""
    await DB.fetch("TRUNCATE counters, looks, visits, rounds, figures_minute, statements_minute")
    yield
    await watching.close_all()


@pytest.fixture(scope="module")
def plain() -> Iterator[Cluster]:
    """A server of its own, without pg_stat_statements, where our role may only make databases and roles."""
    with Cluster(18, shared_preload_libraries="") as cluster:
        cluster.psql("CREATE ROLE jadmin LOGIN CREATEDB CREATEROLE PASSWORD 'admin-secret'")
        yield cluster


@pytest.fixture
async def away(park: Park, plain: Cluster) -> AsyncIterator[Cluster]:
    """It, in our books as `away`."""
    id, keys = uuid7(), vault.InstanceKeys(settings.current().secret_keys)
    url = plain.url(user="jadmin", password="admin-secret")
    wrapped = keys.wrap(url.encode(), purpose="server address", row=id)
    await Server.insert(Server(id=id, name="away", wrapped_url=wrapped, public_host=plain.host, public_port=plain.port))
    yield plain
    for row in await DB.fetch("SELECT name FROM databases WHERE server = $1", id):
        plain.psql(f"DROP DATABASE {row['name']} WITH (FORCE)")
    await DB.fetch("DELETE FROM databases WHERE server = $1", id)
    await DB.fetch("DELETE FROM servers WHERE id = $1", id)


async def look(*kinds: str, at: str = "main") -> bool:
    """One round of each kind; whether all went well."""
    server = await servers.by_name(at)
    return all([await collector.look_once(server, kind, watching.KINDS[kind][1]) for kind in kinds])


async def made(park: Park, name: str = "orders", at: str = "main") -> str:
    """A database, and the address of its owner; our own visits to it are long past."""
    wanted = {"name": name, "server": at, "owner_role": True}
    answer = await park.token.post("/databases", json=wanted)
    assert answer.status_code == 201, answer.text
    await settled()
    return str(answer.json()["owner"]["uri"])


async def settled() -> None:
    """As if our visits had been a minute earlier; waits for their end, which is told behind our back."""
    async with asyncio.timeout(5):
        while (await DB.fetch("SELECT count(*) FROM visits WHERE ended_at IS NULL"))[0][0]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await DB.fetch("UPDATE visits SET began_at = began_at - interval '1 min', ended_at = ended_at - interval '1 min'")


async def run(park: Park, uri: str, *statements: str) -> None:
    """And leave; what a session counted is told when it is gone."""
    client = await park.connect(uri)
    pid = client.get_server_pid()
    for statement in statements:
        await client.execute(statement)
    await client.close()
    async with asyncio.timeout(5):
        while await park.sql("SELECT FROM pg_stat_activity WHERE pid = $1", pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def database(name: str = "orders") -> Any:
    return (await DB.fetch("SELECT * FROM databases WHERE name = $1", name))[0]


async def figures(name: str) -> list[Any]:
    sql = """
        SELECT f.* FROM figures_minute f JOIN (SELECT id, name FROM databases UNION ALL SELECT id, name FROM servers) o
            ON o.id = f.subject WHERE o.name = $1 ORDER BY at
    """
    return await DB.fetch(sql, name)


async def last_round(kind: str, at: str = "main") -> Any:
    sql = "SELECT r.* FROM rounds r JOIN servers s ON s.id = r.server WHERE kind = $1 AND s.name = $2 ORDER BY at DESC"
    return (await DB.fetch(sql, kind, at))[0]


async def test_what_happens_in_a_database_is_there_after_two_looks_and_in_no_other(park: Park) -> None:
    uri = await made(park)
    await made(park, "quiet")
    assert await look("overview")
    assert (await database())["last_query_at"] is None
    assert (await database())["size_bytes"] is not None  # a new one does not wait for the next round of sizes
    assert await look("sizes")
    client = await park.connect(uri)
    await client.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) a")
    await client.execute("BEGIN; SELECT 1")
    assert await look("overview")
    row = await database()
    assert (row["connections"], row["active"], row["idle_in_transaction"], row["waiting"]) == (1, 0, 1, 0)
    assert row["last_query_at"] is not None
    assert row["private_bytes"] > 100_000
    assert (await park.token.get("/databases/main/orders/roles/orders")).json()["connections"] == 1
    assert row["size_bytes"] > 1_000_000
    await client.execute("COMMIT")
    await client.close()
    await run(park, uri, "INSERT INTO t VALUES (1)")
    assert await look("overview")
    row = await database()
    assert (row["connections"], row["last_write_at"]) == (0, row["last_query_at"])
    [step] = await figures("orders")
    assert (step["rows_inserted"] >= 1000, step["commits"] >= 3, step["sessions"]) == (True, True, 2)
    assert (step["connections_most"], step["size_bytes"] > 1_000_000) == (1, True)
    [whole] = await figures("main")
    assert whole["rows_inserted"] >= step["rows_inserted"]
    assert whole["size_bytes"] > step["size_bytes"]
    assert await figures("quiet") == []
    quiet = await database("quiet")
    assert (quiet["connections"], quiet["last_query_at"], quiet["last_write_at"]) == (0, None, None)
    assert quiet["measured_at"] == row["measured_at"]
    assert (await park.token.get("/databases/main/orders/roles/orders")).json()["connections"] == 0


async def test_our_own_visits_are_no_use_on_whichever_replica(park: Park) -> None:
    await made(park)
    assert await look("overview")
    role = {"name": "reports", "access": "owner"}
    assert (await park.token.post("/databases/main/orders/roles", json=role)).status_code == 201
    assert await look("overview")
    assert await look("overview")
    row = await database()
    assert (row["last_query_at"], row["last_write_at"]) == (None, None)
    clock, found = await visits.settled((await servers.by_name("main")).id)
    assert clock < found["orders"]


async def test_a_new_leader_goes_on_where_the_last_one_stopped(park: Park) -> None:
    uri = await made(park)
    await run(park, uri, "CREATE TABLE t AS SELECT generate_series(1, 5000) a")
    assert await look("overview")
    await run(park, uri, "INSERT INTO t VALUES (1), (2)")
    await watching.close_all()
    assert await look("overview")
    [step] = await figures("orders")
    assert step["rows_inserted"] == 2
    assert (await database())["last_write_at"] is not None


async def test_of_two_that_compare_with_the_same_look_one_counts(park: Park) -> None:
    """A leader that does not know yet that it is none any more, and the next one."""
    uri = await made(park)
    await run(park, uri, "CREATE TABLE t (a int)")
    assert await look("overview")
    await run(park, uri, "INSERT INTO t VALUES (1), (2)")
    main = await servers.by_name("main")
    async with (await watching.watch(main)).look("quick") as connection:
        now = await overview(connection)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INTO looks%'"
    other = await DB.get_new_connection()
    try:
        async with other.transaction(), asyncio.timeout(10):
            await other.fetch("SELECT FROM looks FOR UPDATE")
            both = [asyncio.ensure_future(looks.store(main.id, now, private={}, ago=0)) for _ in range(2)]
            while (await DB.fetch(waiting))[0][0] < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.gather(*both)
    finally:
        await other.close()
    [step] = await figures("orders")
    assert (step["rows_inserted"], step["sessions"]) == (2, 1)


async def test_after_a_long_time_nobody_can_say_when_it_was(park: Park) -> None:
    uri = await made(park)
    assert await look("overview")
    await DB.fetch("TRUNCATE visits")
    await DB.fetch("UPDATE looks SET at = at - interval '11 min', taken_at = taken_at - interval '11 min'")
    await run(park, uri, "CREATE TABLE t (a int)")
    assert await look("overview")
    assert await figures("orders") == await figures("main") == []
    assert (await database())["last_write_at"] is not None


async def test_a_reset_makes_no_spike(park: Park) -> None:
    uri = await made(park)
    await run(park, uri, "CREATE TABLE t AS SELECT generate_series(1, 5000) a")
    assert await look("overview")
    await park.sql("SELECT pg_stat_reset()", database="orders")
    await run(park, uri, "INSERT INTO t VALUES (1)")
    assert await look("overview")
    [step] = await figures("orders")
    assert step["rows_inserted"] == 1
    assert 0 <= step["commits"] < 20


async def test_whoever_works_on_a_database_keeps_the_round_from_nobody_else(park: Park) -> None:
    await made(park)
    await made(park, "other")
    other = await DB.get_new_connection()
    try:
        async with other.transaction():
            await other.fetch("SELECT FROM databases WHERE name = 'orders' FOR UPDATE")
            async with asyncio.timeout(5):
                assert await look("overview", "sizes")
        assert (await database())["measured_at"] is None
        assert (await database("other"))["measured_at"] is not None
        assert await look("overview")
        assert (await database())["measured_at"] is not None
    finally:
        await other.close()


async def test_a_database_that_is_dropped_meanwhile_is_forgotten(park: Park) -> None:
    await made(park)
    await made(park, "gone")
    assert await look("overview")
    await park.sql("DROP DATABASE gone WITH (FORCE)")
    assert await look("sizes", "activity", "statements")
    assert (await database())["size_bytes"] is not None
    assert await look("overview")
    assert len(await DB.fetch("SELECT FROM counters WHERE database IS NOT NULL")) == 1


async def test_one_that_only_bears_the_name_is_not_measured(park: Park) -> None:
    await made(park)
    await park.sql("COMMENT ON DATABASE orders IS 'mine now'")
    assert await look("overview", "sizes")
    row = await database()
    await park.sql("DROP DATABASE orders WITH (FORCE)")
    assert (row["measured_at"], row["size_bytes"]) == (None, None)


async def test_statements_are_told_once_with_their_text_and_never_with_a_password(park: Park) -> None:
    await park.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    uri = await made(park)
    assert await look("overview", "statements")
    select, secret = "SELECT count(*) FROM pg_class WHERE relname = $1", "CREATE ROLE x PASSWORD 'hush-hush'"
    client = await park.connect(uri)
    for _ in range(3):
        await client.fetch(select, "t")
    with pytest.raises(Exception, match="permission denied"):
        await client.execute(secret)
    await client.execute("SET application_name = 'token hush-hush'")
    await client.close()
    assert await look("statements")
    assert await look("statements")
    rows = await DB.fetch(
        "SELECT s.*, q.text FROM statements_minute s JOIN queries q USING (database, queryid) ORDER BY calls DESC"
    )
    assert [(row["text"], row["calls"], row["role"]) for row in rows if "pg_class" in row["text"]] == [
        (select, 3, "orders_owner")
    ]
    texts = [row["text"] for row in await DB.fetch("SELECT text FROM queries")]
    assert not [text for text in texts if "hush-hush" in text or "typeinfo_tree" in text]
    statement_samples.forget()
    assert await look("statements")
    assert len(await DB.fetch("SELECT FROM statements_minute")) == len(rows)


async def test_runs_over_the_threshold_are_caught_with_what_they_wait_for(park: Park) -> None:
    uri = await made(park)
    await made(park, "patient")
    assert await look("overview")
    await DB.fetch("UPDATE databases SET slow_query_ms = CASE name WHEN 'orders' THEN 50 ELSE 60000 END")
    holder, waiter = await park.connect(uri), await park.connect(uri)
    await holder.execute("CREATE TABLE t (a int)")
    await holder.execute("BEGIN; LOCK TABLE t")
    waiting = asyncio.ensure_future(waiter.fetch("SELECT *, 'password=hush' FROM t"))
    await asyncio.sleep(0.3)
    assert await look("activity")
    await asyncio.sleep(0.1)
    assert await look("activity")
    await holder.execute("COMMIT")
    await waiting
    [run] = await DB.fetch("SELECT * FROM slow_runs")
    assert run["duration_ms"] >= 400
    assert run["wait"] == f"Lock: relation, waits for {holder.get_server_pid()}"
    assert (run["role"], run["client"], run["text"]) == ("orders", "127.0.0.1", "SELECT *, '…' FROM t")
    assert (run["pid"], run["query_start"] < run["last_seen_at"]) == (waiter.get_server_pid(), True)
    await holder.close()
    await waiter.close()


async def test_a_server_that_hangs_costs_its_own_looks_and_comes_back(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PATIENCE", {"quick": 0.5, "slow": 0.5})
    async with second_server(park) as door:
        await made(park, "far", "away")
        assert await look("overview", at="away")
        contacted = (await servers.by_name("away")).contacted_at
        door.stalled = True
        assert not await look("overview", at="away")
        assert await look("overview")
        server = await servers.by_name("away")
        assert server.problem == "The server away does not answer in time. Try again when it is back."
        assert server.contacted_at == contacted
        assert (await database("far"))["measured_at"] < (await DB.fetch("SELECT now()"))[0][0]
        missed = await last_round("overview", "away")
        assert (missed["problem"], missed["rows"], 400 < missed["milliseconds"] < 5000) == (server.problem, 0, True)
        door.stalled = False
        assert await look("overview", at="away")
        server = await servers.by_name("away")
        assert server.contacted_at > contacted
        assert server.problem is None


async def test_a_server_that_is_gone_says_so_until_it_is_back(park: Park) -> None:
    async with second_server(park) as door:
        assert await look("overview", at="away")
        await door.shut()
        assert not await look("overview", at="away")
        assert not await look("sizes", at="away")
        assert not await look("probe", at="away")
        assert "does not answer" in str((await servers.by_name("away")).problem)
        await door.open()
        assert await look("overview", "sizes", at="away")
        assert (await servers.by_name("away")).problem is None


async def test_a_crash_is_no_use_and_without_rights_what_is_unknown_is_null(park: Park, away: Cluster) -> None:
    uri = await made(park, at="away")
    assert await look("overview", "sizes", "statements", "activity", at="away")
    client = await park.connect(uri)
    await client.execute("CREATE TABLE t AS SELECT generate_series(1, 500) a")
    await client.close()
    client = await park.connect(uri)
    assert await look("overview", at="away")
    row = await database()
    assert (row["connections"], row["active"], row["private_bytes"]) == (1, 0, None)
    stranger = await park.connect(away.url("orders"))
    assert await look("overview", at="away")
    row = await database()
    assert row["connections"] == 2
    assert (row["active"], row["idle_in_transaction"], row["waiting"], row["private_bytes"]) == (None,) * 4
    assert row["last_write_at"] is not None
    assert row["size_bytes"] is not None
    history = await figures("orders") + await figures("away")
    hidden = [step for step in history if step["idle"] is None]
    assert [tuple(step[name] for name in ("active", "idle_in_transaction", "waiting")) for step in hidden] == [
        (None,) * 3
    ] * len(hidden)
    assert sum(step["rows_inserted"] for step in await figures("orders")) >= 500
    assert (await last_round("statements", "away"))["problem"] is None
    server = await servers.by_name("away")
    assert '"shared_buffers": 67108864' in server.parameters
    assert server.memory_bytes is None
    client.terminate()
    stranger.terminate()
    away.stop()
    assert not await look("overview", at="away")
    away.start()
    assert await look("overview", at="away")
    after = await database()
    assert (after["last_query_at"], after["last_write_at"]) == (row["last_query_at"], row["last_write_at"])
    assert sum(step["rows_inserted"] for step in await figures("orders")) < 1000


async def test_each_server_has_tasks_of_its_own_that_wait_longer_and_longer(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One comes later, hangs and goes; `main` is looked at all the time."""
    rounds: list[str] = []
    gone = asyncio.Event()

    async def overview(server: Server) -> int:
        rounds.append(server.name)
        if server.name == "away":
            try:
                await asyncio.Event().wait()
            finally:
                gone.set()
        return 1

    monkeypatch.setattr(watching, "KINDS", {"overview": (0.02, overview)})
    monkeypatch.setattr(collector, "NEWS", 0.05)
    task = asyncio.create_task(collector.watch_for_ever())
    try:
        async with asyncio.timeout(10), second_server(park):
            while not (rounds.count("away") == 1 and rounds.count("main") > 10):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            assert not gone.is_set()
        async with asyncio.timeout(10):
            await gone.wait()
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])
    id = (await servers.by_name("main")).id
    assert [collector._pause(60, failures, id) for failures in (1, 2, 3, 4, 50)] == [60, 120, 240, 300, 300]
    assert 0 < collector._pause(60, 0, id) <= 60


async def test_a_fault_of_ours_is_logged_recorded_and_over(
    park: Park, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(server: Server) -> int:
        raise ValueError("a mistake of ours")

    assert not await collector.look_once(await servers.by_name("main"), "sizes", broken)
    assert "a mistake of ours" in caplog.text
    assert (await last_round("sizes"))["problem"] == collector.FAULT
    assert (await servers.by_name("main")).problem is None

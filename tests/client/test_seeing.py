"""What the client tells of how databases are doing, against Jellystone itself."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest

from jellystone.client import AsyncJellystone, Forbidden, Invalid, Jellystone, NotFound
from jellystone.facts.parameters import ParameterValues
from tests.client.answering import answering
from tests.client.world import EMAIL, World, opened_world


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with opened_world() as world, Jellystone(world.url, world.team_token) as client:
        client.databases.create("orders", owner_role=True)
        yield world


@pytest.fixture
def client(world: World) -> Iterator[Jellystone]:
    with Jellystone(world.url, world.team_token) as client:
        yield client


@pytest.fixture
def operator(world: World) -> Iterator[Jellystone]:
    """The first account is one."""
    with Jellystone(world.url, world.personal_token) as operator:
        yield operator


def test_figures_are_those_of_the_span_that_was_asked_for(client: Jellystone, operator: Jellystone) -> None:
    found = client.statistics.of_database("main/orders", span="hour")
    assert (found.span, found.step_seconds) == ("hour", 60)
    assert 0 < len(found.points) <= 124
    assert found.points[1].at - found.points[0].at == timedelta(minutes=1)
    assert found.points[0].connections is None, "nobody looked before it was made"
    assert client.statistics.of_database("main/orders").span == "day"
    with pytest.raises(Forbidden):
        client.statistics.of_server("main")
    assert operator.statistics.of_server("main", span="week").span == "week"


def test_a_server_tells_operators_what_it_carries(client: Jellystone, operator: Jellystone) -> None:
    assert client.servers.get("main").databases >= 1
    for ask in (client.servers.load, client.servers.rounds):
        with pytest.raises(Forbidden):
            ask("main")
    assert operator.servers.load("main").now.connection_limit
    assert {kind.kind for kind in operator.servers.rounds("main").kinds} >= {"overview"}
    given = operator.servers.update("main", memory_given_bytes=8 * 1024**3).memory
    assert given.given_bytes == 8 * 1024**3
    assert operator.servers.update("main", memory_given_bytes=None).memory.given_bytes is None


def test_queries_are_listed_with_what_keeps_us_from_seeing_them(client: Jellystone) -> None:
    page = client.queries.page("main/orders", span="hour", per_page=5)
    assert (page.page, page.per_page, page.until - page.since) == (1, 5, timedelta(hours=1))
    assert page.problem is None or "pg_stat_statements" in page.problem
    assert [query.queryid for query in client.queries.list("main/orders", span="hour", per_page=1)] == [
        query.queryid for query in client.queries.list("main/orders", span="hour")
    ]
    with pytest.raises(NotFound, match="no query 12 here"):
        client.queries.get("main/orders", "12")
    assert list(client.slow_runs.list("main/orders", q="nothing", sort="longest")) == []


def test_a_range_may_be_given_in_any_zone() -> None:
    empty = {"items": [], "total": 0, "since": "2030-01-31T09:00:00Z", "until": "2030-01-31T10:00:00Z", "total_ms": 0.0}
    with answering((200, {}, {**empty, "problem": None})) as server, Jellystone(server.url, "jst_x") as asking:
        began = datetime(2030, 1, 31, 11, 30, tzinfo=timezone(timedelta(hours=2)))
        list(asking.queries.list("main/orders", since=began, until=datetime.fromisoformat("2030-01-31T10:00")))
        list(asking.queries.list("main/orders", since=datetime(2030, 1, 31, tzinfo=UTC)))
    assert "since=2030-01-31T09%3A30%3A00.000000Z&until=2030-01-31T10%3A00%3A00.000000Z" in server.asked[0].path
    assert "until" not in server.asked[1].path


def test_who_is_connected_is_seen_and_stopped(world: World) -> None:
    """By the client that awaits, while other programs wait for their queries."""

    async def work() -> None:
        async with AsyncJellystone(world.url, world.team_token) as client:
            uri = (await client.roles.reveal("main/orders/orders")).uri
            busy, idle, other = [await asyncpg.connect(uri, timeout=30) for _ in range(3)]
            try:
                running = asyncio.create_task(busy.execute("SELECT pg_sleep(60)"))
                while not (found := [one async for one in client.connections.list("main/orders", q="pg_sleep")]):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                assert (found[0].role, found[0].state, found[0].endable) == ("orders", "active", True)
                assert (await client.connections.get("main/orders", found[0].id)).pid == busy.get_server_pid()
                await client.connections.cancel("main/orders", found[0].id)
                with pytest.raises(asyncpg.QueryCanceledError):
                    await running
                ids = {one.pid: one.id async for one in client.connections.list("main/orders", per_page=1)}
                await client.connections.end("main/orders", ids[other.get_server_pid()])
                with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
                    await other.execute("SELECT 1")
                page = await client.connections.page("main/orders")
                assert (page.idle, page.total, page.problem) == (2, 2, None)
                await client.connections.end_idle("main/orders")
                with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
                    await idle.execute("SELECT 1")
                with pytest.raises(NotFound):
                    await client.connections.end("main/orders", found[0].id)
            finally:
                for connection in (busy, idle, other):
                    connection.terminate()

    asyncio.run(work())


def test_parameters_are_told_set_and_taken_back(client: Jellystone, operator: Jellystone) -> None:
    changed = client.parameters.update("main/orders", statement_timeout_ms=60_000, search_path=["app", "public"])
    assert (changed.statement_timeout_ms, changed.search_path, changed.applied) == (60_000, ["app", "public"], True)
    assert client.parameters.update("main/orders", statement_timeout_ms=None).search_path == ["app", "public"]
    now = client.parameters.get("main/orders")
    assert (now.statement_timeout_ms, "statement_timeout_ms" in now.settable) == (None, True)
    brought = client.parameters.put("main/orders", ParameterValues(lock_timeout_ms=5000))
    assert (brought.lock_timeout_ms, brought.search_path) == (5000, None)
    with pytest.raises(Invalid) as told:
        client.parameters.update("main/orders", work_mem_bytes=1)
    assert set(told.value.errors) == {"work_mem_bytes"}
    with pytest.raises(Invalid, match="Only operators"):
        client.parameters.update("main/orders", log_min_duration_statement_ms=0)


def test_advice_is_given_and_its_mails_are_muted(client: Jellystone, operator: Jellystone) -> None:
    checks = {advice.check: advice for advice in client.advice.of_database("main/orders")}
    assert checks["idle-in-transaction"].object == "main/orders"
    assert {advice.object_kind for advice in operator.advice.of_server("main")} >= {"server"}
    assert all(advice.object_kind == "database" for advice in client.advice.of_server("main"))
    for state in ("act", "watch"):
        assert all(advice.state == state for advice in operator.advice.list(state=state, server="main"))
    assert operator.advice.mute(checks=["unused"]).checks == ["unused"]
    assert operator.advice.muted().all is False
    assert operator.advice.mute().checks == []
    with pytest.raises(Forbidden):
        client.advice.muted()


def test_what_was_done_is_found_by_who_did_it_and_to_what(client: Jellystone, operator: Jellystone) -> None:
    client.roles.put("main/orders/seen", access="readonly")
    found = [*client.events.of_team("rangers", object="main/orders/seen", action="created")]
    assert [(event.object, event.actor_kind) for event in found] == [("main/orders/seen", "team token")]
    assert {event.actor for event in operator.events.of_account(person=EMAIL)} == {EMAIL}
    assert [event.id for event in operator.events.of_instance(object="main/orders/seen", action="created")] == [
        found[0].id
    ]
    assert list(operator.events.of_instance(until="2020-01-31")) == []

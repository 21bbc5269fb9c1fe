import asyncio

import pytest

from jellystone.errors import Conflict, Refused
from jellystone.postgres import server as servers
from jellystone.postgres.server import Over, Server
from tests.postgres.world import World, pid

pytestmark = pytest.mark.anyio

OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'jellystone'"


async def none_left(world: World) -> bool:
    """Whether our sessions go within seconds: a server takes a moment to notice, a busy machine a longer one."""
    for _ in range(100):
        if await world.ask(OURS) == 0:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_connection_is_used_again(simple: World) -> None:
    assert await pid(simple.server) == await pid(simple.server)


async def test_at_most_four_operations_are_on_the_server_at_once(simple: World) -> None:
    at_once = most = 0

    async def work() -> None:
        nonlocal at_once, most
        async with simple.server.admin() as connection:
            at_once += 1
            most = max(most, at_once)
            await connection.fetch("SELECT pg_sleep(0.05)")
            at_once -= 1

    await asyncio.gather(*(work() for _ in range(12)))
    assert most == 4
    assert await simple.ask(OURS) == 4


async def test_after_an_error_the_connection_is_not_used_again(simple: World) -> None:
    before = await pid(simple.server)
    with pytest.raises(Refused, match="division by zero"):
        async with simple.server.admin() as connection:
            await connection.fetch("SELECT 1 / 0")
    assert await pid(simple.server) != before


async def test_a_connection_that_the_server_ended_is_replaced(simple: World) -> None:
    before = await pid(simple.server)
    await simple.ask("SELECT pg_terminate_backend($1, 2000)", before)
    await asyncio.sleep(0.05)
    assert await pid(simple.server) != before


async def inner(server: Server, statement: str = "SELECT pg_backend_pid()") -> int:
    async with server.inside("postgres") as inside:
        return int(await inside.fetchval(statement))


async def test_who_stays_in_a_database_leaves_the_connection_to_the_next_and_then_all_go(simple: World) -> None:
    began, over = [], []

    async def noted(database: str) -> Over:
        began.append(database)

        async def gone() -> None:
            over.append(database)

        return gone

    server = Server("main", simple.address, noted=noted)
    async with server.staying("postgres"):
        first = await inner(server)
        assert await inner(server) == first
        async with server.inside("postgres"):
            assert await inner(server) != first  # in use: the next has one of its own
        assert over == []
    assert await inner(server) != first
    await server.close()
    assert began == over == ["postgres"] * 3
    assert await none_left(simple)


async def test_who_stays_never_gets_a_connection_with_an_error_or_one_that_was_ended(simple: World) -> None:
    async with simple.server.staying("postgres"):
        first = await inner(simple.server)
        with pytest.raises(Refused, match="division by zero"):
            await inner(simple.server, "SELECT 1 / 0")
        second = await inner(simple.server)
        assert second != first
        await simple.ask("SELECT pg_terminate_backend($1, 2000)", second)
        await asyncio.sleep(0.05)
        assert await inner(simple.server) != second


async def test_a_connection_idle_for_long_is_tried_before_it_is_used(
    simple: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await pid(simple.server)
    monkeypatch.setattr(servers, "DOUBTFUL_SECONDS", 0.0)
    assert await pid(simple.server) == before
    await simple.ask("SELECT pg_terminate_backend($1, 2000)", before)
    assert await pid(simple.server) != before


async def test_idle_connections_are_closed_in_time(simple: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "IDLE_SECONDS", 0.05)
    await pid(simple.server)
    assert await none_left(simple)


async def test_closing_leaves_no_connection_behind(simple: World) -> None:
    await asyncio.gather(pid(simple.server), pid(simple.server))
    await simple.database()
    await simple.server.close()
    assert await none_left(simple)


async def test_work_on_one_name_waits_and_on_another_does_not(simple: World) -> None:
    other = simple.another_server()
    seen: list[str] = []

    async def work(server: Server, name: str, mark: str) -> None:
        async with server.locked("db", name) as connection:
            seen.append(f"{mark} in")
            await connection.fetch("SELECT pg_sleep(0.1)")
            seen.append(f"{mark} out")

    await asyncio.gather(work(simple.server, "shop", "a"), work(other, "shop", "b"))
    assert seen in (["a in", "a out", "b in", "b out"], ["b in", "b out", "a in", "a out"])
    seen.clear()
    await asyncio.gather(work(simple.server, "shop", "a"), work(other, "blog", "b"))
    assert {*seen[:2]} == {"a in", "b in"}
    await other.close()


async def test_users_of_a_database_do_not_wait_for_each_other_but_for_the_database(simple: World) -> None:
    other = simple.another_server()
    async with simple.server.locked("user", "ann", within="shop"):
        async with other.locked("user", "abe", within="shop"):
            pass
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(_enter(other))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            waiting.cancel()
    await _enter(other)
    await other.close()


async def _enter(server: Server) -> None:
    async with server.locked("db", "shop"):
        pass


async def test_a_lock_that_stays_taken_ends_in_words(simple: World) -> None:
    root = await simple.root()
    await root.execute("SELECT pg_advisory_lock(hashtextextended('jellystone:db:shop', 0))")
    with pytest.raises(Conflict, match="Try again in a moment"):
        await _enter(simple.server)
    await root.execute("SELECT pg_advisory_unlock_all()")
    await _enter(simple.server)


async def test_an_attempt_is_made_again_only_where_that_may_help(simple: World) -> None:
    tries = 0

    async def attempt(statement: str) -> None:
        nonlocal tries
        tries += 1
        async with simple.server.admin() as connection:
            await connection.fetch(statement)

    raising = "DO $$ BEGIN RAISE EXCEPTION 'tuple concurrently updated' USING ERRCODE = '{}'; END $$"
    for code, times in (("XX000", 3), ("40001", 3), ("55P03", 3), ("42501", 1), ("P0001", 1)):
        tries = 0
        with pytest.raises((Conflict, Refused)):
            await simple.server.retried(lambda code=code: attempt(raising.format(code)))  # type: ignore[misc]
        assert tries == times, code

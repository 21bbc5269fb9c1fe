"""The other looks at a server, on every version and with every kind of role: sizes, statements, runs, memory."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from jellystone.errors import Unreachable
from jellystone.postgres import activity, configuration, memory, sizes, statements, watch
from jellystone.postgres.masking import masked
from jellystone.postgres.overview import overview
from jellystone.postgres.watch import Watch
from tests.postgres.world import Tenant, World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def looking(world: World) -> AsyncIterator[Watch]:
    looking = Watch("main", world.address)
    yield looking
    await looking.close()


@pytest.fixture
async def at_newest(simple: World) -> AsyncIterator[Watch]:
    """Where neither version nor rights matter."""
    looking = Watch("main", simple.address)
    yield looking
    await looking.close()


async def test_a_look_takes_at_most_two_sessions_and_none_of_those_for_provisioning(
    simple: World, at_newest: Watch
) -> None:
    for _ in range(3):
        async with at_newest.look("quick") as quick, at_newest.look("slow") as slow:
            assert quick.get_server_pid() != slow.get_server_pid()
            assert await quick.fetchval("SHOW statement_timeout") == "10s"
            assert await slow.fetchval("SHOW statement_timeout") == "30s"
            assert await quick.fetchval("SHOW search_path") == "pg_catalog"
    role = simple.address.user
    assert await simple.ask(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND datname = 'postgres'", role
    ) in (
        2,
        3,  # the superuser who asks
    )


async def test_a_look_that_takes_too_long_is_cut_off_and_the_next_one_gets_a_new_session(
    at_newest: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PATIENCE", {"quick": 0.3, "slow": 0.3})
    with pytest.raises(Unreachable, match="does not answer in time"):
        async with asyncio.timeout(30), at_newest.look("quick") as connection:
            await connection.fetch("SELECT pg_sleep(60)")
    assert connection.is_closed()
    monkeypatch.setattr(watch, "PATIENCE", {"quick": 5.0, "slow": 5.0})
    async with at_newest.look("quick") as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_watch_that_is_closed_while_somebody_looks_keeps_no_session(at_newest: Watch) -> None:
    async with at_newest.look("quick") as idle:
        pass
    async with at_newest.look("slow") as busy:
        await at_newest.close()
        assert idle.is_closed()
        assert await busy.fetchval("SELECT 1") == 1
    assert busy.is_closed()


async def test_sizes_leave_out_what_is_gone_and_what_is_only_half_there(world: World, looking: Watch) -> None:
    for name in ("shop", "half"):
        await world.database(name)
    await world.ask("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half' RETURNING 1")
    shop, half = [
        await world.ask("SELECT oid::bigint FROM pg_database WHERE datname = $1", n) for n in ("shop", "half")
    ]
    async with looking.look("slow") as connection:
        found = await sizes.sizes(connection, [1_000_000_000, shop, half, *range(2_000_000_000, 2_000_000_060)])
    assert list(found) == [shop]
    assert found[shop] == await world.ask("SELECT pg_database_size('shop')")
    await world.ask("UPDATE pg_database SET datconnlimit = -1 WHERE datname = 'half' RETURNING 1")


async def test_a_database_that_vanishes_while_sizes_are_read_spoils_no_other(
    world: World, looking: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 18 on PostgreSQL raises 42704: forced here by asking for one that is not there."""
    await world.database("shop")
    shop = await world.ask("SELECT oid::bigint FROM pg_database WHERE datname = 'shop'")
    query = "SELECT oid::bigint AS datid, pg_database_size(oid) AS bytes FROM unnest($1::oid[]) AS oid"
    monkeypatch.setattr(sizes, "SIZES", query)
    async with looking.look("slow") as connection:
        assert list(await sizes.sizes(connection, [shop, 1_000_000_000])) == [shop]


async def test_a_database_that_is_closed_to_us_has_no_size_and_spoils_no_other(world: World, looking: Watch) -> None:
    await world.database("shop")
    await world.ask("CREATE DATABASE closed TEMPLATE template0")
    await world.ask("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
    ids = [await world.ask("SELECT oid::bigint FROM pg_database WHERE datname = $1", n) for n in ("shop", "closed")]
    async with looking.look("slow") as connection:
        found = await sizes.sizes(connection, ids)
    assert found[ids[0]]
    assert (found[ids[1]] is not None) == world.superuser


async def prepared(world: World) -> tuple[int, Tenant]:
    """A database with somebody in it, and how the server calls it."""
    shop = await world.database("shop")
    await world.role("ann", shop, "owner")
    datid = await world.ask("SELECT oid::bigint FROM pg_database WHERE datname = 'shop'")
    return datid, await world.login("ann", "shop")


async def test_statements_are_counted_by_role_without_ours_and_have_texts(world: World, looking: Watch) -> None:
    datid, ann = await prepared(world)
    async with looking.look("slow") as connection:
        assert await statements.snapshot(connection, [datid]) is None
    await world.ask("CREATE EXTENSION pg_stat_statements")
    try:
        for value in (1, 2, 3):
            await ann.fetch("SELECT $1::int + 1", value)
        async with looking.look("slow") as connection:
            now = await statements.snapshot(connection, [datid])
            assert now is not None
            wanted = [(one.datid, one.queryid) for one in now.statements]
            texts = await statements.texts(connection, wanted, longest=12)
        if not world.superuser:
            assert now.statements == ()  # pg_monitor is missing: it is not ours to guess
            return
        [one] = [one for one in now.statements if one.calls == 3]
        assert (one.role, one.rows, one.total_ms > 0) == ("shop_owner", 3, True)
        assert texts[datid, one.queryid] == "SELECT $1::i"
        assert (one.since is not None) == (world.cluster.major >= 17)
        assert now.reset_at is not None
        assert not [text for text in texts.values() if "pg_stat" in text]
    finally:
        await world.ask("DROP EXTENSION pg_stat_statements")


UTILITY = (
    "SET app.door = 'Pic-A-Nic'",
    "PREPARE enter AS SELECT $1::text, 'Pic-A-Nic'",
    "EXECUTE enter ('Pic-A-Nic')",
    "DO $$ BEGIN PERFORM md5('Pic-A-Nic'); END $$",
    "NOTIFY door, 'Pic-A-Nic'",
    "CREATE ROLE bear_in_trouble PASSWORD 'Pic-A-Nic'",
    "ALTER ROLE bear_in_trouble SET app.door = 'Pic-A-Nic'",
    "COMMENT ON ROLE bear_in_trouble IS 'Pic-A-Nic'",
    "DROP ROLE bear_in_trouble",
    "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere application_name=Pic-A-Nic' PUBLICATION p "
    "WITH (connect = false, slot_name = NONE)",
    "DROP SUBSCRIPTION s",
    "EXPLAIN SELECT md5('Pic-A-Nic')",
    "COPY (SELECT 'Pic-A-Nic') TO PROGRAM 'cat > /dev/null; : Pic-A-Nic'",
)


async def test_what_utility_statements_keep_of_their_literals_is_hidden(world: World, looking: Watch) -> None:
    """PostgreSQL puts `$1` into none of these before 18, and into few from then on."""
    if not world.superuser:
        return
    datid, _ = await prepared(world)
    await world.ask("CREATE EXTENSION pg_stat_statements")
    try:
        root = await world.root("shop")
        for statement in UTILITY:
            await root.execute(statement)
        rows = await world.ask("SELECT array_agg(query) FROM pg_stat_statements WHERE dbid = $1", datid)
        assert any("Pic-A-Nic" in text for text in rows)
        assert len([text for text in rows if text.split()[0] in {one.split()[0] for one in UTILITY}]) >= 9
        told = [masked(text) for text in rows]
        assert not [text for text in told if "Pic-A-Nic" in text]
    finally:
        await world.ask("DROP EXTENSION pg_stat_statements")


async def test_runs_over_the_threshold_are_seen_in_their_own_database_only(world: World, looking: Watch) -> None:
    datid, ann = await prepared(world)
    running = asyncio.ensure_future(ann.fetch("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.3)
    async with looking.look("quick") as connection:
        [run] = await activity.runs(connection, {datid: 100})
        assert await activity.runs(connection, {datid: 60_000}) == []
        assert await activity.runs(connection, {}) == []
    assert (run.role, run.client, run.wait, run.text) == ("ann", "127.0.0.1", "Timeout: PgSleep", "SELECT pg_sleep(30)")
    assert run.duration_ms >= 250
    ann.terminate()
    await asyncio.wait([running])
    assert running.exception()


async def test_only_a_superuser_knows_memory(world: World, looking: Watch) -> None:
    datid, ann = await prepared(world)
    async with looking.look("quick") as connection:
        machine, private = await memory.machine(connection), await memory.private(connection)
    if not world.superuser:
        assert (machine, private) == (None, None)
        return
    assert machine is not None
    assert machine > 100_000_000
    assert private is not None
    assert 100_000 < private[datid] < 100_000_000
    await ann.close()


async def test_a_superuser_with_more_sessions_than_are_read_does_not_guess(
    simple: World, at_newest: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST", 1)
    await prepared(simple)
    async with at_newest.look("quick") as connection:
        assert await memory.private(connection) is None


async def test_settings_are_in_bytes_and_milliseconds(looking: Watch) -> None:
    async with looking.look("quick") as connection:
        found = await configuration.parameters(connection)
    assert (found["shared_buffers"], found["work_mem"]) == (64 * 1024**2, 4 * 1024**2)
    assert found["max_connections"] == 100
    assert not {"statement_timeout", "lock_timeout"} & set(found), "these are our own session's"
    assert (found["autovacuum"], found["fsync"], found["hash_mem_multiplier"]) == (True, False, 2.0)
    assert (found["autovacuum_naptime"], found["log_min_duration_statement"]) == (3_600_000, 0)
    assert found["autovacuum_work_mem"] == -1


async def test_states_that_our_role_may_not_see_are_not_known(world: World, looking: Watch) -> None:
    await prepared(world)
    await world.root("shop")
    async with looking.look("quick") as connection:
        found = {one.name: one.sessions for one in (await overview(connection)).databases}
    assert found["shop"].connections == 2
    assert found["shop"].idle == (2 if world.superuser else None)

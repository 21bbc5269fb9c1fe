"""What moves the counters of a database, on every version, and what is made of it: when it was last used and written.

All rows of the table run at once, each in a database of its own, between the same two looks.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import pytest

from jellystone.postgres.address import Address
from jellystone.postgres.overview import DatabaseOverview, Overview, overview
from jellystone.postgres.watch import Watch
from jellystone.services.samples import Kept
from jellystone.services.usage import Sample, Usage, follow
from tests.clusters import Cluster

pytestmark = pytest.mark.anyio
Client = Any
Deed = Callable[[Client], Awaitable[object]]
BEFORE = "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3); CREATE SEQUENCE s"


def sql(statement: str) -> Deed:
    return lambda client: client.execute(statement)


async def nothing(client: Client) -> None:
    """To have been connected is all."""


async def copy(client: Client) -> None:
    await client.copy_records_to_table("t", records=[(5,), (6,)])


async def undone(client: Client) -> None:
    transaction = client.transaction()
    await transaction.start()
    await client.execute("INSERT INTO t VALUES (9)")
    await transaction.rollback()


@dataclass(frozen=True)
class Row:
    """`moves`: which counters do (commit, written, active, session); then whether it counts as a query, as a write."""

    deed: Deed
    moves: str
    query: bool
    write: bool


ROWS = {
    "connect": Row(nothing, "c__s", query=False, write=False),
    "select": Row(sql("SELECT * FROM t"), "c_as", query=True, write=False),
    "insert": Row(sql("INSERT INTO t VALUES (4)"), "cwas", query=True, write=True),
    "update": Row(sql("UPDATE t SET a = 4"), "cwas", query=True, write=True),
    "delete": Row(sql("DELETE FROM t"), "cwas", query=True, write=True),
    "copy": Row(copy, "cwas", query=True, write=True),
    "ddl": Row(sql("CREATE TABLE u (a int)"), "cwas", query=True, write=True),
    "drop_table": Row(sql("DROP TABLE t"), "cwas", query=True, write=True),
    "truncate": Row(sql("TRUNCATE t"), "cwas", query=True, write=True),
    "temporary": Row(sql("CREATE TEMP TABLE v AS SELECT 1"), "cwas", query=True, write=True),
    "large_object": Row(sql("SELECT lo_from_bytea(0, 'x')"), "cwas", query=True, write=True),
    "no_row": Row(sql("UPDATE t SET a = 1 WHERE a = 77"), "c_as", query=True, write=False),
    "sequence": Row(sql("SELECT nextval('s')"), "c_as", query=True, write=False),
    "setting": Row(sql("SET work_mem = '1MB'"), "c_as", query=True, write=False),
    "vacuum": Row(sql("VACUUM t"), "c_as", query=True, write=False),
    "rollback": Row(undone, "cwas", query=True, write=True),  # a false write, told in docs/operating.md
    "analyze": Row(sql("ANALYZE t"), "cwas", query=True, write=True),  # and so is this
}
SPECIAL = (
    *("untouched", "sized", "ours", "autovacuum", "autoanalyze", "reset", "idle", "open", "running", "crash", "again"),
)


@dataclass
class Told:
    """What the looks said, one after the other."""

    looks: list[Overview] = field(default_factory=list)
    visits: frozenset[str] = frozenset({"ours"})

    def of(self, name: str) -> list[DatabaseOverview]:
        return [one for look in self.looks for one in look.databases if one.name == name]

    def usage(self, name: str) -> Usage:
        """After all looks, as the collector goes through them."""
        known, before = Usage(), None
        for look, one in zip(self.looks, self.of(name), strict=True):
            now = self.sample(look, one)
            known, before = follow(known, before, now, ours=name in self.visits), now
        return known

    @staticmethod
    def sample(look: Overview, one: DatabaseOverview) -> Sample:
        kept = Kept(counters=one.counters, stats_reset=one.stats_reset)
        return kept.sample(look.at, last_start=one.sessions.last_start)

    def moved(self, name: str) -> str:
        """Between the first two looks."""
        first, second = (one.counters for one in self.of(name)[:2])
        was, now = (self.sample(look, one) for look, one in zip(self.looks, self.of(name)[:2], strict=False))
        return "".join(
            letter if yes else "_"
            for letter, yes in {
                "c": second.xact_commit > first.xact_commit,
                "w": now.written > was.written,
                "a": now.active_ms > was.active_ms,
                "s": now.sessions > was.sessions,
            }.items()
        )


@pytest.fixture(scope="module")
async def told(cluster: Cluster, anyio_backend: str) -> AsyncIterator[Told]:
    """Four looks: before, after the deeds, after autovacuum has been everywhere, and after a crash."""
    names = [*ROWS, *SPECIAL]
    async with AsyncExitStack() as stack:
        root = await asyncpg.connect(cluster.url())
        await root.execute("CREATE ROLE watcher LOGIN PASSWORD 'pw'; GRANT pg_monitor TO watcher")
        for name in names:
            await root.execute(f"CREATE DATABASE f3_{name} TEMPLATE template0 STRATEGY file_copy")
        watch = Watch("test", Address.from_url(cluster.url(user="watcher", password="pw")))
        told = Told()

        async def look() -> None:
            async with watch.look("quick") as connection:
                told.looks.append(shortened(await overview(connection)))

        for name in names:
            await client_of(cluster, name, sql(BEFORE))
        await client_of(cluster, "autoanalyze", sql("INSERT INTO t SELECT generate_series(1, 1000)"))
        await left(root)
        await look()

        await asyncio.gather(*(client_of(cluster, name, row.deed) for name, row in ROWS.items()))
        await client_of(cluster, "ours", sql("CREATE TEMP TABLE v AS SELECT 1"), user="watcher", password="pw")
        await client_of(cluster, "reset", sql("SELECT pg_stat_reset()"))
        await root.fetch("SELECT pg_database_size('f3_sized')")
        await left(root)
        for name, statement in {"idle": "INSERT INTO t VALUES (1)", "open": "BEGIN; INSERT INTO t VALUES (1)"}.items():
            staying = await asyncpg.connect(cluster.url(f"f3_{name}"))
            stack.callback(staying.terminate)
            await staying.execute(statement)
        running = await asyncpg.connect(cluster.url("f3_running"))
        stack.callback(running.terminate)
        asleep = asyncio.ensure_future(running.execute("SELECT pg_sleep(60)"))
        stack.callback(asleep.cancel)
        await asyncio.sleep(0.1)
        await look()

        await autovacuum_everywhere(root, told)
        await look()

        await root.close()
        await watch.close()
        cluster.stop()
        cluster.start()
        watch = Watch("test", Address.from_url(cluster.url(user="watcher", password="pw")))
        await look()
        await client_of(cluster, "again", sql("INSERT INTO t VALUES (1)"))
        root = await asyncpg.connect(cluster.url())
        await left(root)
        await look()
        yield told
        await watch.close()
        for name in names:
            await root.execute(f"DROP DATABASE f3_{name} WITH (FORCE)")
        await root.execute("ALTER SYSTEM RESET autovacuum_naptime")
        await root.execute("SELECT pg_reload_conf(); DROP OWNED BY watcher; DROP ROLE watcher")
        await root.close()


def shortened(look: Overview) -> Overview:
    ones = [replace(one, name=one.name[3:]) for one in look.databases if one.name.startswith("f3_")]
    return replace(look, databases=tuple(ones))


async def client_of(cluster: Cluster, name: str, deed: Deed, **who: str) -> None:
    connection = await asyncpg.connect(cluster.url(f"f3_{name}", **who))
    try:
        await deed(connection)
    finally:
        await connection.close()


async def left(root: Client) -> None:
    """Until every session has gone: by then it has told all that it counted."""
    async with asyncio.timeout(20):
        while await root.fetchval(  # noqa: ASYNC110
            "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'f3%' AND state IS NOT NULL"
        ):
            await asyncio.sleep(0.02)


async def autovacuum_everywhere(root: Client, told: Told) -> None:
    before = {one.name: one.counters for one in told.looks[-1].databases}
    await root.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")
    await root.execute("SELECT pg_reload_conf()")
    query = "SELECT xact_commit, tup_inserted FROM pg_stat_database WHERE datname = $1"
    async with asyncio.timeout(60):
        while True:
            visited = await root.fetchrow(query, "f3_autovacuum")
            analyzed = await root.fetchrow(query, "f3_autoanalyze")
            if visited[0] > before["autovacuum"].xact_commit and analyzed[1] > before["autoanalyze"].tup_inserted:
                return
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("name", ROWS)
async def test_each_deed_moves_the_counters_that_we_rely_on(told: Told, name: str) -> None:
    assert told.moved(name) == ROWS[name].moves


@pytest.mark.parametrize("name", ROWS)
async def test_each_deed_is_told_from_the_others(told: Told, name: str) -> None:
    usage = told.usage(name)
    assert (usage.last_query_at is not None, usage.last_write_at is not None) == (ROWS[name].query, ROWS[name].write)
    looked = {look.at for look in told.looks[1:2]}
    assert {usage.last_query_at, usage.last_write_at} - {None} <= looked


@pytest.mark.parametrize("name", ["untouched", "sized", "ours"])
async def test_what_nobody_or_only_we_have_touched_is_unknown_not_new(told: Told, name: str) -> None:
    assert told.usage(name) == Usage()


async def test_autovacuum_is_no_use_and_autoanalyze_no_write(told: Told) -> None:
    second, third = (one.counters for one in told.of("autovacuum")[1:3])
    assert third.xact_commit > second.xact_commit
    assert third.active_time == second.active_time
    second, third = (one.counters for one in told.of("autoanalyze")[1:3])
    assert third.tup_inserted > second.tup_inserted
    for name in ("autovacuum", "autoanalyze"):
        assert told.usage(name) == Usage()


async def test_a_reset_is_a_query_and_no_write(told: Told) -> None:
    first, second = told.of("reset")[:2]
    assert first.stats_reset != second.stats_reset
    assert told.usage("reset").last_query_at is not None
    assert told.usage("reset").last_write_at is None


async def test_whoever_is_still_connected_is_told_to_the_moment(told: Told) -> None:
    for name, state in {"idle": "idle", "open": "idle_in_transaction", "running": "active"}.items():
        sessions = told.of(name)[1].sessions
        assert (sessions.connections, getattr(sessions, state)) == (1, 1)
        usage = told.usage(name)
        assert usage.last_query_at is not None
        assert usage.last_query_at == sessions.last_start
        assert told.looks[0].at < usage.last_query_at < told.looks[1].at


async def test_what_is_not_committed_is_not_yet_a_write(told: Told) -> None:
    assert told.usage("open").last_write_at is None


async def test_a_crash_is_neither_use_nor_write(told: Told) -> None:
    before, after = (one.counters for one in told.of("crash")[2:4])
    assert (before.tup_inserted > 0, after.tup_inserted) == (True, 0)
    assert told.usage("crash") == Usage()


async def test_after_a_crash_the_next_write_is_seen(told: Told) -> None:
    at = told.looks[-1].at
    assert told.usage("again") == Usage(last_query_at=at, last_write_at=at)

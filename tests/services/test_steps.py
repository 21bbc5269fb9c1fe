"""The tables of history: pieces are made ahead and dropped when too old; minutes become ten minutes and days."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.postgres.overview import STATES, Counters, Sessions
from jellystone.services import rollup, servers, steps
from jellystone.services.looks import LONGEST
from tests.park import Park

pytestmark = pytest.mark.anyio
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
HISTORY = [f"{what}_{step}" for what in ("figures", "statements") for step in steps.STEPS]


@pytest.fixture
async def empty(park: Park) -> AsyncIterator[Park]:
    """No history, and none afterwards."""
    await clear()
    yield park
    await clear()


async def clear() -> None:
    await DB.fetch(f"TRUNCATE {', '.join(HISTORY)}, rolled_up")


async def pieces() -> set[str]:
    return {row["name"] for row in await DB.fetch(steps.PIECES)}


async def put(subject: UUID, at: datetime, table: str = "figures_minute", **values: Any) -> None:
    values = {"subject": subject, "at": at, "seconds": 60, **values}
    numbers = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await DB.fetch(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({numbers})", *values.values())


async def rows(table: str, subject: UUID) -> list[Any]:
    return await DB.fetch(f"SELECT * FROM {table} WHERE subject = $1 ORDER BY at", subject)


async def test_pieces_are_made_ahead_again_without_harm_and_take_rows(empty: Park) -> None:
    await steps.prepare()
    first = await pieces()
    for table in HISTORY:
        assert [name for name in first if name.startswith(table)]
    await steps.prepare()
    assert await pieces() == first
    for days in (-1, 0, 1, 2):
        for step in steps.STEPS:
            await put(uuid4(), TODAY + timedelta(days=days), f"figures_{step}")
    with pytest.raises(asyncpg.CheckViolationError):
        await put(uuid4(), TODAY + timedelta(days=9))


def test_figures_stand_in_the_order_in_which_they_are_counted() -> None:
    assert tuple(steps.COUNTED.values()) == Counters._fields
    assert ("connections", *STATES) == steps.MEANS == Sessions._fields[: len(steps.MEANS)]


async def test_what_is_too_old_is_dropped_and_what_is_kept_stays(empty: Park) -> None:
    ages = {"minute": (3, 1), "ten_minutes": (33, 30), "day": (800, 700)}
    for step, (old, young) in ages.items():
        for days in (old, young):
            at = TODAY - timedelta(days=days)
            await steps.make_partitions(step, at, at)  # type: ignore[arg-type]
            await put(uuid4(), at, f"figures_{step}")
    await steps.prepare()
    for step, (_, young) in ages.items():
        kept = await DB.fetch(f"SELECT at FROM figures_{step}")
        assert [row["at"] for row in kept] == [TODAY - timedelta(days=young)], step


async def test_a_piece_that_somebody_reads_goes_the_next_time(empty: Park) -> None:
    old = TODAY - timedelta(days=5)
    await steps.make_partitions("minute", old, old)
    reader = await DB.get_new_connection()
    try:
        async with reader.transaction():
            await reader.fetch("SELECT FROM figures_minute")
            await steps.prepare()
            assert f"figures_minute_{old:%Y%m%d}" in await pieces()
        await steps.prepare()
        assert f"figures_minute_{old:%Y%m%d}" not in await pieces()
    finally:
        await reader.close()


async def test_minutes_become_ten_minutes_and_days_as_means_and_sums_of_the_time_we_looked(empty: Park) -> None:
    await steps.prepare()
    server = await servers.by_name("main")
    made = await empty.token.post("/databases", json={"name": "orders"})
    database = (await DB.fetch("SELECT id FROM databases WHERE name = $1", made.json()["name"]))[0]["id"]
    begin = TODAY - timedelta(hours=14)  # yesterday at ten
    for minute in range(10):
        await put(server.id, begin + timedelta(minutes=minute), connections=3, commits=7)
    for minute, size in ((2, 100), (5, None)):
        busy: dict[str, Any] = {"connections": 5, "connections_most": 9 - minute, "commits": 11, "size_bytes": size}
        await put(database, begin + timedelta(minutes=minute), **busy)
    await rollup.roll_up()
    [ten] = await rows("figures_ten_minutes", database)
    assert (ten["at"], ten["seconds"], ten["commits"]) == (begin, 600, 22)
    assert (ten["connections"], ten["connections_most"], ten["size_bytes"]) == (1, 7, 100)
    [whole] = await rows("figures_ten_minutes", server.id)
    assert (whole["connections"], whole["commits"]) == (3, 70)
    [day] = await rows("figures_day", database)
    assert (day["at"], day["seconds"], day["commits"]) == (TODAY - timedelta(days=1), 600, 22)


async def test_what_was_hidden_from_us_is_no_part_of_a_mean_and_never_zero(empty: Park) -> None:
    await steps.prepare()
    server = await servers.by_name("main")
    ids = {}
    for name in ("partly", "always"):
        await empty.token.post("/databases", json={"name": name})
        ids[name] = (await DB.fetch("SELECT id FROM databases WHERE name = $1", name))[0]["id"]
    begin = TODAY - timedelta(hours=14)
    for minute in range(10):
        hidden = minute < 2
        states: dict[str, Any] = dict.fromkeys(
            ("active", "idle", "idle_in_transaction", "waiting"), None if hidden else 1
        )
        await put(server.id, begin + timedelta(minutes=minute), connections=9, **states)
        await put(ids["always"], begin + timedelta(minutes=minute), connections=9, **states | dict.fromkeys(states))
        if minute < 6:
            await put(ids["partly"], begin + timedelta(minutes=minute), connections=5, **states)
    await rollup.roll_up()
    for table in ("figures_ten_minutes", "figures_day"):
        [partly] = await rows(table, ids["partly"])
        assert (partly["connections"], partly["active"]) == (3, 0.5), "4 of the 8 minutes in which it was not hidden"
        [always] = await rows(table, ids["always"])
        assert (always["connections"], always["active"], always["idle"], always["waiting"]) == (9, None, None, None)
        [whole] = await rows(table, server.id)
        assert (whole["connections"], whole["idle"]) == (9, 1)


async def test_rolling_up_again_changes_nothing_and_late_rows_count_after_a_crash(empty: Park) -> None:
    await steps.prepare()
    server = await servers.by_name("main")
    begin = TODAY - timedelta(hours=3)
    await put(server.id, begin, commits=7)
    await rollup.roll_up()
    await rollup.roll_up()
    assert [row["commits"] for row in await rows("figures_ten_minutes", server.id)] == [7]
    await put(server.id, begin + timedelta(minutes=1), commits=1)
    await DB.fetch("DELETE FROM rolled_up")  # as if what followed had been lost with the last seconds before a crash
    await rollup.roll_up()
    assert [row["commits"] for row in await rows("figures_ten_minutes", server.id)] == [8]
    assert [row["commits"] for row in await rows("figures_day", server.id)] == [8]


async def test_a_look_after_a_long_silence_is_not_too_late_to_be_summed_up(empty: Park) -> None:
    """Ten minutes without an answer, and the next look tells what was done meanwhile, as of their beginning."""
    await steps.prepare()
    server = await servers.by_name("main")
    await rollup.roll_up()
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(seconds=LONGEST)
    await put(server.id, begin, commits=7)
    [(until,)] = [tuple(row) for row in await DB.fetch("SELECT until FROM rolled_up WHERE step = 'ten_minutes'")]
    assert until <= begin


async def test_a_step_that_is_not_over_waits(empty: Park) -> None:
    await steps.prepare()
    server = await servers.by_name("main")
    await put(server.id, datetime.now(UTC).replace(second=0, microsecond=0), commits=7)
    await rollup.roll_up()
    assert await rows("figures_ten_minutes", server.id) == []


async def test_statements_are_summed_by_query_and_role(empty: Park) -> None:
    await steps.prepare()
    database, begin = uuid4(), TODAY - timedelta(hours=5)
    for minute, role in ((0, "ann"), (1, "ann"), (2, "bob")):
        await DB.fetch(
            """INSERT INTO statements_minute (database, at, queryid, role, seconds, calls, total_ms)
            VALUES ($1, $2, 7, $3, 60, 5, 2.5)""",
            *(database, begin + timedelta(minutes=minute), role),
        )
    await rollup.roll_up()
    for step in ("ten_minutes", "day"):
        found = await DB.fetch(f"SELECT role, calls, total_ms FROM statements_{step} ORDER BY role")
        assert [tuple(row) for row in found] == [("ann", 10, 5.0), ("bob", 5, 2.5)]

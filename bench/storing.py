"""What many databases cost in our own tables: made-up looks at them, stored as real ones are, and steps summed up."""

import argparse
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from bench.collecting import CHEAP, instance
from bench.measuring import Work, spread, table
from bench.world import DURABLE
from jellystone.database import DB
from jellystone.postgres.overview import Counters, DatabaseOverview, Overview, Sessions
from jellystone.services import looks, rollup, servers, steps
from jellystone.services.spans import SECONDS, Step
from tests.clusters import Cluster

FILLED: dict[Step, timedelta] = {
    "minute": timedelta(hours=1),
    "ten_minutes": timedelta(days=1),
    "day": timedelta(days=60),
}
KEPT: dict[Step, int] = {"minute": 1440, "ten_minutes": 144 * 31, "day": 730}
"""Steps of a database that are kept if none is deleted by hand."""
FILL = """
INSERT INTO figures_{step} ({names})
SELECT id, at, $3, {numbers} FROM (SELECT id FROM databases UNION ALL SELECT id FROM servers) o, (
    SELECT generate_series($1::timestamptz, $2::timestamptz - interval '1 second', $3 * interval '1 second') AS at) s
ON CONFLICT DO NOTHING"""
BYTES = """
SELECT (SELECT count(*) FROM figures_{step}) AS rows,
    (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
     WHERE inhparent = 'figures_{step}'::regclass) AS bytes"""


async def run(times: int, given: argparse.Namespace) -> None:
    with Cluster(18, **{**DURABLE, **CHEAP}) as cluster:
        async with instance(cluster, given.rows, real=False) as rows:
            main = (await servers.by_name("main")).id
            print(f"{given.rows:,} databases, made up.\n")
            measured = [
                await measured_as("a look, nobody anywhere", looked(main, rows, range(times + 1), busy=False), times),
                await measured_as("a look, all in use", looked(main, rows, range(100, times + 101), busy=True), times),
            ]
            await fill()
            await DB.fetch("VACUUM ANALYZE")
            measured += [
                await measured_as("an hour to steps of ten minutes", again("ten_minutes"), 3),
                await measured_as("a day of these to one step", again("day"), 3),
            ]
            print(table(["", "median ms", "quartiles", "our own ms"], measured), "\n")
            print(
                table(
                    ["kept of figures", "rows", "bytes each", "if all are in use"],
                    [await kept(s, given.rows) for s in KEPT],
                )
            )


async def measured_as(name: str, work: Work, times: int) -> list[str]:
    """The last column is our processor time; the rest of the time PostgreSQL works, or others do."""
    took, ours = [], []
    for turn in range(times + 1):
        began, processor = time.perf_counter(), time.process_time()
        await work()
        if turn:
            took.append((time.perf_counter() - began) * 1000)
            ours.append((time.process_time() - processor) * 1000)
    middle, low, high = spread(took)
    return [name, f"{middle:.0f}", f"{low:.0f} to {high:.0f}", f"{spread(ours)[0]:.0f}"]


def seen(rows: list[asyncpg.Record], turn: int, *, busy: bool) -> Overview:
    """A minute after the look before it."""
    at = datetime.now(UTC) + timedelta(minutes=turn)
    counted = Counters(*(1000 + turn * (7 if busy else 0),) * len(Counters._fields))
    sessions = Sessions(connections=3 if busy else 0, active=1 if busy else 0, idle=2 if busy else 0)
    databases = tuple(
        DatabaseOverview(
            datid=number, name=row["name"], id=row["id"], stats_reset=None, counters=counted, sessions=sessions
        )
        for number, row in enumerate(rows, 16384)
    )
    return Overview(at=at, started_at=at, used=3, usable=97, databases=databases, roles={})


def looked(server: UUID, rows: list[asyncpg.Record], turns: range, *, busy: bool) -> Work:
    coming = iter([seen(rows, turn, busy=busy) for turn in turns])

    async def store() -> None:
        await looks.store(server, next(coming), private={}, ago=0)

    return store


async def fill() -> None:
    """Each number another one, so that they lie as they do in life."""
    numbers = ", ".join("random() * 9" if name in steps.MEANS else "(random() * 1e6)::int" for name in steps.NAMES[3:])
    for step, length in FILLED.items():
        until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        until = until.replace(hour=0) if step != "minute" else until
        await steps.make_partitions(step, until - length, until)
        sql = FILL.format(step=step, names=", ".join(steps.NAMES), numbers=numbers)
        part = length / 12  # each statement has its time limit, as always
        for begin in (until - length + place * part for place in range(12)):
            await DB.fetch(sql, begin, begin + part, SECONDS[step])


def again(step: Step) -> Work:
    """All of what it is made of, and nothing of the other."""

    async def sum_up() -> None:
        begin = (await DB.fetch(f"SELECT min(at) AS at FROM figures_{rollup.FROM[step]}"))[0]["at"]
        for other in rollup.FROM:
            await DB.fetch(rollup.DONE, other, begin if other == step else datetime.now(UTC))
        await rollup.roll_up()

    return sum_up


async def kept(step: Step, databases: int) -> list[str]:
    row = (await DB.fetch(BYTES.format(step=step)))[0]
    each = int(row["bytes"]) / row["rows"]
    return [step, f"{row['rows']:,}", f"{each:.0f}", f"{each * KEPT[step] * databases / 1e9:,.1f} GB"]

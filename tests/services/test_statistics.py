"""Stored steps as curves: what is known, what is zero, and what nobody saw."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from jellystone.database import DB
from jellystone.errors import NotAllowed
from jellystone.services import databases, servers, spans, statistics
from jellystone.services.found import Found
from jellystone.services.steps import make_partitions
from tests.demo.furnishing import furnish, the_server
from tests.park import Park

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def now() -> None:
    """Minutes may have passed since this module was read."""
    global NOW
    NOW = datetime.now(UTC).replace(second=0, microsecond=0)


ROW = """
    INSERT INTO figures_{} (subject, at, seconds, connections, connections_most, active, commits, blocks_hit,
        blocks_read, size_bytes) VALUES ($1, $2, $3, $4, 7, $5, $6, 99, 1, $7)
"""


async def step(
    subject: UUID, ago: timedelta, *, table: str = "minute", seconds: float = 60, commits: int = 0, **more: Any
) -> None:
    given = (seconds, more.get("connections", 0), more.get("active", 0), commits, more.get("size_bytes"))
    at = NOW - ago
    if table == "day":
        at = at.replace(hour=0, minute=0)
    elif table == "ten_minutes":
        at -= timedelta(minutes=at.minute % 10)
    await DB.fetch(ROW.format(table), subject, at, *given)


@pytest.fixture
async def orders(park: Park) -> Found:
    """A database without any figures, made long ago."""
    for table, back in {"minute": 1, "ten_minutes": 1, "day": 70}.items():
        await make_partitions(table, NOW - timedelta(days=back), NOW)  # type: ignore[arg-type]
    await furnish(park, orders="idle")
    return await databases.find(park.yogi.actor, "main", "orders")


async def test_nobody_looked_is_not_the_same_as_nothing_happened(park: Park, orders: Found) -> None:
    server, minutes = await the_server(), timedelta(minutes=1)
    for ago in (50, 49, 20, 19):
        await step(server, ago * minutes, commits=600)
    await step(orders.row.id, 50 * minutes, commits=120, connections=2, active=1, size_bytes=4096)

    seen = await statistics.of_database(park.yogi.actor, orders, span="hour")
    points = {round((NOW - point.at) / minutes): point for point in seen.points}
    assert (points[50].commits_per_second, points[50].connections, points[50].connections_active) == (2, 2, 1)
    assert (points[50].cache_hit_percent, points[50].connections_most) == (99, 7)
    assert (points[49].commits_per_second, points[49].connections, points[49].cache_hit_percent) == (0, 0, None)
    assert points[35].commits_per_second is points[35].connections is points[35].size_bytes is None
    assert [points[ago].size_bytes for ago in (50, 49, 20)] == [4096] * 3
    assert {later.at - one.at for one, later in zip(seen.points, seen.points[1:], strict=False)} == {minutes}

    whole = await statistics.of_server(operator(park), orders.server, span="hour")
    assert {point.commits_per_second for point in whole.points} == {10, None}


async def test_any_stretch_of_time_has_the_finest_steps_that_are_kept_of_it(park: Park, orders: Found) -> None:
    server, minutes = await the_server(), timedelta(minutes=1)
    for ago in range(200, 20, -1):
        await step(server, ago * minutes)
    await step(orders.row.id, 150 * minutes, commits=120, size_bytes=4096)
    await step(orders.row.id, 90 * minutes, commits=60, size_bytes=8192)
    asked = spans.stretch("day", NOW - 160 * minutes, NOW - 130 * minutes)
    seen = await statistics.of_database(park.yogi.actor, orders, span=asked)
    assert (seen.step_seconds, seen.since, seen.until) == (60, NOW - 160 * minutes, NOW - 130 * minutes)
    assert len(seen.points) == 30
    assert sum(point.commits_per_second or 0 for point in seen.points) == 2
    assert {point.size_bytes for point in seen.points} == {None, 4096}, "what came later says nothing of then"

    days = spans.stretch("day", NOW - timedelta(days=60), None)
    assert (await statistics.of_server(operator(park), orders.server, span=days)).step_seconds == 86_400


async def test_what_was_hidden_from_us_is_not_zero(park: Park, orders: Found) -> None:
    server, minutes = await the_server(), timedelta(minutes=1)
    one = next(ago for ago in range(40, 55) if (NOW - ago * minutes).minute % 15 == 5)  # all within a quarter
    for ago in (one, one - 1, one - 2):
        await step(server, ago * minutes)
    await step(orders.row.id, one * minutes, connections=2, active=1)
    await step(orders.row.id, (one - 1) * minutes, connections=2, active=None)
    await DB.fetch("UPDATE figures_minute SET idle = NULL, waiting = NULL WHERE active IS NULL")
    seen = await statistics.of_database(park.yogi.actor, orders, span="hour")
    points = {round((NOW - point.at) / minutes): point for point in seen.points}
    told = [points[one - later] for later in range(4)]
    assert [point.connections for point in told] == [2, 2, 0, None]
    assert [point.connections_active for point in told] == [1, None, 0, None]
    assert (told[1].connections_idle, told[1].connections_waiting) == (None, None)
    day = await statistics.of_database(park.yogi.actor, orders, span="day")
    [quarter] = [point for point in day.points if point.connections_active]
    assert quarter.connections_active == pytest.approx(0.5, abs=0.001), "of the two minutes in which it was not hidden"


async def test_long_spans_are_made_of_long_steps_and_what_is_newer_of_short_ones(park: Park, orders: Found) -> None:
    server, day = await the_server(), timedelta(days=1)
    for ago in range(30, 60):
        await step(server, ago * day, table="day", seconds=86_400)
    await step(orders.row.id, 40 * day, table="day", seconds=86_400, commits=86_400 * 7, size_bytes=1000)
    await step(server, timedelta(hours=1), table="ten_minutes", seconds=600)
    await step(orders.row.id, timedelta(hours=1), table="ten_minutes", seconds=600, commits=1200, size_bytes=3000)
    await step(server, timedelta(minutes=5))

    year = await statistics.of_database(park.yogi.actor, orders, span="year")
    assert (len(year.points) <= 53, year.step_seconds) == (True, 7 * 86_400)
    known = [point for point in year.points if point.commits_per_second is not None]
    assert max(point.commits_per_second or 0 for point in known[:-1]) == 1, "a seventh of the week's rate"
    assert year.points[-1].commits_per_second == pytest.approx(1200 / 660, abs=0.001)
    assert (known[0].size_bytes, year.points[-1].size_bytes) == (None, 3000)
    for span, points in {"day": 97, "week": 85, "month": 121}.items():
        found = await statistics.of_database(park.yogi.actor, orders, span=span)  # type: ignore[arg-type]
        assert len(found.points) <= points


async def test_before_it_was_made_nothing_is_known(park: Park, orders: Found) -> None:
    server = await the_server()
    for ago in (40, 10):
        await step(server, timedelta(minutes=ago))
    orders.row.created_at = NOW - timedelta(minutes=30)
    seen = await statistics.of_database(park.yogi.actor, orders, span="hour")
    looked = [NOW - point.at for point in seen.points if point.connections is not None]
    assert looked == [timedelta(minutes=10)]


async def test_a_database_that_left_no_step_is_as_big_as_it_is_now(park: Park, orders: Found) -> None:
    await step(await the_server(), timedelta(minutes=40))
    await DB.fetch("UPDATE databases SET size_bytes = 8192")
    seen = await statistics.of_database(park.yogi.actor, orders, span="hour")
    assert {point.size_bytes for point in seen.points if point.connections is not None} == {8192}


async def test_old_figures_say_that_they_are(park: Park, orders: Found) -> None:
    assert (await statistics.now_of(park.yogi.actor, orders)).stale
    for ago, stale in {"1 minute": False, "4 minutes": True}.items():
        await DB.fetch(f"UPDATE databases SET measured_at = now() - interval '{ago}', connections = 5, active = 2")
        now = await statistics.now_of(park.yogi.actor, orders)
        assert (now.stale, now.connections_active, now.connections_idle, now.last_query_at) == (stale, 2, None, None)


async def test_of_a_server_only_operators_learn(park: Park, orders: Found) -> None:
    with pytest.raises(NotAllowed):
        await statistics.of_server(park.yogi.actor, orders.server, span="day")
    assert await servers.by_name("main")


def operator(park: Park) -> Any:
    return replace(park.yogi.actor, operator=True)

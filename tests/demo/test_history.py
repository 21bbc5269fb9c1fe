"""Made-up history: what the pages of figures are looked at with."""

from datetime import timedelta
from itertools import pairwise

import pytest

from jellystone.database import DB
from jellystone.demo import history
from tests.demo.furnishing import furnish, the_server
from tests.park import Park

pytestmark = pytest.mark.anyio
DAYS = """
    SELECT at, seconds, commits, size_bytes FROM figures_ten_minutes WHERE subject = $1 ORDER BY at
"""
CALLS = "SELECT sum(calls), database FROM statements_ten_minutes WHERE database = ANY ($1::uuid[]) GROUP BY 2"
TOTALS = """
    SELECT f.at, f.commits, sum(d.commits)::bigint AS of_databases
    FROM figures_minute f LEFT JOIN figures_minute d ON d.at = f.at AND d.subject = ANY ($2::uuid[])
    WHERE f.subject = $1 GROUP BY 1, 2
"""


async def test_made_up_days_have_a_rhythm_a_gap_and_a_database_that_nobody_uses(park: Park) -> None:
    made = await furnish(park, shop="shop", attic="idle")
    shop, attic = made
    server = await the_server()
    await history.write(server, made, span=timedelta(days=3))

    looked = await DB.fetch(DAYS, server)
    assert max(later["at"] - row["at"] for row, later in pairwise(looked)) > timedelta(minutes=30)
    busy = await DB.fetch(DAYS, shop)
    by_hour = {hour: sum(row["commits"] for row in busy if row["at"].hour == hour) for hour in (3, 14)}
    assert by_hour[14] > 3 * by_hour[3] > 0
    assert busy[0]["size_bytes"] < busy[-1]["size_bytes"]
    assert await DB.fetch(DAYS, attic) == []
    for row in await DB.fetch(TOTALS, server, list(made)):
        assert row["commits"] == (row["of_databases"] or 0)

    now = {row["name"]: row for row in await DB.fetch("SELECT * FROM databases")}
    assert now["shop"]["connections"] > 0
    assert now["attic"]["connections"] == 0
    assert now["attic"]["last_write_at"] < now["attic"]["last_query_at"] < now["shop"]["last_write_at"]
    statements = await DB.fetch(CALLS, [*made])
    assert [row["database"] for row in statements] == [shop]
    assert await DB.fetch("SELECT FROM slow_runs WHERE duration_ms < 1000") == []

    await history.write(server, made, span=timedelta(days=3))
    assert (await DB.fetch(DAYS, shop))[: len(busy)] == busy, "what stands there stays"

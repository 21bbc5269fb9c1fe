"""/databases/{server}/{database}/queries and /slow-runs, for a person, htmx and programs."""

import csv
import io
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest

from jellystone.database import DB
from jellystone.services import steps
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
AT = "/databases/main/orders"
BIG, SMALL, OLD = 2**63 - 1, -4398726137652718113, 17
TEXTS = {
    BIG: "SELECT * FROM jam JOIN honey ON honey.id = jam.honey WHERE jam.weight > $1 AND note <> '<b>'",
    SMALL: "SELECT id FROM jam WHERE id = $1",
    OLD: "DELETE FROM jam",
}


async def sampled(park: Park, name: str = "orders") -> UUID:
    """As after some minutes of the collector: two queries now, one an hour and a half ago."""
    await park.token.post("/databases", json={"name": name, "protected": False})
    row = await DB.fetch_row("SELECT id FROM databases WHERE name = $1", name)
    assert row is not None
    id: UUID = row["id"]
    await steps.prepare()
    for queryid, text in TEXTS.items():
        await DB.fetch(
            "INSERT INTO queries (id, database, queryid, text) VALUES (gen_random_uuid(), $1, $2, $3)",
            id,
            queryid,
            text,
        )
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for minutes, queryid, role, calls, total, rows, read, temp in (
        (2, BIG, "app", 10, 6000.0, 20, 700, 30),
        (1, BIG, "report", 5, 3000.0, 10, 0, 0),
        (1, SMALL, "app", 9000, 1000.0, 9000, 1, 0),
        (90, OLD, "app", 1, 10.0, 5, 0, 0),
    ):
        await DB.fetch(
            "INSERT INTO statements_minute (database, at, queryid, role, seconds, calls, total_ms, rows, blocks_read,"
            " temp_blocks) VALUES ($1, $2, $3, $4, 60, $5, $6, $7, $8, $9)",
            *(id, now - timedelta(minutes=minutes), queryid, role, calls, total, rows, read, temp),
        )
    return id


async def test_queries_stand_in_the_order_of_what_they_cost_with_their_share(park: Park) -> None:
    await sampled(park)
    await DB.fetch("UPDATE servers SET warnings = '[]'")
    listed = (await park.token.get(f"{AT}/queries?span=hour")).json()
    assert (listed["total"], listed["total_ms"], listed["problem"]) == (2, 10_000.0, None)
    first, second = listed["items"]
    assert (first["queryid"], first["id"]) == (str(BIG), f"main/orders/{BIG}"), (
        "text: it does not fit JavaScript's numbers"
    )
    assert (first["calls"], first["total_ms"], first["mean_ms"], first["share"]) == (15, 9000.0, 600.0, 0.9)
    assert (first["rows"], first["blocks_read"], first["temp_blocks"], second["share"]) == (30, 700, 30, 0.1)
    for sort, expected in {"mean": BIG, "calls": SMALL, "rows": SMALL, "reads": BIG, "temp": BIG}.items():
        found = (await park.token.get(f"{AT}/queries?sort={sort}&per_page=1")).json()
        assert [one["queryid"] for one in found["items"]] == [str(expected)], sort
        assert (found["total"], "page=2" in found["next"]) == (3, True)
    searched = (await park.token.get(f"{AT}/queries?q=HONEY")).json()
    assert [(one["queryid"], one["share"]) for one in searched["items"]] == [(str(BIG), 9000 / 10_010)]
    assert (await park.token.get(f"{AT}/queries?q=zzz")).json()["total"] == 0
    now = datetime.now(UTC)
    between = f"since={now - timedelta(hours=2):%Y-%m-%dT%H:%M}&until={now - timedelta(hours=1):%Y-%m-%dT%H:%MZ}"
    assert [one["queryid"] for one in (await park.token.get(f"{AT}/queries?{between}")).json()["items"]] == [str(OLD)]
    turned = problem(await park.token.get(f"{AT}/queries?since=2030-01-01T00:00Z&until=2029-01-01T00:00Z"))
    assert (turned["status"], list(turned["errors"])) == (422, ["since"])
    rows = list(csv.DictReader(io.StringIO((await park.token.get(f"{AT}/queries?format=csv")).text)))
    assert [row["calls"] for row in rows] == ["15", "9000", "1"]


async def test_a_person_sees_the_same_highlighted_and_escaped(park: Park) -> None:
    await sampled(park)
    page = (await park.cindy.browser.get(f"{AT}/queries")).text
    assert '<span class="sql-keyword">SELECT</span>' in page
    assert "&#39;&lt;b&gt;&#39;" in page
    assert "<b>" not in page.partition("<main")[2].partition("</table>")[0]
    assert "90 %" in page
    rows = (await park.cindy.htmx.get(f"{AT}/queries?q=honey", headers={"hx-target": "div#query-rows"})).text
    assert "<html" not in rows
    assert "1 query" in rows
    shown = unescape((await park.cindy.browser.get(f"{AT}/queries/{BIG}?span=hour")).text)
    for words in ("Who runs it", "report", "9 s", "15", "Time of one call"):
        assert words in shown
    empty = await park.yogi.browser.get(f"{AT}/queries?until=2020-01-01T00:00")
    assert "No query in this time" in empty.text or "Not all can be seen here" in empty.text


async def test_a_querys_own_page_has_its_history_and_who_runs_it(park: Park) -> None:
    await sampled(park)
    told = (await park.token.get(f"{AT}/queries/{BIG}?span=hour")).json()
    assert [(one["role"], one["calls"]) for one in told["roles"]] == [("app", 10), ("report", 5)]
    assert [one["calls"] for one in told["steps"] if one["calls"]] == [10, 5]
    assert told["step_seconds"] == 60
    assert told["steps"][0]["calls"] is None, "nobody looked: unknown, not zero"
    silent = (await park.token.get(f"{AT}/queries/{OLD}?span=hour")).json()
    assert (silent["calls"], silent["mean_ms"], silent["text"]) == (0, None, "DELETE FROM jam")
    assert "not called in this time" in (await park.yogi.browser.get(f"{AT}/queries/{OLD}?span=hour")).text
    for unknown in ("18", "x", "9" * 19, "-" + "9" * 30):
        assert (await park.token.get(f"{AT}/queries/{unknown}")).status_code == 404, unknown


async def test_coarse_steps_are_counted_as_far_as_they_are_summed_up_and_no_step_twice(park: Park) -> None:
    id = await sampled(park)
    now = datetime.now(UTC)
    edge = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    await DB.fetch("DELETE FROM rolled_up")
    await DB.fetch("INSERT INTO rolled_up VALUES ('ten_minutes', $1)", edge)
    for at, calls in ((edge - timedelta(minutes=30), 7), (edge + timedelta(minutes=30), 100_000)):
        await DB.fetch(
            "INSERT INTO statements_ten_minutes (database, at, queryid, role, seconds, calls, total_ms)"
            " VALUES ($1, $2, $3, 'app', 600, $4, 1)",
            *(id, at, SMALL, calls),
        )
    try:
        (one,) = (await park.token.get(f"{AT}/queries?span=week&q=WHERE+id")).json()["items"]
        assert one["calls"] == 9007
    finally:
        await DB.fetch("DELETE FROM rolled_up")


async def test_where_statements_cannot_be_seen_the_steps_to_take_are_said(park: Park) -> None:
    await sampled(park)
    told = 'We cannot see statements. To change that, run CREATE EXTENSION pg_stat_statements; in the database "x".'
    before = await DB.fetch("SELECT warnings::text FROM servers WHERE name = 'main'")
    await DB.fetch("UPDATE servers SET warnings = jsonb_build_array($1::text) WHERE name = 'main'", told)
    try:
        assert (await park.token.get(f"{AT}/queries")).json()["problem"] == told
        for part in ("queries", "slow-runs"):
            assert told in unescape((await park.yogi.browser.get(f"{AT}/{part}")).text)
    finally:
        await DB.fetch("UPDATE servers SET warnings = $1::text::jsonb WHERE name = 'main'", before[0]["warnings"])


async def test_the_slow_query_log_has_runs_beyond_the_threshold_that_a_member_sets(park: Park) -> None:
    id = await sampled(park)
    now = datetime.now(UTC)
    for pid, ms, text in ((1, 42_100, "SELECT * FROM jam"), (2, 1_500, "UPDATE people SET password = '…'")):
        await DB.fetch(
            "INSERT INTO slow_runs (id, database, pid, backend_start, query_start, last_seen_at, duration_ms, role,"
            " application, client, wait, queryid, text) VALUES (gen_random_uuid(), $1, $2, $3, $3, $4, $5, 'app',"
            " 'till', '203.0.113.7', 'Lock: relation', $6, $7)",
            *(id, pid, now - timedelta(minutes=pid), now, ms, BIG, text),
        )
    listed = (await park.token.get(f"{AT}/slow-runs")).json()
    assert (listed["threshold_ms"], listed["total"]) == (1000, 2)
    first = listed["items"][0]
    assert (first["duration_ms"], first["queryid"], first["wait"]) == (42_100, str(BIG), "Lock: relation")
    shortest = (await park.token.get(f"{AT}/slow-runs?sort=longest&page=2&per_page=1&q=TILL")).json()["items"]
    assert [one["duration_ms"] for one in shortest] == [1_500]
    page = unescape((await park.cindy.browser.get(f"{AT}/slow-runs")).text)
    assert "every ten seconds" in page
    assert "42 s" in page
    assert "Change the threshold" not in page
    assert "duration_ms" in (await park.token.get(f"{AT}/slow-runs?format=csv")).text
    assert (await park.cindy.program.patch(AT, json={"slow_query_ms": 5})).status_code == 403
    assert (await park.token.patch(AT, json={"slow_query_ms": -1})).status_code == 422
    sent = {"description": "", "connection_limit": "", "slow_query_ms": "250"}
    assert (await park.booboo.browser.post(f"{AT}?_method=patch", data=sent)).status_code == 303
    assert (await park.token.get(AT)).json()["slow_query_ms"] == 250
    assert (await park.token.put(AT, json={})).json()["slow_query_ms"] == 250
    assert (await park.token.put(AT, json={"slow_query_ms": 3000})).json()["slow_query_ms"] == 3000
    assert "more than 3 s" in (await park.booboo.browser.get(f"{AT}/slow-runs")).text


async def test_nobody_elses_queries_are_seen(park: Park) -> None:
    await sampled(park)
    await sampled(park, "weather")
    await DB.fetch("DELETE FROM statements_minute WHERE database = (SELECT id FROM databases WHERE name = 'weather')")
    assert (await park.token.get("/databases/main/weather/queries")).json()["total"] == 0
    for part in ("queries", f"queries/{BIG}", "slow-runs"):
        assert (await park.smith.program.get(f"{AT}/{part}")).status_code == 404
        assert (await park.smith.browser.get(f"{AT}/{part}")).status_code == 404
        assert (await (await park.with_scopes("write")).get(f"{AT}/{part}")).status_code == 403

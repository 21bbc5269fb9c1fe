"""What statements cost between two looks: pure, but for the texts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from jellystone.database import DB
from jellystone.postgres.statements import Snapshot, Statement
from jellystone.services import servers, statement_samples, steps
from jellystone.services.statement_samples import MOST, REST, dearest, difference, store
from tests.park import Park

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ONE = Statement(
    datid=5,
    role="ann",
    queryid=7,
    since=NOON,
    calls=10,
    total_ms=100.0,
    rows=10,
    blocks_hit=50,
    blocks_read=5,
    temp_blocks=0,
    wal_bytes=0,
)


def snapshot(*ones: Statement, minute: int = 0, reset_at: datetime | None = None) -> Snapshot:
    at = NOON + timedelta(minutes=minute)
    return Snapshot(at=at, reset_at=reset_at, datids=frozenset({5}), statements=ones)


def calls(before: Snapshot, now: Snapshot) -> list[tuple[str, int, int, float]]:
    return [(one.role, one.queryid, one.calls, one.total_ms) for one in difference(before, now)]


def test_only_what_was_called_since_counts() -> None:
    more = replace(ONE, calls=13, total_ms=130.0)
    assert calls(snapshot(ONE), snapshot(more)) == [("ann", 7, 3, 30.0)]
    assert calls(snapshot(ONE), snapshot(ONE)) == []


def test_each_role_is_counted_for_itself() -> None:
    bob = replace(ONE, role="bob")
    now = snapshot(replace(ONE, calls=11), replace(bob, calls=12))
    assert calls(snapshot(ONE, bob), now) == [("ann", 7, 1, 0.0), ("bob", 7, 2, 0.0)]


@pytest.mark.parametrize(
    "again",
    [
        replace(ONE, calls=3, total_ms=30.0, since=None),
        replace(ONE, calls=30, total_ms=300.0, since=NOON + timedelta(seconds=30)),
        replace(ONE, queryid=8, calls=3, total_ms=30.0),
    ],
)
def test_a_statement_that_was_thrown_out_and_came_back_or_is_new_counts_from_nothing(again: Statement) -> None:
    assert calls(snapshot(replace(ONE, since=again.since if again.since is None else NOON)), snapshot(again)) == [
        ("ann", again.queryid, again.calls, again.total_ms)
    ]


def test_a_database_that_was_not_looked_at_before_makes_no_spike() -> None:
    other = replace(ONE, datid=6)
    now = replace(snapshot(replace(ONE, calls=11), other), datids=frozenset({5, 6}))
    assert calls(snapshot(ONE), now) == [("ann", 7, 1, 0.0)]
    assert calls(now, replace(now, statements=(replace(other, calls=11),))) == [("ann", 7, 1, 0.0)]


def test_after_a_reset_everything_counts_from_nothing() -> None:
    reset = snapshot(replace(ONE, calls=11, total_ms=110.0), reset_at=NOON)
    assert calls(snapshot(ONE), reset) == [("ann", 7, 11, 110.0)]


def test_the_dearest_of_each_database_stay_and_the_rest_is_one_sum_for_each_role() -> None:
    cheap = [replace(ONE, queryid=number, total_ms=1.0, role=f"r{number % 2}") for number in range(1, 21)]
    dear = [replace(ONE, queryid=100 + number, total_ms=50.0) for number in range(MOST)]
    other = replace(ONE, datid=6)
    found = dearest([*cheap, *dear, other])
    assert len(found) == MOST + 2 + 1
    rest = {one.role: one for one in found if one.queryid == REST}
    assert {role: (one.calls, one.total_ms) for role, one in rest.items()} == {"r0": (100, 10.0), "r1": (100, 10.0)}
    assert other in found


@pytest.mark.anyio
async def test_texts_have_bounds_and_what_drivers_ask_has_no_place(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    await steps.prepare()
    await DB.fetch("TRUNCATE statements_minute")
    monkeypatch.setattr(statement_samples, "TEXTS", 2)
    await park.token.post("/databases", json={"name": "orders"})
    database: UUID = (await DB.fetch("SELECT id FROM databases"))[0]["id"]
    server = (await servers.by_name("main")).id
    ones = [replace(ONE, queryid=number) for number in range(1, 5)]
    texts = {
        (5, 1): f"SELECT {'x, ' * 2000}1",
        (5, 2): "WITH RECURSIVE typeinfo_tree(oid) AS (SELECT 1) SELECT 1",
        (5, 3): "CALL enter('ann', 'hush')",
        (5, 4): "SELECT 4",
    }
    await store(server, snapshot(), [], {}, {5: database})
    await store(server, snapshot(minute=1), ones, texts, {5: database})
    found = await DB.fetch(
        "SELECT s.queryid, s.calls, q.text FROM statements_minute s JOIN queries q USING (database, queryid) ORDER BY 1"
    )
    assert [(row["queryid"], row["calls"]) for row in found] == [(REST, 10), (1, 10), (3, 10)]
    rest, long, secret = (row["text"] for row in found)
    assert rest == statement_samples.REST_TEXT
    assert len(long) == statement_samples.LENGTH
    assert secret == "CALL enter('…', '…')"
    await DB.fetch("UPDATE queries SET first_seen_at = now() - interval '2 days'")
    await DB.fetch("INSERT INTO statements_day SELECT * FROM statements_minute WHERE queryid = 1")
    await statement_samples.sweep()
    assert [row["queryid"] for row in await DB.fetch("SELECT queryid FROM queries")] == [1]
    await DB.fetch("TRUNCATE statements_day, statements_minute")
    statement_samples.forget()

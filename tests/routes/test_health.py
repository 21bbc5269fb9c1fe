"""/health, for load balancers and monitors."""

import pytest

from jellystone.database import DB
from tests.otherwise import caller, otherwise
from tests.park import HTML, Park

pytestmark = pytest.mark.anyio


async def test_anybody_may_ask_whatever_they_accept_and_call_us(park: Park) -> None:
    visitor = await park.client()
    for path, status in (("/health", "live"), ("/health/ready", "ready")):
        for headers in ({}, {"accept": HTML}, {"accept": "text/plain"}, {"host": "10.1.2.3:4000"}):
            answer = await visitor.get(path, headers=headers)
            assert (answer.status_code, answer.json()) == (200, {"status": status})
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["cache-control"] == "no-store"
        head = await visitor.head(path)
        assert (head.status_code, head.content) == (200, b"")


async def test_it_is_not_ready_while_a_migration_is_missing(park: Park) -> None:
    row = await DB.fetch_row(
        "DELETE FROM migration WHERE name = (SELECT max(name) FROM migration) RETURNING name, ran_on"
    )
    assert row
    try:
        answer = await (await park.client()).get("/health/ready")
        assert answer.status_code == 503
        assert "run `jellystone migrate`" in answer.json()["status"]
        assert (await (await park.client()).get("/health")).status_code == 200
    finally:
        await DB.fetch("INSERT INTO migration (name, app_name, ran_on) VALUES ($1, 'jellystone', $2)", *row)


async def test_it_is_live_but_not_ready_while_our_database_does_not_answer(park: Park) -> None:
    before = DB.config, DB.pool
    DB.pool = None
    try:
        async with otherwise(database_url="postgresql://jelly:hunter2@127.0.0.1:1/ours") as app, caller(app) as client:
            assert (await client.get("/health")).status_code == 200
            answer = await client.get("/health/ready")
            assert (answer.status_code, answer.json()) == (503, {"status": "our own database does not answer"})
            assert (await client.head("/health/ready")).status_code == 503
    finally:
        DB.config, DB.pool = before

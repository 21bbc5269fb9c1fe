"""/databases, for a person, htmx and programs."""

import pytest

from tests.park import Park

pytestmark = pytest.mark.anyio


async def test_a_program_creates_a_database_and_its_owner_connects(park: Park) -> None:
    made = await park.token.post("/databases", json={"name": "orders", "owner_role": True})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/databases/main/orders"
    connection = await park.connect(made.json()["owner"]["uri"])
    assert await connection.fetchval("SELECT current_user") == "orders_owner"
    await connection.close()

"""Rows of several tables by one statement are what Piccolo reads one by one."""

import pytest

from jellystone.database import DB
from jellystone.tables.databases import Database
from jellystone.tables.rows import listed, split
from jellystone.tables.servers import Server
from jellystone.tables.teams import Team
from tests.park import Park

pytestmark = pytest.mark.anyio
ALL = f"""
    SELECT {listed(d=Database, s=Server, t=Team)}
    FROM databases d JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team
"""


async def test_rows_of_several_tables_are_what_each_holds(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders", "description": "Orders of the web shop"})
    record = await DB.fetch_row(ALL)
    assert record is not None
    for found, table in zip(split(record, Database, Server, Team), (Database, Server, Team), strict=True):
        row = await table.objects().get(table._meta.primary_key == found.id)
        assert row is not None
        assert found.to_dict() == row.to_dict()
        assert found._exists_in_db


async def test_a_column_that_only_a_newer_replica_knows_is_left_alone(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    await DB.fetch("ALTER TABLE databases ADD COLUMN mood text DEFAULT 'sunny'")
    try:
        record = await DB.fetch_row(ALL)
        assert record is not None
        database, _, team = split(record, Database, Server, Team)
    finally:
        await DB.fetch("ALTER TABLE databases DROP COLUMN mood")
    assert (database.name, team.slug) == ("orders", "rangers")

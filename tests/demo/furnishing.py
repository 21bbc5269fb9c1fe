"""Databases of the Rangers that stand in our tables only: pages need no more to show figures."""

from uuid import UUID

from jellystone.database import DB
from jellystone.demo.characters import CHARACTERS, Character
from jellystone.tables.columns import uuid7
from tests.park import Park

ROW = """
    INSERT INTO databases (id, server, team, name, description, status, created_at)
    SELECT $1, s.id, $2, $3, '', 'ready', now() - interval '400 days' FROM servers s WHERE s.name = 'main'
"""


async def furnish(park: Park, **named: str) -> dict[UUID, Character]:
    """Names with the character of each; answers what `history.write` wants. What was measured before is forgotten."""
    for table in ("minute", "ten_minutes", "day"):
        await DB.fetch(f"DELETE FROM figures_{table}")
    made = {}
    for name, character in named.items():
        id = uuid7()
        await DB.fetch(ROW, id, park.team.id, name)
        made[id] = CHARACTERS[character]
    return made


async def the_server() -> UUID:
    row = await DB.fetch_row("SELECT id FROM servers WHERE name = 'main'")
    assert row is not None
    return UUID(str(row["id"]))

"""The roles that somebody may see, answered from our own tables: no server is asked."""

from typing import Any

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.roles import Role
from jellystone.services.actors import Actor
from jellystone.services.found import Found, FoundRole
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Permission
from jellystone.tables.teams import Team

FACTS = """
    SELECT r.id AS row, d.team, s.name || '/' || d.name || '/' || r.name AS id,
        r.name, s.name AS server, d.name AS database, r.access, r.status, r.problem, r.enabled, r.connection_limit,
        r.valid_until, r.sealed_password IS NOT NULL AS readable, r.password_changed_at, r.secret_version,
        r.connections, r.created_at
    FROM roles r JOIN databases d ON d.id = r.database JOIN servers s ON s.id = r.server
"""


async def of_database(actor: Actor, database: Found, part: Slice, *, matching: str = "") -> Listing[Role]:
    actor.must(Permission.VIEW, database.team.id)
    where, values = "WHERE r.database = $1 AND r.name ILIKE $2", (database.row.id, like(matching))
    rows = await DB.fetch(f"{FACTS} {where} ORDER BY r.name LIMIT $3 OFFSET $4", *values, part.per_page, part.offset)
    total = await DB.fetch_row(f"SELECT count(*) FROM roles r {where}", *values)
    return part.of([_fact(row) for row in rows], total["count"] if total else 0)


async def of_team(actor: Actor, team: Team) -> dict[str, list[Role]]:
    """By the id of their database."""
    actor.must(Permission.VIEW, team.id)
    found: dict[str, list[Role]] = {}
    for row in await DB.fetch(f"{FACTS} WHERE d.team = $1 ORDER BY r.name", team.id):
        found.setdefault(f"{row['server']}/{row['database']}", []).append(_fact(row))
    return found


async def show(actor: Actor, role: FoundRole) -> Role:
    actor.must(Permission.VIEW, role.database.team.id)
    row = await DB.fetch_row(f"{FACTS} WHERE r.id = $1", role.row.id)
    if row is None:
        raise NotFound(f"The role {role.id} is gone.")
    return _fact(row)


def _fact(row: Any) -> Role:
    values = dict(row)
    del values["row"], values["team"]
    return Role(**values)

"""The databases that somebody may see, answered from stored figures: no server is asked."""

from typing import Any

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.databases import Connection, Database, DatabaseAndRoles
from jellystone.facts.lists import Choice, Listing
from jellystone.services import advice, role_catalog
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.lists import ALL, Slice, like
from jellystone.services.permissions import Permission, Scope
from jellystone.tables.teams import Team

FACTS = """
    SELECT d.name, d.description, d.status, d.problem, d.connection_limit, d.protected, d.encoding, d.locale,
        d.created_at, d.size_bytes, d.connections, d.last_query_at, d.last_write_at, d.measured_at,
        (SELECT jsonb_object_agg(a.check_name, a.state)::text FROM advice a WHERE a.database = d.id) AS advice,
        s.advised::text AS advised, s.name AS server, t.slug AS team, s.public_host, s.public_port, s.public_sslmode,
        (SELECT count(*) FROM roles r WHERE r.database = d.id) AS roles, f.total
    FROM found f
    JOIN databases d ON d.id = f.id JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team
    ORDER BY d.name, s.name
"""
FOUND = """
    SELECT d.id, count(*) OVER () AS total
    FROM databases d JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team
    WHERE ($1 OR d.team = ANY ($2::uuid[]))
        AND ($3::text = '' OR t.slug = $3) AND ($4::text = '' OR s.name = $4)
        AND ($5::text = '%%' OR d.name ILIKE $5 OR d.description ILIKE $5)
        AND (NOT $6 OR d.problem IS NOT NULL)
    ORDER BY d.name, s.name LIMIT $7 OFFSET $8
"""
CHOICES = """
    SELECT 'teams' AS kind, slug AS id, name, folded AS place FROM teams WHERE id = ANY ($1::uuid[])
    UNION ALL SELECT 'servers', name, name, name FROM servers ORDER BY place
"""


async def visible_to(
    actor: Actor, part: Slice, *, matching: str = "", team: str = "", server: str = "", with_problem: bool = False
) -> Listing[Database]:
    """Every database that the actor may see, by name: one query, answered from stored figures."""
    actor.must_have(Scope.READ)
    rows = await DB.fetch(
        f"WITH found AS ({FOUND}) {FACTS}",
        actor.operator,
        list(actor.ranks),
        team,
        server,
        like(matching),
        with_problem,
        part.per_page,
        part.offset,
    )
    if not rows and part.page > 1:  # past the end, where no row carries the total
        first = await visible_to(
            actor, Slice(per_page=1), matching=matching, team=team, server=server, with_problem=with_problem
        )
        return part.of([], first.total)
    return part.of([_fact(row) for row in rows], rows[0]["total"] if rows else 0)


async def narrowed_by(actor: Actor) -> dict[str, list[Choice]]:
    """The teams and servers by which the list can be narrowed: one query."""
    rows = await DB.fetch(CHOICES, list(actor.ranks))
    found: dict[str, list[Choice]] = {"teams": [], "servers": []}
    for row in rows:
        found[row["kind"]].append(Choice(row["id"], row["name"]))
    return found


async def with_problems(actor: Actor) -> list[Database]:
    return (await visible_to(actor, Slice(per_page=20), with_problem=True)).items


async def with_roles(actor: Actor, team: Team) -> list[DatabaseAndRoles]:
    """A team's databases and under each its roles: two queries, however many there are."""
    found = await visible_to(actor, ALL, team=team.slug)
    by_database = await role_catalog.of_team(actor, team)
    return [DatabaseAndRoles(database=one, roles=by_database.get(one.id, [])) for one in found.items]


async def show(actor: Actor, database: Found) -> Database:
    actor.must(Permission.VIEW, database.team.id)
    row = await DB.fetch_row(f"WITH found AS (SELECT $1::uuid AS id, 1 AS total) {FACTS}", database.row.id)
    if row is None:
        raise NotFound(f"The database {database.id} is gone.")
    return _fact(row)


def _fact(row: Any) -> Database:
    values = dict(row)
    del values["total"]
    connection = Connection(
        host=values.pop("public_host"),
        port=values.pop("public_port"),
        database=row["name"],
        sslmode=values.pop("public_sslmode"),
    )
    values["advice"] = advice.count("database", values["advice"], values.pop("advised"))
    return Database(id=f"{row['server']}/{row['name']}", connection=connection, **values)

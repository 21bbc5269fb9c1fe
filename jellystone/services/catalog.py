"""The databases that somebody may see, answered from stored figures: no server is asked."""

from typing import Any

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.databases import Connection, Database, DatabaseAndRoles, Databases, Order, Sort
from jellystone.facts.lists import Choice
from jellystone.services import advice, role_catalog
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.lists import ALL, Slice, like
from jellystone.services.permissions import Permission, Scope
from jellystone.tables.teams import Team

FACTS = """
    SELECT d.name, d.description, d.status, d.problem, d.connection_limit, d.protected, d.slow_query_ms, d.encoding,
        d.locale, d.created_at, d.size_bytes, d.connections, d.last_query_at, d.last_write_at, d.measured_at,
        (SELECT jsonb_object_agg(a.check_name, a.state)::text FROM advice a WHERE a.database = d.id) AS advice,
        s.advised::text AS advised, s.name AS server, t.slug AS team, s.public_host, s.public_port, s.public_sslmode,
        (SELECT count(*) FROM roles r WHERE r.database = d.id) AS roles, f.total, f.total_size_bytes,
        f.total_connections
    FROM found f
    JOIN databases d ON d.id = f.id JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team
    ORDER BY {order}
"""
UNUSED = """
    d.status = 'ready' AND coalesce(d.last_query_at, CASE WHEN EXISTS (
        SELECT FROM figures_day f WHERE f.subject = d.server AND f.at < now() - $7 * interval '1 day'
    ) THEN d.created_at END) < now() - $7 * interval '1 day'
"""
"""Where nobody ever was seen, that tells something only if we have looked for so long."""
FOUND = f"""
    SELECT d.id, count(*) OVER () AS total, (sum(d.size_bytes) OVER ())::bigint AS total_size_bytes,
        sum(d.connections) OVER () AS total_connections
    FROM databases d JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team
    WHERE ($1 OR d.team = ANY ($2::uuid[]))
        AND ($3::text = '' OR t.slug = $3) AND ($4::text = '' OR s.name = $4)
        AND ($5::text = '%%' OR d.name ILIKE $5 OR d.description ILIKE $5)
        AND (NOT $6 OR d.problem IS NOT NULL)
        AND ($7::int = 0 OR ({UNUSED}))
    ORDER BY {{order}} LIMIT $8 OFFSET $9
"""
ORDERS: dict[Sort, str] = {
    "name": "d.name",
    "team": "t.slug",
    "server": "s.name",
    "state": "d.status",
    "size": "d.size_bytes",
    "connections": "d.connections",
    "last_query": "d.last_query_at",
    "last_write": "d.last_write_at",
}
ONE = "SELECT $1::uuid AS id, 1 AS total, NULL AS total_size_bytes, NULL AS total_connections"
CHOICES = """
    SELECT 'teams' AS kind, slug AS id, name, folded AS place FROM teams WHERE id = ANY ($1::uuid[])
    UNION ALL SELECT 'servers', name, name, name FROM servers ORDER BY place
"""


async def visible_to(
    actor: Actor,
    part: Slice,
    *,
    matching: str = "",
    team: str = "",
    server: str = "",
    with_problem: bool = False,
    unused_days: int = 0,
    sort: Sort = "name",
    order: Order | None = None,
) -> Databases:
    """Every database that the actor may see: one query, answered from stored figures. What is not known comes last."""
    actor.must_have(Scope.READ)
    narrowed = (actor.operator, list(actor.ranks), team, server, like(matching), with_problem, unused_days)
    by = f"{ORDERS[sort]} {order or usual_order(sort)} NULLS LAST, d.name, s.name"
    sql = f"WITH found AS ({FOUND}) {FACTS}".format(order=by)
    rows = await DB.fetch(sql, *narrowed, part.per_page, part.offset)
    if not rows and part.page > 1:  # past the end, where no row carries the totals
        first = await DB.fetch(sql, *narrowed, 1, 0)
        return _listed(part, [], first[0] if first else None)
    return _listed(part, rows, rows[0] if rows else None)


def usual_order(sort: Sort) -> Order:
    """In which one wants to see it first: words from a, figures from the largest, moments from the latest."""
    return "asc" if sort in ("name", "team", "server", "state") else "desc"


def _listed(part: Slice, rows: list[Any], totals: Any) -> Databases:
    known = dict(totals) if totals else {}
    return Databases(
        items=[_fact(row) for row in rows],
        total=known.get("total", 0),
        page=part.page,
        per_page=part.per_page,
        total_size_bytes=known.get("total_size_bytes"),
        total_connections=known.get("total_connections"),
    )


async def narrowed_by(actor: Actor) -> dict[str, list[Choice]]:
    """The teams and servers by which the list can be narrowed: one query."""
    rows = await DB.fetch(CHOICES, list(actor.ranks))
    found: dict[str, list[Choice]] = {"teams": [], "servers": []}
    for row in rows:
        found[row["kind"]].append(Choice(row["id"], row["name"]))
    return found


async def with_problems(actor: Actor) -> list[Database]:
    return (await visible_to(actor, Slice(per_page=20), with_problem=True)).items


async def with_roles(
    actor: Actor, team: Team, *, sort: Sort = "name", order: Order | None = None
) -> list[DatabaseAndRoles]:
    """A team's databases and under each its roles: two queries, however many there are."""
    found = await visible_to(actor, ALL, team=team.slug, sort=sort, order=order)
    by_database = await role_catalog.of_team(actor, team)
    return [DatabaseAndRoles(database=one, roles=by_database.get(one.id, [])) for one in found.items]


async def show(actor: Actor, database: Found) -> Database:
    actor.must(Permission.VIEW, database.team.id)
    row = await DB.fetch_row(f"WITH found AS ({ONE}) {FACTS}".format(order=1), database.row.id)
    if row is None:
        raise NotFound(f"The database {database.id} is gone.")
    return _fact(row)


def _fact(row: Any) -> Database:
    values = dict(row)
    for name in ("total", "total_size_bytes", "total_connections"):
        del values[name]
    connection = Connection(
        host=values.pop("public_host"),
        port=values.pop("public_port"),
        database=row["name"],
        sslmode=values.pop("public_sslmode"),
    )
    values["advice"] = advice.count("database", values["advice"], values.pop("advised"))
    return Database(id=f"{row['server']}/{row['name']}", connection=connection, **values)

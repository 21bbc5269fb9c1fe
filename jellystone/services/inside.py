"""A look inside a database, when somebody asks for one: what it found stays until the next."""

from typing import Any
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.errors import Conflict
from jellystone.facts.inside import Inside, TableInside
from jellystone.postgres import inside
from jellystone.postgres.names import quoted
from jellystone.services import events, servers
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.permissions import Permission

PAUSE = 30
"""Seconds in which nobody looks again: what was found is as good, and each look is a session inside."""
MANY, SHARE = 100_000, 20.0
LAST = """
    SELECT at, "by", seen::text AS seen, at > now() - $2 * interval '1 second' AS fresh FROM insides WHERE database = $1
"""
KEEP = """
    INSERT INTO insides (database, "by", seen) SELECT id, $2, $3::text::jsonb FROM databases WHERE id = $1
    ON CONFLICT (database) DO UPDATE SET at = excluded.at, "by" = excluded.by, seen = excluded.seen
"""


async def show(actor: Actor, database: Found) -> Inside:
    """What was last found, whoever looked."""
    actor.must(Permission.VIEW, database.team.id)
    return _fact(await _last(database.row.id))


async def look(actor: Actor, database: Found) -> Inside:
    """Go and see. It is on record, and does not count as use: `Server.inside` notes each visit."""
    actor.must(Permission.CHANGE_DATABASES, database.team.id)
    last = await _last(database.row.id)
    if last and last["fresh"]:
        return _fact(last)
    if database.row.status != "ready":
        raise Conflict(f"The database {database.row.name} is not ready. Look again when it is.")
    found = await inside.look(await servers.reach(database.server), database.row.name, database.row.id)
    async with DB.transaction():
        await DB.fetch(KEEP, database.row.id, actor.name, msgspec.json.encode(found).decode())
        await events.record(actor, "looked inside", "database", database.id, team=database.team.id)
    return _fact(await _last(database.row.id))


async def _last(database: UUID) -> Any:
    return await DB.fetch_row(LAST, database, PAUSE)


def _fact(row: Any) -> Inside:
    if row is None:
        return Inside(looked_at=None, looked_by=None, total=None, tables=[], strays=[], sql=None)
    found = msgspec.json.decode(row["seen"], type=inside.Inside)
    return Inside(
        looked_at=row["at"],
        looked_by=row["by"],
        total=found.total,
        tables=[_table(one) for one in found.tables],
        strays=list(found.strays),
        sql="\n".join(found.strays.values()) or None,
    )


def _table(one: inside.Table) -> TableInside:
    share = round(100 * one.rows_dead / one.rows_live, 1) if one.rows_live else None
    lagging = one.rows_dead > MANY and one.rows_dead > one.rows_live * SHARE / 100
    name = f"{quoted(one.schema)}.{quoted(one.name)}"
    sql = f"VACUUM (ANALYZE) {name};\nALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = 0.02);"
    return TableInside(**vars(one), dead_percent=share, lagging=lagging, sql=sql if lagging else None)

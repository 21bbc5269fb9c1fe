"""The defaults of a database's new sessions: told, checked, recorded, and brought to the server."""

from typing import Any

import msgspec

from jellystone.database import DB
from jellystone.errors import Invalid, Problem
from jellystone.facts.parameters import Parameters, ParameterValues
from jellystone.postgres.failures import passing
from jellystone.postgres.parameters import BINDING, KINDS, SINCE, Value, field, grant
from jellystone.services import events, provisioning
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.permissions import Permission, Scope

FIELDS = {field(name): name for name in KINDS}
SHORTEST_MS = 100
"""Shorter ones would only be mistakes, and seconds taken for milliseconds."""

PUT = """
    UPDATE databases SET parameters = $2, parameters_applied = false, retry_at = NULL, attempts = 0
    WHERE id = $1 AND status <> 'deleting' RETURNING id
"""
TAKE_BACK = """
    UPDATE databases SET parameters = $3, parameters_applied = $4, problem = NULL, retry_at = NULL, attempts = 0
    WHERE id = $1 AND parameters = $2::jsonb
"""
ROW = "SELECT parameters::text AS parameters, parameters_applied AS applied, problem FROM databases WHERE id = $1"


async def show(actor: Actor, database: Found) -> Parameters:
    actor.must(Permission.VIEW, database.team.id)
    row: Any = await DB.fetch_row(ROW, database.row.id)
    begun = msgspec.json.decode(database.server.session_defaults)
    known = {field(name): value for name, value in begun.get("values", {}).items()}
    return Parameters(
        **{field(name): value for name, value in msgspec.json.decode(row["parameters"]).items()},
        server=ParameterValues(**known) if known else None,
        settable=[one for one, name in FIELDS.items() if _may(actor, database, name) and not _lacks(database, name)],
        missing={field(name): words for name in BINDING if (words := _lacks(database, name))},
        applied=row["applied"],
        problem=None if row["applied"] else row["problem"],
        measured_at=database.server.contacted_at,
    )


async def change(actor: Actor, database: Found, wished: dict[str, Value | None]) -> Parameters:
    """Set what is given by its field's name; None goes back to the server's own. What is left out stays.

    The row comes first; what the server refuses for good is taken back.
    """
    _must(actor, database)
    _check(actor, database, wished)
    async with DB.transaction():
        row: Any = await DB.fetch_row(f"{ROW} FOR NO KEY UPDATE", database.row.id)
        before = msgspec.json.decode(row["parameters"])
        after = before | {FIELDS[one]: value for one, value in wished.items()}
        after = {name: value for name, value in after.items() if value not in (None, [])}
        changed = {field(n): _told(after.get(n)) for n in {*before, *after} if before.get(n) != after.get(n)}
        if not changed and row["applied"]:
            return await show(actor, database)
        await DB.fetch(PUT, database.row.id, _json(after))
        await events.record(actor, "set parameters of", "database", database.id, team=database.team.id, **changed)
    try:
        await provisioning.bring_database(database.row.id)
    except Problem as problem:
        if not passing(problem):
            await _take_back(actor, database, after, before, problem, applied=row["applied"])
        raise
    return await show(actor, database)


async def _take_back(
    actor: Actor, database: Found, after: dict[str, Any], before: dict[str, Any], problem: Problem, *, applied: bool
) -> None:
    words = "; ".join(problem.fields.values()) if isinstance(problem, Invalid) else str(problem)
    async with DB.transaction():
        await DB.fetch(TAKE_BACK, database.row.id, _json(after), _json(before), applied)
        action = "could not set parameters of"
        await events.record(actor, action, "database", database.id, team=database.team.id, problem=words)


def _must(actor: Actor, database: Found) -> None:
    """Members of the team that change its databases, and operators on all of them."""
    if actor.operator:
        actor.must_have(Scope.WRITE)
    else:
        actor.must(Permission.CHANGE_DATABASES, database.team.id)


def _may(actor: Actor, database: Found, name: str) -> bool:
    if actor.operator:
        return actor.scopes is None or Scope.WRITE in actor.scopes
    return name not in BINDING and actor.may(Permission.CHANGE_DATABASES, database.team.id)


def _lacks(database: Found, name: str) -> str | None:
    """What must be done on the server before this can be set there, in words; None: nothing."""
    version = database.server.version_number
    if name in SINCE and version and version // 10000 < SINCE[name]:
        return f"It takes PostgreSQL {SINCE[name]} or newer."
    begun = msgspec.json.decode(database.server.session_defaults)
    if name not in BINDING or name in begun.get("settable", []):
        return None
    if not begun:
        return "We have not asked the server yet whether we may. Try again in ten minutes."
    if version and version < 150000:
        return "Before PostgreSQL 15 only a superuser may set it."
    return f"Our role may not set it. As a superuser run {grant(name, begun['role'])}"


def _check(actor: Actor, database: Found, wished: dict[str, Value | None]) -> None:
    wrong = {}
    for one, value in wished.items():
        name = FIELDS[one]
        if name in BINDING and not actor.operator:
            wrong[one] = "Only operators may set this."
        if value is None or one in wrong:
            continue
        if words := _lacks(database, name):
            wrong[one] = words
        elif KINDS[name] == "ms" and name not in BINDING and isinstance(value, int) and 0 < value < SHORTEST_MS:
            wrong[one] = "Give milliseconds: 0 for no limit, or at least 100."
    if wrong:
        raise Invalid(**wrong)


def _told(value: Any) -> str | int | None:
    return ", ".join(value) if isinstance(value, list) else value


def _json(values: dict[str, Any]) -> str:
    return msgspec.json.encode(values).decode()

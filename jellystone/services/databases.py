"""Databases: finding, making, changing and deleting them. What happens on the server is `provisioning`'s."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import EllipsisType
from typing import Any

from asyncpg import ForeignKeyViolationError, UniqueViolationError

from jellystone.database import DB
from jellystone.errors import Conflict, Invalid, NotFound, Problem
from jellystone.facts.naming import database_name_problem
from jellystone.facts.roles import RoleWithPassword
from jellystone.postgres.failures import passing
from jellystone.services import catalog, events, names, provisioning, roles, servers, teams, texts
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.permissions import Permission
from jellystone.services.versions import ALWAYS, Condition
from jellystone.tables.columns import uuid7
from jellystone.tables.databases import Database
from jellystone.tables.rows import listed, split
from jellystone.tables.servers import Server
from jellystone.tables.teams import Team

SLOW = 1000
"""Milliseconds from which on a run is slow, unless a database says otherwise."""
FIND = f"""
    SELECT {listed(d=Database, s=Server, t=Team)}
    FROM databases d JOIN servers s ON s.id = d.server JOIN teams t ON t.id = d.team WHERE s.name = $1 AND d.name = $2
"""
IN_HAND = timedelta(minutes=1)  # the reconciler leaves to us what we have just begun


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a new database shall be. None: what the server does by itself; for `slow_query_ms` what is so already."""

    name: str
    description: str = ""
    connection_limit: int | None = None
    protected: bool = True
    encoding: str | None = None
    locale: str | None = None
    locale_provider: str | None = None
    slow_query_ms: int | None = None


async def find(actor: Actor, server: str, name: str) -> Found:
    """The database, if the actor may know that it is there."""
    record = await DB.fetch_row(FIND, server, name)
    found = Found(*split(record, Database, Server, Team)) if record else None
    if found is None or not (found.team.id in actor.ranks or actor.operator):
        raise NotFound(f"There is no database {server}/{name}, or it belongs to a team that you are not in.")
    actor.must(Permission.VIEW, found.team.id)
    return found


async def create(
    actor: Actor, team: Team, server: Server, wish: Wish, *, owner: roles.Wish | None = None
) -> tuple[Found, RoleWithPassword | None]:
    """Record the intent, make it on the server, and say what became of it; `owner` is a role to make with it.

    Where the server does not answer, nothing is kept. What a crash or a failure cuts short later keeps its rows, and
    the reconciler finishes it; a wish that can never come true (a foreign database of that name, an unknown locale)
    is withdrawn again.
    """
    actor.must(Permission.CREATE_DATABASES, team.id)
    if wrong := database_name_problem(wish.name):
        raise Invalid(name=wrong)
    found = Found(_row(actor, team, server, wish), server, team)
    planned, free = None, names.must_be_free_on(actor, server, wish.name, owner)
    if owner:  # its verifier is made while the server is asked
        planned, _ = await asyncio.gather(roles.planned(actor, found, owner), free)
    else:
        await free
    try:
        async with DB.transaction():
            await found.row.save()
            await events.record(actor, "created", "database", found.id, team=team.id)
            if planned:
                await roles.intend(actor, planned[0])
    except UniqueViolationError:
        await names.must_be_free(actor, server, wish.name, owner)
        raise Conflict("Somebody else has just taken this name.", name="This name is taken.") from None
    except ForeignKeyViolationError:
        raise NotFound(f"The server {server.name} or the team {team.slug} has just been removed.") from None
    async with (await servers.reach(server)).staying(wish.name):
        await _make(actor, found)
        return found, await roles.make(actor, *planned) if planned else None


async def _make(actor: Actor, database: Found) -> None:
    try:
        await provisioning.bring_database(database.row.id, at=database.server)
    except (Invalid, Conflict) as problem:
        if not passing(problem):
            await _withdraw(actor, database, problem)
        raise
    database.row.status = "ready"


def _row(actor: Actor, team: Team, server: Server, wish: Wish) -> Database:
    return Database(
        id=uuid7(),
        server=server.id,
        team=team.id,
        name=wish.name,
        description=wish.description,
        connection_limit=wish.connection_limit,
        protected=wish.protected,
        encoding=wish.encoding,
        locale=wish.locale,
        locale_provider=wish.locale_provider,
        slow_query_ms=SLOW if wish.slow_query_ms is None else wish.slow_query_ms,
        was_absent=True,
        retry_at=datetime.now(UTC) + IN_HAND,
        created_by=actor.user,
    )


async def change(
    actor: Actor,
    database: Found,
    *,
    description: str | None = None,
    protected: bool | None = None,
    slow_query_ms: int | None = None,
    connection_limit: int | EllipsisType | None = ...,
    condition: Condition = ALWAYS,
) -> None:
    """Change what is given; `...` leaves the connection limit as it is, None lifts it."""
    actor.must(Permission.CHANGE_DATABASES, database.team.id)
    row = database.row
    wished = {
        "description": row.description if description is None else description,
        "protected": row.protected if protected is None else protected,
        "slow_query_ms": row.slow_query_ms if slow_query_ms is None else slow_query_ms,
        "connection_limit": row.connection_limit if connection_limit is ... else connection_limit,
    }
    changed: dict[str, Any] = {name: value for name, value in wished.items() if value != getattr(row, name)}
    values = changed | ({"limit_applied": False} if "connection_limit" in changed else {})
    if not changed:
        await condition.look(lambda: catalog.show(actor, database))
    else:
        async with DB.transaction():
            await condition.hold("databases", row.id, lambda: catalog.show(actor, database))
            columns = {getattr(Database, name): value for name, value in values.items()}
            await Database.update(columns).where(Database.id == row.id)
            await events.record(actor, "changed", "database", database.id, team=database.team.id, **changed)
    if "connection_limit" in changed or not row.limit_applied:
        await provisioning.bring_database(row.id)


async def bring(
    actor: Actor, server: str, wish: Wish, *, team: str | None, condition: Condition = ALWAYS
) -> tuple[Found, bool]:
    """Create it, or change what differs; whether it was created. What cannot change must be the same."""
    try:
        database = await find(actor, server, wish.name)
    except NotFound:
        condition.check(None)
        made, _ = await create(actor, await teams.own(actor, team), await servers.by_name(server), wish)
        return made, True
    await condition.look(lambda: catalog.show(actor, database))
    if team is not None and team != database.team.slug:
        raise Conflict(f"{database.id} belongs to the team {database.team.slug}.", team="It belongs to another team.")
    if database.row.status in ("creating", "failed"):
        actor.must(Permission.CREATE_DATABASES, database.team.id)
        await provisioning.bring_database(database.row.id)
        database = await find(actor, server, wish.name)
    texts.must_fit(database, encoding=wish.encoding, locale=wish.locale, locale_provider=wish.locale_provider)
    await change(
        actor,
        database,
        description=wish.description,
        protected=wish.protected,
        slow_query_ms=wish.slow_query_ms,
        connection_limit=wish.connection_limit,
        condition=condition,
    )
    return database, False


async def delete(actor: Actor, database: Found, *, condition: Condition = ALWAYS) -> None:
    """Delete it with its roles. From here on it is going, whatever happens: the reconciler finishes it."""
    actor.must(Permission.DELETE_DATABASES, database.team.id)
    async with DB.transaction():
        await condition.hold("databases", database.row.id, lambda: catalog.show(actor, database))
        if database.row.protected:
            raise Conflict(f"{database.id} is protected. Lift its protection first, then delete it.")
        marked = await (
            Database.update({Database.status: "deleting", Database.problem: None})
            .where(Database.id == database.row.id, Database.protected.eq(False))
            .returning(Database.id)
        )
        if not marked:
            await find(actor, database.server.name, database.row.name)  # or another request has just deleted it
            raise Conflict(f"{database.id} was protected meanwhile. Look at it again.")
        await events.record(actor, "deleted", "database", database.id, team=database.team.id)
    await provisioning.remove_database(database.row.id)


async def _withdraw(actor: Actor, database: Found, problem: Problem) -> None:
    async with DB.transaction():
        await Database.delete().where(Database.id == database.row.id, Database.status != "deleting")
        await events.record(
            actor, "could not create", "database", database.id, team=database.team.id, problem=str(problem)
        )

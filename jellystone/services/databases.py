"""Databases: finding, making, changing and deleting them. What happens on the server is `provisioning`'s."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import EllipsisType
from typing import Any

from asyncpg import UniqueViolationError

from jellystone.database import DB
from jellystone.errors import Conflict, Invalid, NotFound, Problem
from jellystone.postgres import databases as on_server
from jellystone.postgres.names import database_name_problem
from jellystone.services import events, provisioning, servers, teams
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.permissions import Permission
from jellystone.tables.columns import uuid7
from jellystone.tables.databases import Database
from jellystone.tables.servers import Server
from jellystone.tables.teams import Team

IN_HAND = timedelta(minutes=1)  # the reconciler leaves to us what we have just begun


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a new database shall be. None: what the server does by itself."""

    name: str
    description: str = ""
    connection_limit: int | None = None
    protected: bool = True
    encoding: str | None = None
    locale: str | None = None
    locale_provider: str | None = None


async def find(actor: Actor, server: str, name: str) -> Found:
    """The database, if the actor may know that it is there."""
    at = await Server.objects().get(Server.name == server)
    row = await Database.objects().get((Database.server == at.id) & (Database.name == name)) if at else None
    team = await Team.objects().get(Team.id == row.team) if row else None
    if at is None or row is None or team is None or not (team.id in actor.ranks or actor.operator):
        raise NotFound(f"There is no database {server}/{name}, or it belongs to a team that you are not in.")
    actor.must(Permission.VIEW, team.id)
    return Found(row, at, team)


async def create(actor: Actor, team: Team, server: Server, wish: Wish) -> Found:
    """Record the intent, make it on the server, and say what became of it.

    Where the server does not answer, nothing is kept. What a crash or a failure cuts short later keeps its row, and
    the reconciler finishes it; a wish that can never come true (a foreign database of that name, an unknown locale)
    is withdrawn again.
    """
    actor.must(Permission.CREATE_DATABASES, team.id)
    if wrong := database_name_problem(wish.name):
        raise Invalid(name=wrong)
    await _must_be_free(actor, server, wish.name)
    was_absent = not await on_server.exists(await servers.reach(server), wish.name)
    if not was_absent:
        raise Conflict(
            f"The server {server.name} has a database {wish.name} that Jellystone did not make. Choose another name.",
            name="This name is taken on the server.",
        )
    row = Database(
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
        was_absent=True,
        retry_at=datetime.now(UTC) + IN_HAND,
        created_by=actor.user,
    )
    found = Found(row, server, team)
    try:
        async with DB.transaction():
            await row.save()
            await events.record(actor, "created", "database", found.id, team=team.id)
    except UniqueViolationError:
        await _must_be_free(actor, server, wish.name)
        raise Conflict("Somebody else has just taken this name.", name="This name is taken.") from None
    try:
        await provisioning.bring_database(row.id)
    except (Invalid, Conflict) as problem:
        await _withdraw(actor, found, problem)
        raise
    return found


async def change(
    actor: Actor,
    database: Found,
    *,
    description: str | None = None,
    protected: bool | None = None,
    connection_limit: int | EllipsisType | None = ...,
) -> None:
    """Change what is given; `...` leaves the connection limit as it is, None lifts it."""
    actor.must(Permission.CHANGE_DATABASES, database.team.id)
    row = database.row
    wished = {
        "description": row.description if description is None else description,
        "protected": row.protected if protected is None else protected,
        "connection_limit": row.connection_limit if connection_limit is ... else connection_limit,
    }
    changed: dict[str, Any] = {name: value for name, value in wished.items() if value != getattr(row, name)}
    if not changed:
        return
    values = changed | ({"limit_applied": False} if "connection_limit" in changed else {})
    async with DB.transaction():
        await Database.update({getattr(Database, name): value for name, value in values.items()}).where(
            Database.id == row.id
        )
        await events.record(actor, "changed", "database", database.id, team=database.team.id, **changed)
    if "connection_limit" in changed:
        await provisioning.bring_database(row.id)


async def bring(actor: Actor, server: str, wish: Wish, *, team: str | None) -> tuple[Found, bool]:
    """Create it, or change what differs; whether it was created. What cannot change must be the same."""
    try:
        database = await find(actor, server, wish.name)
    except NotFound:
        owner = await teams.own(actor, team)
        return await create(actor, owner, await servers.by_name(server), wish), True
    if team is not None and team != database.team.slug:
        raise Conflict(f"{database.id} belongs to the team {database.team.slug}.", team="It belongs to another team.")
    if database.row.status in ("creating", "failed"):
        actor.must(Permission.CREATE_DATABASES, database.team.id)
        await provisioning.bring_database(database.row.id)
    fixed = {name: getattr(wish, name) for name in ("encoding", "locale")}
    if differ := {name: value for name, value in fixed.items() if value and value != getattr(database.row, name)}:
        words = {name: f"It is {getattr(database.row, name)}, and cannot be changed." for name in differ}
        raise Conflict(f"The {' and '.join(differ)} of {database.id} cannot be changed.", **words)
    await change(
        actor,
        database,
        description=wish.description,
        protected=wish.protected,
        connection_limit=wish.connection_limit,
    )
    return database, False


async def delete(actor: Actor, database: Found) -> None:
    """Delete it with its roles. From here on it is going, whatever happens: the reconciler finishes it."""
    actor.must(Permission.DELETE_DATABASES, database.team.id)
    if database.row.protected:
        raise Conflict(f"{database.id} is protected. Lift its protection first, then delete it.")
    async with DB.transaction():
        marked = await (
            Database.update({Database.status: "deleting", Database.problem: None})
            .where(Database.id == database.row.id, Database.protected.eq(False))
            .returning(Database.id)
        )
        if not marked:
            raise Conflict(f"{database.id} was protected or deleted meanwhile. Look at it again.")
        await events.record(actor, "deleted", "database", database.id, team=database.team.id)
    await provisioning.remove_database(database.row.id)


async def _must_be_free(actor: Actor, server: Server, name: str) -> None:
    """Raises `Conflict` that names the database of that name, if the actor may see it."""
    row = await Database.objects().get((Database.server == server.id) & (Database.name == name))
    if row is not None:
        visible = row.team in actor.ranks or actor.operator
        raise Conflict(
            f"The name {name} is taken on {server.name}. Choose another.",
            existing=f"{server.name}/{name}" if visible else None,
            name="This name is taken on the server.",
        )


async def _withdraw(actor: Actor, database: Found, problem: Problem) -> None:
    async with DB.transaction():
        await Database.delete().where(Database.id == database.row.id, Database.status != "deleting")
        await events.record(
            actor, "could not create", "database", database.id, team=database.team.id, problem=str(problem)
        )

"""Roles of a database: finding, making, changing and deleting them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import EllipsisType
from typing import Any

from asyncpg import UniqueViolationError

from jellystone.database import DB
from jellystone.errors import Conflict, Invalid, NotFound, Problem
from jellystone.facts.naming import role_name_problem
from jellystone.facts.roles import Role as RoleFact
from jellystone.facts.roles import RoleWithPassword
from jellystone.postgres.failures import passing
from jellystone.postgres.scram import generated_password
from jellystone.services import events, provisioning, role_catalog, sealing
from jellystone.services.actors import Actor
from jellystone.services.found import Found, FoundRole
from jellystone.services.permissions import Permission
from jellystone.services.versions import ALWAYS, Condition
from jellystone.tables.columns import uuid7
from jellystone.tables.roles import Role
from jellystone.tables.rows import listed, split
from jellystone.tables.servers import Server

FIND = f"SELECT {listed(r=Role)} FROM roles r WHERE r.database = $1 AND r.name = $2"
IN_HAND = timedelta(minutes=1)
SUB_ADDRESSES = {"new"}  # …/roles/new is a form


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a new role shall be. Without a password one is made."""

    name: str
    access: str
    password: str | None = field(default=None, repr=False)
    connection_limit: int | None = None
    valid_until: datetime | None = None
    enabled: bool = True


async def find(actor: Actor, database: Found, name: str) -> FoundRole:
    actor.must(Permission.VIEW, database.team.id)
    record = await DB.fetch_row(FIND, database.row.id, name)
    if record is None:
        raise NotFound(f"{database.id} has no role {name!r}.")
    (row,) = split(record, Role)
    return FoundRole(row, database)


async def create(actor: Actor, database: Found, wish: Wish) -> RoleWithPassword:
    """Record it with its sealed password, make it on the server, and show the password this once."""
    role, password = await planned(actor, database, wish)
    if database.row.status != "ready":
        raise Conflict(f"{database.id} is {database.row.status}. Roles can be made once it is ready.")
    try:
        async with DB.transaction():
            await intend(actor, role)
    except UniqueViolationError:
        await must_be_free(actor, database.server, wish.name)
        raise Conflict("Somebody else has just taken this name.", name="This name is taken.") from None
    return await make(actor, role, password)


async def make(actor: Actor, role: FoundRole, password: str) -> RoleWithPassword:
    """As with databases: what is cut short is finished later, what can never be is withdrawn."""
    try:
        await provisioning.bring_role(role.row.id, within=role.database)
    except (Invalid, Conflict) as problem:
        if not passing(problem):
            await _withdraw(actor, role, problem)
        raise
    return sealing.with_password(role, await role_catalog.show(actor, role), password)


async def planned(actor: Actor, database: Found, wish: Wish) -> tuple[FoundRole, str]:
    """The role that is to be made and its password; nothing is recorded yet."""
    actor.must(Permission.CHANGE_ROLES, database.team.id)
    if wrong := role_name_problem(wish.name):
        raise Invalid(name=wrong)
    if wish.name in SUB_ADDRESSES:
        raise Invalid(name=f"{wish.name} is an address here. Choose another name, such as {wish.name}_1.")
    password = wish.password if wish.password is not None else generated_password()
    return FoundRole(await _row(actor, database, wish, password), database), password


async def intend(actor: Actor, role: FoundRole) -> None:
    """Record it with its event, in a transaction. UniqueViolationError: `must_be_free` says whose the name is."""
    await role.row.save()
    await events.record(actor, "created", "role", role.id, team=role.database.team.id, access=role.row.access)


async def _row(actor: Actor, database: Found, wish: Wish, password: str) -> Role:
    id = uuid7()
    row = Role(
        id=id,
        server=database.server.id,
        database=database.row.id,
        name=wish.name,
        access=wish.access,
        enabled=wish.enabled,
        connection_limit=wish.connection_limit,
        valid_until=wish.valid_until,
        password_changed_at=datetime.now(UTC),
        retry_at=datetime.now(UTC) + IN_HAND,
        created_by=actor.user,
    )
    for column, value in (await sealing.of(database, id, password)).items():
        setattr(row, column, value)
    return row


async def change(
    actor: Actor,
    role: FoundRole,
    *,
    access: str | None = None,
    enabled: bool | None = None,
    connection_limit: int | EllipsisType | None = ...,
    valid_until: datetime | EllipsisType | None = ...,
    condition: Condition = ALWAYS,
) -> None:
    """Change what is given; `...` leaves a thing as it is. Another access, or disabling, ends its sessions."""
    actor.must(Permission.CHANGE_ROLES, role.database.team.id)
    wished = {
        "access": role.row.access if access is None else access,
        "enabled": role.row.enabled if enabled is None else enabled,
        "connection_limit": role.row.connection_limit if connection_limit is ... else connection_limit,
        "valid_until": role.row.valid_until if valid_until is ... else valid_until,
    }
    changed = {name: value for name, value in wished.items() if value != getattr(role.row, name)}
    if changed:
        said = {name: value if isinstance(value, str | int | None) else str(value) for name, value in changed.items()}
        values: dict[str, Any] = dict(changed)  # what somebody else's change still has to apply stays so
        if "access" in changed:
            values["access_applied"] = False
        if changed.keys() - {"access"}:
            values["attributes_applied"] = False
        async with DB.transaction():
            await condition.hold("roles", role.row.id, lambda: role_catalog.show(actor, role))
            await intend_change(actor, role, "changed", values, said)
    else:
        await condition.look(lambda: role_catalog.show(actor, role))
    await provisioning.bring_role(role.row.id, within=role.database)


async def bring(actor: Actor, database: Found, wish: Wish, *, condition: Condition = ALWAYS) -> tuple[RoleFact, bool]:
    """Create it, with its password in the answer, or change what differs; whether it was created."""
    try:
        role = await find(actor, database, wish.name)
    except NotFound:
        condition.check(None)
        return await create(actor, database, wish), True
    await change(
        actor,
        role,
        access=wish.access,
        enabled=wish.enabled,
        connection_limit=wish.connection_limit,
        valid_until=wish.valid_until,
        condition=condition,
    )
    return await role_catalog.show(actor, role), False


async def delete(actor: Actor, role: FoundRole, *, condition: Condition = ALWAYS) -> None:
    """Drop it; what it made stays and belongs to the database's owners."""
    team = role.database.team
    actor.must(Permission.CHANGE_ROLES, team.id)
    async with DB.transaction():
        await condition.hold("roles", role.row.id, lambda: role_catalog.show(actor, role))
        await Role.update({Role.status: "deleting", Role.problem: None}).where(Role.id == role.row.id)
        await events.record(actor, "deleted", "role", role.id, team=team.id)
    await provisioning.remove_role(role.row.id)


async def intend_change(
    actor: Actor, role: FoundRole, action: str, values: dict[str, Any], said: dict[str, Any]
) -> None:
    """Record what the role shall be from now on, with its event; bringing it about comes after."""
    values = {"status": "changing", "retry_at": datetime.now(UTC) + IN_HAND, **values}
    columns = {getattr(Role, name): value for name, value in values.items()}
    async with DB.transaction():
        rows = (
            await Role.update(columns).where(Role.id == role.row.id, Role.status.is_in(CHANGEABLE)).returning(Role.id)
        )
        if not rows:
            raise Conflict(f"The role {role.id} is being made or deleted just now. Look at it again in a moment.")
        await events.record(actor, action, "role", role.id, team=role.database.team.id, **said)


CHANGEABLE = ["ready", "changing", "failed"]


async def must_be_free(actor: Actor, server: Server, name: str) -> None:
    """Role names are the whole server's. The `Conflict` says whose it is only to those who may see it."""
    rows = await DB.fetch(f"{role_catalog.FACTS} WHERE r.server = $1 AND r.name = $2", server.id, name)
    if not rows:
        return
    visible = actor.operator or rows[0]["team"] in actor.ranks
    raise Conflict(
        f"The role name {name} is taken on {server.name}. Choose another.",
        existing=rows[0]["id"] if visible else None,
        name="This name is taken on the server.",
    )


async def _withdraw(actor: Actor, role: FoundRole, problem: Problem) -> None:
    async with DB.transaction():
        await Role.delete().where(Role.id == role.row.id, Role.status != "deleting")
        team = role.database.team.id
        await events.record(actor, "could not create", "role", role.id, team=team, problem=str(problem))

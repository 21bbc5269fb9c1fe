"""Users of a database: roles that can log in, each a member of exactly one of its three groups.

Each function can be run again after anything, looks first, then acts. Passwords come as SCRAM verifiers only.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from jellystone.errors import Conflict, NotFound
from jellystone.postgres import groups, privileges, removal, sessions
from jellystone.postgres.catalog import our_database
from jellystone.postgres.connection import Connection
from jellystone.postgres.groups import POWERLESS, Access
from jellystone.postgres.names import check_role_name, group_name, literal, quoted
from jellystone.postgres.scram import check_verifier
from jellystone.postgres.server import Server
from jellystone.postgres.tags import role_tag


@dataclass(frozen=True, kw_only=True)
class RoleSpec:
    """What it shall be. `verifier` None: it has no password, so nobody logs in with one. `enabled` False: NOLOGIN.

    `valid_until` is when the password stops working, with a time zone; None: never.
    """

    id: UUID
    name: str
    database: str
    database_id: UUID
    access: Access
    verifier: str | None = None
    connection_limit: int | None = None
    valid_until: datetime | None = None
    enabled: bool = True


async def exists(server: Server, name: str) -> bool:
    """Whether the server has a role of that name, of whomever."""
    async with server.admin() as connection:
        return await connection.fetchrow(removal.ROLE, name) is not None


async def create(server: Server, spec: RoleSpec) -> None:
    """Make it with its access. If it is there from before, it is brought to the spec; its password stays."""
    check_role_name(spec.name)
    await server.retried(lambda: _create(server, spec))


async def change(server: Server, spec: RoleSpec) -> None:
    """Set the connection limit, when the password ends and whether it may log in; a disabled one's sessions end."""

    async def attempt() -> None:
        async with _ours(server, spec) as connection:
            await connection.run(f"ALTER ROLE {quoted(spec.name)} {_attributes(spec)}")
            if not spec.enabled:
                await sessions.end(connection, spec.name)

    await server.retried(attempt)


async def set_access(server: Server, spec: RoleSpec) -> None:
    """Move it to the group of `spec.access` and end its sessions: one that acts as the old group would stay it."""

    async def attempt() -> None:
        async with _ours(server, spec) as connection:
            await our_database(connection, spec.database, spec.database_id)
            async with connection.transaction():
                await groups.join(connection, spec.name, database=spec.database, access=spec.access)
                await groups.leave(connection, spec.name, database=spec.database, remaining=spec.access)
            await sessions.end(connection, spec.name, database=spec.database)
            async with server.inside(spec.database) as inside:
                await _settle(inside, spec)

    await server.retried(attempt)


async def set_password(server: Server, spec: RoleSpec, verifier: str, *, end_sessions: bool) -> None:
    """From now on only the new password works. Sessions live on, unless they shall end."""
    check_verifier(verifier)

    async def attempt() -> None:
        async with _ours(server, spec) as connection:
            await connection.run(f"ALTER ROLE {quoted(spec.name)} PASSWORD {literal(verifier)}")
            if end_sessions:
                await sessions.end(connection, spec.name)

    await server.retried(attempt)


async def drop(server: Server, spec: RoleSpec) -> None:
    """End its sessions, hand what it owns to the owners' group, drop it. Fine if it is gone already."""

    async def attempt() -> None:
        async with server.locked("user", spec.name, within=spec.database) as connection:
            await removal.remove(server, connection, spec.name, spec.id)

    await server.retried(attempt)


async def end_sessions(server: Server, spec: RoleSpec) -> int:
    """End its sessions on the whole server; how many there were."""

    async def attempt() -> int:
        async with _ours(server, spec) as connection:
            return await sessions.end(connection, spec.name)

    return await server.retried(attempt)


@asynccontextmanager
async def _ours(server: Server, spec: RoleSpec) -> AsyncIterator[Connection]:
    """A locked connection, once the role on the server has proved to be the one meant; else NotFound or Conflict."""
    async with server.locked("user", spec.name, within=spec.database) as connection:
        row = await connection.fetchrow(removal.ROLE, spec.name)
        if row is None:
            raise NotFound(f"The role {spec.name} is no longer on the server.")
        if row["tag"] != role_tag(spec.id):
            raise Conflict(f"The role {spec.name} on the server is not the one we made: its comment says so.")
        if not row["usable"]:
            await removal.act_for(connection, spec.name)
        yield connection


async def _create(server: Server, spec: RoleSpec) -> None:
    async with server.locked("user", spec.name, within=spec.database) as connection:
        await our_database(connection, spec.database, spec.database_id)
        row = await connection.fetchrow(removal.ROLE, spec.name)
        if row is not None and row["tag"] != role_tag(spec.id):
            raise Conflict(
                f"A role named {spec.name} is on the server already, made by somebody else. Choose another name.",
                name="This name is taken on the server.",
            )
        if row is None and spec.access != "owner":
            await _make(connection, spec)
            return
        async with server.inside_soon(spec.database) as connecting:
            await (_make(connection, spec) if row is None else _converge(connection, spec, row))
            await _settle(await connecting, spec)


async def _make(connection: Connection, spec: RoleSpec) -> None:
    password = ""
    if spec.verifier is not None:
        check_verifier(spec.verifier)
        password = f" PASSWORD {literal(spec.verifier)}"
    async with connection.transaction():
        await connection.run(f"CREATE ROLE {quoted(spec.name)} {POWERLESS} {_attributes(spec)}{password}")
        await connection.run(f"COMMENT ON ROLE {quoted(spec.name)} IS {literal(role_tag(spec.id))}")
        if not connection.superuser:
            await removal.act_for(connection, spec.name)
        await groups.join(connection, spec.name, database=spec.database, access=spec.access)


async def _converge(connection: Connection, spec: RoleSpec, row: Record) -> None:
    """Bring one that is there from before to the spec."""
    async with connection.transaction():
        await connection.run(f"ALTER ROLE {quoted(spec.name)} {_attributes(spec)}")
        if not row["usable"]:
            await removal.act_for(connection, spec.name)
        await groups.join(connection, spec.name, database=spec.database, access=spec.access)
        await groups.leave(connection, spec.name, database=spec.database, remaining=spec.access)


async def _settle(inside: Connection, spec: RoleSpec) -> None:
    """Inside the database: owners get the net for what they make outside the group, others keep nothing."""
    async with inside.transaction():
        if spec.access == "owner":
            await privileges.catch(inside, spec.database, spec.name)
        else:
            await privileges.hand_over(inside, spec.name, group=group_name(spec.database, "owner"))
            await privileges.strip(inside, spec.name)


def _attributes(spec: RoleSpec) -> str:
    login = "LOGIN" if spec.enabled else "NOLOGIN"
    limit = -1 if spec.connection_limit is None else int(spec.connection_limit)
    until = literal(spec.valid_until.isoformat() if spec.valid_until else "infinity")
    return f"{login} CONNECTION LIMIT {limit} VALID UNTIL {until}"

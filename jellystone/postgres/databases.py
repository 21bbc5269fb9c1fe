"""Databases on a managed server: each function can be run again after anything, looks first, then acts.

The database belongs to our own role, not to its team: an owner could open it to everybody, drop it from elsewhere
and lift its limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from jellystone.errors import Conflict
from jellystone.postgres import groups, locales, privileges, removal
from jellystone.postgres.catalog import DatabaseFacts, LocaleProvider, database_facts, our_database
from jellystone.postgres.connection import FOREVER, Connection, uninterrupted
from jellystone.postgres.names import check_database_name, group_name, literal, quoted
from jellystone.postgres.roles import RoleSpec
from jellystone.postgres.server import Server
from jellystone.postgres.tags import database_tag


@dataclass(frozen=True, kw_only=True)
class DatabaseSpec:
    """What it shall be. None: no limit of its own, or what the server does by itself."""

    id: UUID
    name: str
    connection_limit: int | None = None
    encoding: str | None = None
    locale: str | None = None
    locale_provider: LocaleProvider | None = None


async def exists(server: Server, name: str) -> bool:
    """Whether the server has a database of that name, of whomever: asked before the intent to create is recorded."""
    return await found(server, name) is not None


async def found(server: Server, name: str) -> DatabaseFacts | None:
    async with server.admin() as connection:
        return await database_facts(connection, name)


async def create(server: Server, spec: DatabaseSpec, *, was_absent: bool) -> DatabaseFacts:
    """Make it, its groups and what they may do; nobody can connect before all rights are set.

    `was_absent`: our record says that no such database existed when we began, so an untagged closed one of that
    name is what a crash of ours left. Conflict if a name belongs to something else; Invalid for encoding and
    locale, and then nothing is left behind.
    """
    check_database_name(spec.name)
    return await server.retried(lambda: _create(server, spec, was_absent=was_absent))


async def change(server: Server, spec: DatabaseSpec) -> None:
    """Set the connection limit. It holds for new connections."""

    async def attempt() -> None:
        async with server.locked("db", spec.name) as connection:
            await our_database(connection, spec.name, spec.id)
            await connection.run(f"ALTER DATABASE {quoted(spec.name)} {_limit(spec)}")

    await server.retried(attempt)


async def drop(server: Server, spec: DatabaseSpec, *, roles: Sequence[RoleSpec], was_absent: bool = False) -> None:
    """End its sessions, drop it, its groups and these roles of it. Once begun it is finished, whoever stops waiting.

    `was_absent` as in `create`: what an unfinished creation left is dropped too. Fine if it is gone already.
    """
    await uninterrupted(server.retried(lambda: _drop(server, spec, roles, was_absent=was_absent)))


async def _create(server: Server, spec: DatabaseSpec, *, was_absent: bool) -> DatabaseFacts:
    async with server.locked("db", spec.name) as connection:
        facts = await database_facts(connection, spec.name)
        if facts is not None:
            _check_continuable(spec, facts, was_absent=was_absent)
        await groups.ensure(connection, spec.name, spec.id)
        if facts is None:
            await _make(connection, spec)
        await _open(connection, spec)
        async with server.inside(spec.name) as inside, inside.transaction():
            closed = await privileges.lay(inside, spec.name)
        made = await our_database(connection, spec.name, spec.id)
        return made.with_public(closed=closed)


def _check_continuable(spec: DatabaseSpec, facts: DatabaseFacts, *, was_absent: bool) -> None:
    if facts.id != spec.id and not facts.left_unfinished(was_absent=was_absent):
        raise Conflict(
            f"A database named {spec.name} is on the server already, made by somebody else. Choose another name.",
            name="This name is taken on the server.",
        )
    if facts.broken:
        raise Conflict(f"A database named {spec.name} was only half deleted. Delete it again, then create it.")


async def _make(connection: Connection, spec: DatabaseSpec) -> None:
    options = locales.options(
        encoding=spec.encoding, locale=spec.locale, provider=spec.locale_provider, major=connection.major
    )
    template = await locales.template(connection)
    try:
        await connection.run(
            f"CREATE DATABASE {quoted(spec.name)} TEMPLATE {template} ALLOW_CONNECTIONS false{options}"
        )
    except locales.WRONG as error:
        await groups.drop(connection, spec.name, spec.id)
        raise locales.wrong(error) from error


async def _open(connection: Connection, spec: DatabaseSpec) -> None:
    """All rights at once, then the door: a new database would be open to everybody."""
    name = quoted(spec.name)
    owner, writer, reader = (quoted(group_name(spec.name, access)) for access in ("owner", "readwrite", "readonly"))
    async with connection.transaction():
        await connection.run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        await connection.run(f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {name} TO {owner}")
        await connection.run(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {writer}")
        await connection.run(f"GRANT CONNECT ON DATABASE {name} TO {reader}")
        await connection.run(f"COMMENT ON DATABASE {name} IS {literal(database_tag(spec.id))}")
        await connection.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true {_limit(spec)}")


async def _drop(server: Server, spec: DatabaseSpec, users: Sequence[RoleSpec], *, was_absent: bool) -> None:
    async with server.locked("db", spec.name) as connection:
        facts = await database_facts(connection, spec.name)
        if facts is not None:
            if facts.id != spec.id and not facts.left_unfinished(was_absent=was_absent):
                raise Conflict(f"The database {spec.name} on the server is not the one we made, so it stays.")
            if not facts.broken:
                await _empty(connection, spec.name)
            await _destroy(connection, spec.name)
        await groups.drop(connection, spec.name, spec.id)
        for user in users:
            await removal.remove(server, connection, user.name, user.id)


async def _empty(connection: Connection, name: str) -> None:
    """Close the door first: clients that reconnect at once would be back before the DROP."""
    if blocker := await connection.fetchval(REPLICATION, name):
        raise Conflict(f"The database {name} is in use by {blocker}. Drop that first, then delete the database.")
    await connection.run(f"ALTER DATABASE {quoted(name)} WITH ALLOW_CONNECTIONS false IS_TEMPLATE false")
    await connection.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = $1 AND usename IS NOT NULL AND pid <> pg_backend_pid()",
        name,
    )


async def _destroy(connection: Connection, name: str) -> None:
    """Without a time limit: a DROP that is cancelled leaves a database that is lost but still there."""
    await connection.run("SET statement_timeout = 0")
    await connection.run(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)", within=FOREVER)
    await connection.run("RESET statement_timeout")


def _limit(spec: DatabaseSpec) -> str:
    return f"CONNECTION LIMIT {-1 if spec.connection_limit is None else int(spec.connection_limit)}"


REPLICATION = """
SELECT 'the subscription ' || s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = $1::name
UNION ALL SELECT 'the replication slot ' || slot_name FROM pg_replication_slots WHERE database = $1::name AND active
LIMIT 1"""

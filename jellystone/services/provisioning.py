"""Bring what is on a server to what our rows say. Each function can be run again after a crash at any line.

The row is locked while we work on the server, so that two who change the same thing go one after the other, and what
was wished for last is what the server has in the end. The reconciler calls the same functions.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec

from jellystone import meters
from jellystone.database import DB
from jellystone.errors import Problem
from jellystone.postgres import databases as on_server
from jellystone.postgres import parameters
from jellystone.postgres import roles as roles_on_server
from jellystone.postgres.catalog import LocaleProvider
from jellystone.postgres.databases import DatabaseSpec
from jellystone.postgres.groups import Access
from jellystone.postgres.roles import RoleSpec
from jellystone.postgres.server import Server as Reached
from jellystone.services import instance, servers
from jellystone.services.found import Found
from jellystone.tables.databases import Database
from jellystone.tables.roles import Role
from jellystone.tables.rows import listed, split
from jellystone.tables.servers import Server

AT_ONCE = asyncio.Semaphore(8)  # each holds one of the ten connections of our pool while a server works
A_SERVER = 4  # of these at most, so that one that says nothing keeps only its own waiting
APPLIED = ("access_applied", "attributes_applied")
LONGEST_PAUSE = timedelta(hours=1)

_turns: defaultdict[UUID, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(A_SERVER))


async def bring_database(id: UUID, *, at: Server | None = None) -> None:
    """Make it if it is not there yet, and apply its connection limit and the defaults of its sessions.

    `at`: its server, if it has just been read.
    """

    async def work(row: Database, server: Reached) -> None:
        spec = spec_of(row)
        if row.status == "ready":
            text = {}
            if not row.limit_applied:
                await on_server.change(server, spec)
        else:
            made = await on_server.create(server, spec, was_absent=row.was_absent)
            text = {name: getattr(made, name) for name in ("encoding", "locale", "locale_provider")}
        if not row.parameters_applied:
            await parameters.apply(server, spec, msgspec.json.decode(row.parameters))
        await _finish(Database, row, limit_applied=True, parameters_applied=True, **text)

    await _work_on(Database, id, lambda row: row.status != "deleting", work, at=at)


async def remove_database(id: UUID) -> None:
    """Drop it with its roles; then its row goes, and theirs with it."""

    async def work(row: Database, server: Reached) -> None:
        roles = [_role_spec(role, row) for role in await Role.objects().where(Role.database == row.id)]
        await on_server.drop(server, spec_of(row), roles=roles, was_absent=row.was_absent)
        await Database.delete().where(Database.id == row.id)

    await _work_on(Database, id, lambda row: row.status == "deleting", work)


async def bring_role(id: UUID, *, within: Found | None = None) -> None:
    """Make it if it is not there yet, and apply whatever the server does not know yet.

    `within`: its database, if it has just been read; what is used of it never changes.
    """

    async def work(row: Role, server: Reached) -> None:
        spec = _role_spec(row, within.row if within else await _database_of(row))
        if not row.made:
            await roles_on_server.create(server, spec)
        if row.made and not row.access_applied:
            await roles_on_server.set_access(server, spec)
        if row.made and not row.attributes_applied:
            await roles_on_server.change(server, spec)
        if spec.verifier and (row.made or row.attempts):
            await roles_on_server.set_password(server, spec, spec.verifier, end_sessions=row.end_sessions)
        await _finish(Role, row, made=True, pending_verifier=None, end_sessions=False, **dict.fromkeys(APPLIED, True))

    at = within.server if within else None
    await _work_on(Role, id, lambda row: row.status not in ("ready", "deleting"), work, at=at)


async def remove_role(id: UUID) -> None:
    """End its sessions, leave what it made to its database's owners, drop it."""

    async def work(row: Role, server: Reached) -> None:
        await roles_on_server.drop(server, _role_spec(row, await _database_of(row)))
        await Role.delete().where(Role.id == row.id)

    await _work_on(Role, id, lambda row: row.status == "deleting", work)


def spec_of(row: Database) -> DatabaseSpec:
    return DatabaseSpec(
        id=row.id,
        name=row.name,
        connection_limit=row.connection_limit,
        encoding=row.encoding,
        locale=row.locale,
        locale_provider=cast("LocaleProvider | None", row.locale_provider),
    )


def wrap_verifier(verifier: str, *, role: UUID) -> bytes:
    return instance.keys().wrap(verifier.encode(), purpose="role verifier", row=role)


def _role_spec(row: Role, database: Database) -> RoleSpec:
    pending = row.pending_verifier
    return RoleSpec(
        id=row.id,
        name=row.name,
        database=database.name,
        database_id=database.id,
        access=cast("Access", row.access),
        verifier=instance.keys().unwrap(pending, purpose="role verifier", row=row.id).decode() if pending else None,
        connection_limit=row.connection_limit,
        valid_until=row.valid_until,
        enabled=row.enabled,
    )


async def _database_of(role: Role) -> Database:
    database = await Database.objects().get(Database.id == role.database)
    assert database is not None
    return database


async def _work_on(
    table: type[Any],
    id: UUID,
    wanted: Callable[[Any], bool],
    work: Callable[[Any, Reached], Awaitable[None]],
    *,
    at: Server | None = None,
) -> None:
    """Lock the row, do the work if it is (still) wanted; a problem is kept with the row and raised."""
    try:
        server = at or await _server_of(table, id)
        if server is None:
            return
        async with _turns[server.id], _locked(table, id) as row:
            if row is not None and wanted(row):
                with meters.provisioning_seconds.labels(table._meta.tablename).time():
                    await work(row, await servers.reach(server))
    except Problem as problem:
        meters.provisioning_failures.labels(table._meta.tablename, type(problem).__name__).inc()
        await _remember(table, id, problem)
        raise


async def _server_of(table: type[Any], id: UUID) -> Server | None:
    """None if the row is gone already."""
    row = await table.select(table.server).where(table.id == id).first()
    return await Server.objects().get(Server.id == row["server"]) if row else None


@asynccontextmanager
async def _locked(table: type[Any], id: UUID) -> AsyncIterator[Any]:
    async with AT_ONCE, DB.transaction():
        # a crash may lose the last of these marks: then the reconciler finds everything done, and marks again
        await DB.fetch("SET LOCAL synchronous_commit = off")
        one = f"SELECT {listed(one=table)} FROM {table._meta.tablename} one WHERE one.id = $1 FOR NO KEY UPDATE"
        record = await DB.fetch_row(one, id)
        yield split(record, table)[0] if record else None


async def _finish(table: type[Any], row: Any, **values: Any) -> None:
    changes = {"status": "ready", "problem": None, "attempts": 0, "retry_at": None, **values}
    await table.update({getattr(table, name): value for name, value in changes.items()}).where(table.id == row.id)


async def _remember(table: type[Any], id: UUID, problem: Problem) -> None:
    """What went wrong, in words, and when to try again: after 1, 2, 4 … minutes, at most an hour."""
    row = await table.select(table.attempts, table.status).where(table.id == id).first()
    if row is None:
        return
    pause = min(timedelta(minutes=2 ** min(row["attempts"], 6)), LONGEST_PAUSE)
    values = {
        table.problem: str(problem),
        table.attempts: row["attempts"] + 1,
        table.retry_at: datetime.now(UTC) + pause,
    }
    if row["status"] in ("creating", "changing"):
        values[table.status] = "failed"
    await table.update(values).where(table.id == id)

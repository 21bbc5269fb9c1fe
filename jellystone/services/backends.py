"""Live connections of a database. The one thing that is asked of the managed server while somebody waits."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.backends import Backend, Backends, BackendSort
from jellystone.postgres import backends
from jellystone.postgres.backends import Key, Session
from jellystone.postgres.probe import NO_STATISTICS
from jellystone.services import events, servers
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.lists import Slice
from jellystone.services.permissions import Permission


async def of_database(
    actor: Actor, database: Found, part: Slice, *, sort: BackendSort = "since", matching: str = ""
) -> Backends:
    """Who is connected; those that work or wait first, unless another order is asked for."""
    all_of_them = await _all(actor, database)
    found = sorted((one for one in all_of_them if _matches(one, matching.lower())), key=ORDERS[sort])
    return Backends(
        items=found[part.offset : part.offset + part.per_page],
        total=len(found),
        page=part.page,
        per_page=part.per_page,
        asked_at=datetime.now(UTC),
        idle=sum(one.state == "idle" and one.endable for one in all_of_them),
        problem=_problem(database) if any(one.query is None and one.state is None for one in all_of_them) else None,
    )


async def of_key(actor: Actor, database: Found, key: str) -> Backend:
    """One that still is there."""
    Key.parse(key)
    for one in await _all(actor, database):
        if one.id == key:
            return one
    raise NotFound("This connection is gone. Look at the list again.")


async def cancel(actor: Actor, database: Found, key: str) -> None:
    """Stop its running query; the client stays connected."""
    await _act(actor, database, "cancelled", "query", key)


async def end(actor: Actor, database: Found, key: str) -> None:
    await _act(actor, database, "ended", "connection", key)


async def end_idle(actor: Actor, database: Found) -> int:
    """End all that do nothing, and are in no transaction; how many."""
    actor.must(Permission.END_SESSIONS, database.team.id)
    server = await servers.reach(database.server)
    ended = await backends.end_idle(server, database.row.name, database.row.id)
    await events.record(actor, "ended idle", "connections", database.id, team=database.team.id, number=ended)
    return ended


async def _act(actor: Actor, database: Found, action: str, kind: str, key: str) -> None:
    """Its event waits for the server within a transaction: nothing is ended unrecorded, nor recorded in vain."""
    actor.must(Permission.END_SESSIONS, database.team.id)
    one, server = await of_key(actor, database, key), await servers.reach(database.server)
    do = backends.cancel if kind == "query" else backends.end
    said = {"role": one.role, "application": one.application, "client": one.client, "process": one.pid}
    async with DB.transaction():
        await events.record(actor, action, kind, f"{database.id}/{key}", team=database.team.id, **said)
        await do(server, database.row.name, database.row.id, Key.parse(key))


async def _all(actor: Actor, database: Found) -> list[Backend]:
    actor.must(Permission.VIEW, database.team.id)
    server = await servers.reach(database.server)
    return [_fact(one) for one in await backends.sessions(server, database.row.name, database.row.id)]


def _problem(database: Found) -> str:
    warnings: list[str] = msgspec.json.decode(database.server.warnings)
    told = [words for words in warnings if words.startswith(NO_STATISTICS)]
    return told[0] if told else f"{NO_STATISTICS} As a superuser run GRANT pg_monitor to our role."


def _matches(one: Backend, wanted: str) -> bool:
    said = (one.role, one.application, one.client, one.state, one.query, one.wait, str(one.pid))
    return not wanted or any(wanted in words.lower() for words in said if words)


def _fact(one: Session) -> Backend:
    return Backend(
        id=one.key,
        pid=one.pid,
        role=one.role,
        application=one.application,
        client=one.client,
        connected_at=one.backend_start,
        state=one.state,
        since=one.state_change,
        transaction_since=one.xact_start,
        query=one.query,
        wait=one.wait,
        waits_for=list(one.blocked_by),
        endable=one.endable,
    )


BUSY = {"active": 0, "idle in transaction": 1, "idle in transaction (aborted)": 1}
LATE = datetime.max.replace(tzinfo=UTC)
ORDERS: dict[BackendSort, Callable[[Backend], Any]] = {
    "since": lambda one: (not one.wait, BUSY.get(one.state or "", 2), one.since or LATE),
    "connected": lambda one: one.connected_at or LATE,
    "role": lambda one: (one.role, one.pid),
    "application": lambda one: (one.application.lower(), one.role),
    "client": lambda one: (one.client or "", one.role),
    "state": lambda one: (one.state or "", one.role),
}

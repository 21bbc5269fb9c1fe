"""Going through the checks: what is stored of each server's figures and what it says of itself, judged and kept."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from asyncpg import ForeignKeyViolationError

from jellystone.database import DB
from jellystone.errors import Problem
from jellystone.postgres import checks, drift, health
from jellystone.postgres.checks.kinds import Finding, Look
from jellystone.postgres.checks.seen import DatabaseSeen, Hour, ServerSeen
from jellystone.postgres.drift import Drift
from jellystone.postgres.health import Health
from jellystone.postgres.tags import database_tag
from jellystone.services import advice_store, servers, watching
from jellystone.services.advice_store import Key, Named
from jellystone.tables.servers import Server

log = logging.getLogger(__name__)

EVERY: dict[Look, float] = {"now": 0, "hour": 290, "rights": 590}
"""Seconds between looks of each kind; a round comes every minute."""
FULL = "has no free connection"
STALE, LATELY = timedelta(minutes=5), timedelta(minutes=15)

_looked: dict[tuple[UUID, Look], float] = {}

DATABASES = """
    SELECT d.id, d.name, d.team, d.created_at, d.connection_limit, d.last_query_at, d.size_bytes,
        CASE WHEN d.measured_at > $2::timestamptz THEN d.connections END AS connections
    FROM databases d WHERE d.server = $1 AND d.status = 'ready'
"""
HOUR = """
    SELECT f.subject, sum(f.seconds) AS seconds, sum(f.connections * f.seconds) AS connections,
        CASE WHEN count(f.idle) = count(*) THEN sum(f.idle * f.seconds) END AS idle,
        sum(f.commits)::bigint AS commits, sum(f.rollbacks)::bigint AS rollbacks,
        sum(f.blocks_hit)::bigint AS blocks_hit, sum(f.blocks_read)::bigint AS blocks_read,
        sum(f.temp_bytes)::bigint AS temp_bytes, sum(f.deadlocks)::bigint AS deadlocks,
        sum(f.sessions_abandoned)::bigint AS sessions_abandoned, sum(f.sessions_fatal)::bigint AS sessions_fatal,
        max(f.at) AS newest
    FROM figures_minute f
    WHERE f.at > $2::timestamptz - interval '1 hour' AND f.at <= $2
        AND (f.subject = $1 OR f.subject IN (SELECT id FROM databases WHERE server = $1)) GROUP BY f.subject
"""
A_DAY_AGO = """
    SELECT DISTINCT ON (f.subject) f.subject, f.size_bytes FROM figures_ten_minutes f
    WHERE f.at BETWEEN $2::timestamptz - interval '26 hours' AND $2::timestamptz - interval '24 hours'
        AND f.size_bytes IS NOT NULL AND f.subject IN (SELECT id FROM databases WHERE server = $1)
    ORDER BY f.subject, f.at DESC
"""
BEGAN = "SELECT min(at) AS at FROM figures_day WHERE subject = $1"
PRIVATE = "SELECT private_bytes FROM figures_minute WHERE subject = $1 AND at > $2 ORDER BY at DESC LIMIT 1"
STRAY = """
    SELECT m.place FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS m (database, role, place)
    LEFT JOIN roles r ON r.id = m.role WHERE r.database IS DISTINCT FROM m.database
"""
ROLES = "SELECT id, database FROM roles WHERE id = ANY ($1::uuid[])"


async def look_at_all() -> None:
    await asyncio.gather(*(_try(server) for server in await servers.all_servers()))


async def _try(server: Server) -> None:
    due = frozenset(look for look, pause in EVERY.items() if monotonic() - _looked.get((server.id, look), -1e9) > pause)
    try:
        await look_at(server, due)
    except ForeignKeyViolationError:
        log.info("the server %s was removed while we went through its checks", server.name)
    except Exception:
        log.exception("the checks of the server %s failed", server.name)


async def look_at(server: Server, looks: frozenset[Look] = frozenset(EVERY), *, at: datetime | None = None) -> None:
    """One round. Of a server that does not answer we judge only that: the rest stays as it was, and grows stale."""
    at = at or datetime.now(UTC)
    rows = {row["id"]: row for row in await DB.fetch(DATABASES, server.id, at - STALE)}
    problem, said, found = None, None, drift.Found({}, {}, [])
    try:
        async with (await watching.watch(server)).look("quick") as connection:
            said = await health.look(connection)
            found = await drift.look(connection) if "rights" in looks else found
    except (Problem, TimeoutError) as error:
        problem = str(error) or f"The server {server.name} takes too long to answer."
        looks = looks - {"now", "rights"}
    hours = await _hours(server.id, at) if "hour" in looks else {}
    if server.id not in hours:
        looks = looks - {"hour"}
    findings = _judge_server(await _server_seen(server, said, problem, at), silent=said is None)
    seen = await _databases_seen(server, rows, said, found, hours, at)
    for id, one in seen.items():
        findings |= {(id, c.name): c.judge(one) for c in checks.OF_DATABASES.values() if c.needs in looks}
    named = {id: Named(f"{server.name}/{row['name']}", row["team"]) for id, row in rows.items()}
    await advice_store.keep(server.id, server.name, named, findings, at=at, looks=frozenset[str](looks))
    _looked.update(dict.fromkeys(((server.id, look) for look in looks), monotonic()))


def _judge_server(seen: ServerSeen, *, silent: bool) -> dict[Key, Finding]:
    told = ("answers", "connections") if seen.full else ("answers",) if silent else checks.OF_SERVERS
    return {(None, name): checks.OF_SERVERS[name].judge(seen) for name in told}


async def _server_seen(server: Server, said: Health | None, problem: str | None, at: datetime) -> ServerSeen:
    row = await DB.fetch_row(PRIVATE, server.id, at - timedelta(minutes=30))
    return ServerSeen(
        name=server.name,
        problem=problem,
        full=problem is not None and FULL in problem,
        silent_seconds=(at - server.contacted_at).total_seconds() if server.contacted_at else None,
        memory_bytes=server.memory_bytes or server.memory_given_bytes,
        private_bytes=row["private_bytes"] if row else None,
        health=said.server if said else None,
    )


async def _databases_seen(
    server: Server,
    rows: Mapping[UUID, Any],
    said: Health | None,
    found: drift.Found,
    hours: Mapping[UUID, Hour],
    at: datetime,
) -> dict[UUID, DatabaseSeen]:
    """What was not looked at is left at its default: no check that needs it is asked."""
    sizes, began = {}, None
    if hours:
        sizes = {row["subject"]: row["size_bytes"] for row in await DB.fetch(A_DAY_AGO, server.id, at)}
        began = (await DB.fetch(BEGAN, server.id))[0]["at"]
    strays = await _drifts(found)
    return {
        id: DatabaseSeen(
            name=row["name"],
            connections=row["connections"],
            connection_limit=row["connection_limit"],
            age_days=_days(row["created_at"], at) or 0,
            unused_days=_days(row["last_query_at"], at),
            looked_days=_days(began, at),
            size_bytes=row["size_bytes"],
            size_a_day_ago_bytes=sizes.get(id),
            hour=hours.get(id, Hour(minutes=0)),
            health=said.databases.get(id) if said else None,
            lost_tag=database_tag(id) if said and id not in said.databases else None,
            freeze_max_age=said.server.freeze_max_age if said else 200_000_000,
            drift=strays.get(id, Drift()),
        )
        for id, row in rows.items()
    }


async def _hours(server: UUID, at: datetime) -> dict[UUID, Hour]:
    """Of those who had anybody connected, and of the server, whose own rows say for how long we looked.

    Empty if nobody has looked lately.
    """
    rows = {row["subject"]: row for row in await DB.fetch(HOUR, server, at)}
    if server not in rows or at - rows[server]["newest"] > LATELY or not rows[server]["seconds"]:
        return {}
    looked = rows[server]["seconds"]
    plain = [name for name in Hour.__dataclass_fields__ if name not in ("minutes", "connections", "idle")]
    return {
        subject: Hour(
            minutes=looked / 60,
            connections=row["connections"] / looked,
            idle=None if row["idle"] is None else row["idle"] / looked,
            **{name: row[name] for name in plain},
        )
        for subject, row in rows.items()
    }


async def _drifts(found: drift.Found) -> dict[UUID, Drift]:
    """Also what only our own tables know: whose each role is."""
    drifts = dict(found.databases)
    members = found.members
    for row in await DB.fetch(STRAY, [one.database for one in members], [one.role for one in members]):
        member = members[row["place"] - 1]
        drifts.setdefault(member.database, Drift()).strangers[member.words] = member.sql
    for row in await DB.fetch(ROLES, list(found.users)):
        drifts.setdefault(row["database"], Drift()).strangers.update(found.users[row["id"]])
    return drifts


def _days(moment: datetime | None, at: datetime) -> float | None:
    return (at - moment).total_seconds() / 86400 if moment else None

"""The sessions of one database: who is there, what they do, and how to stop one. Asked in the admin database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from jellystone.errors import Conflict, NotFound, Refused
from jellystone.postgres.connection import Connection
from jellystone.postgres.failures import in_words
from jellystone.postgres.masking import masked
from jellystone.postgres.names import quoted
from jellystone.postgres.server import Server
from jellystone.postgres.tags import database_tag

PATIENCE = 5.0
"""Seconds for an answer: somebody looks at an empty page meanwhile."""
LONGEST = 4000
"""Letters of a statement; PostgreSQL itself keeps 1024 bytes unless track_activity_query_size says otherwise."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Session:
    """One client's session. What our role may not see is None: `backend_start`, `state`, `query` and more."""

    pid: int
    backend_start: datetime | None
    role: str
    application: str
    client: str | None
    state: str | None
    state_change: datetime | None
    xact_start: datetime | None
    query: str | None
    wait: str | None
    blocked_by: tuple[int, ...]
    endable: bool

    @property
    def key(self) -> str:
        """A process id comes again, but not at the same microsecond; where we do not see it, nothing is to be done."""
        if self.backend_start is None:
            return f"{self.pid}-0"
        return f"{self.pid}-{(self.backend_start - EPOCH) // timedelta(microseconds=1)}"


@dataclass(frozen=True, kw_only=True)
class Key:
    """Which session is meant."""

    pid: int
    backend_start: datetime

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Raises NotFound for what no session's key can be."""
        pid, _, started = text.partition("-")
        if not (text.isascii() and pid.isdigit() and started.isdigit() and len(pid) < 10 and len(started) < 18):
            raise NotFound("There is no such connection. Look at the list again.")
        return cls(pid=int(pid), backend_start=EPOCH + timedelta(microseconds=int(started)))


async def sessions(server: Server, database: str, id: UUID) -> list[Session]:
    """Everybody in the database but ourselves. Unreachable if there is no answer within `PATIENCE`."""
    async with _asking(server) as connection:
        rows = await connection.fetch(SESSIONS, database, database_tag(id), LONGEST)
    return [_session(row) for row in rows]


async def cancel(server: Server, database: str, id: UUID, key: Key) -> None:
    """Stop what it is running: its client gets 57014 and stays connected."""
    async with _asking(server) as connection:
        if await _signalled(connection, CANCEL, database, database_tag(id), key.pid, key.backend_start) is None:
            raise NotFound("This connection is gone, or not yours to cancel. Look at the list again.")


async def end(server: Server, database: str, id: UUID, key: Key) -> None:
    """End it, and wait until it is gone: its client gets 57P01."""
    async with _asking(server) as connection:
        ended = await _signalled(connection, END, database, database_tag(id), key.pid, key.backend_start)
    if ended is None:
        raise NotFound("This connection is gone, or not yours to end. Look at the list again.")
    if not ended:
        raise Conflict("The session does not end yet. Look again in a moment.")


async def end_idle(server: Server, database: str, id: UUID) -> int:
    """End all that do nothing and are in no transaction; how many there were."""
    async with _asking(server) as connection:
        return int(await _signalled(connection, END_IDLE, database, database_tag(id)) or 0)


@asynccontextmanager
async def _asking(server: Server) -> AsyncIterator[Connection]:
    with in_words(server.name):
        async with asyncio.timeout(PATIENCE), server.admin() as connection:
            yield connection


async def _signalled(connection: Connection, statement: str, *values: object) -> Any:
    try:
        return await connection.fetchval(statement, *values)
    except asyncpg.InsufficientPrivilegeError as error:
        role = quoted(str(await connection.fetchval("SELECT session_user::text")))
        raise Refused(f"We may not end this session. As a superuser run GRANT pg_signal_backend TO {role};") from error


def _session(row: Any) -> Session:
    kind, event = row["wait_event_type"], row["wait_event"]
    waits = kind and kind not in ("Client", "Activity")
    hidden = row["state"] is None and row["query"] == "<insufficient privilege>"
    return Session(
        pid=row["pid"],
        backend_start=row["backend_start"],
        role=row["role"],
        application=row["application"] or "",
        client=row["client"],
        state=row["state"],
        state_change=row["state_change"],
        xact_start=row["xact_start"],
        query=None if hidden or not row["query"] else masked(row["query"]),
        wait=f"{kind}: {event}" if waits else None,
        blocked_by=tuple(row["blocked_by"] or ()),
        endable=row["endable"],
    )


# For a role without rights backend_type is NULL. A team never ends a superuser's session, nor one of our own role.
OURS = """
FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid JOIN pg_roles r ON r.oid = a.usesysid
WHERE d.datname = $1::name AND shobj_description(d.oid, 'pg_database') = $2 AND a.pid <> pg_backend_pid()
    AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender')"""
ENDABLE = "NOT r.rolsuper AND r.rolname <> session_user"
PERMITTED = "(pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))"
THIS = f"{OURS} AND a.pid = $3 AND a.backend_start = $4 AND {ENDABLE}"

SESSIONS = f"""
SELECT a.pid, a.backend_start, a.usename::text AS role, a.application_name AS application,
       host(a.client_addr) AS client, a.state, a.state_change, a.xact_start, a.wait_event_type, a.wait_event,
       left(a.query, $3) AS query,
       CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) END AS blocked_by,
       a.backend_start IS NOT NULL AND {ENDABLE} AND {PERMITTED} AS endable
{OURS} AND NOT (r.rolname = session_user AND a.application_name = 'jellystone')
ORDER BY a.backend_start, a.pid"""
CANCEL = f"SELECT pg_cancel_backend(a.pid) {THIS}"
END = f"SELECT pg_terminate_backend(a.pid, 2000) {THIS}"
END_IDLE = f"""
SELECT count(pg_terminate_backend(a.pid)) {OURS} AND a.state = 'idle' AND {ENDABLE} AND {PERMITTED}"""

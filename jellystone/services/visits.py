"""When we ourselves were inside a tenant's database, from whichever replica: what moved then was not its users.

Kept apart from the transaction in which it happens, so that the collector on another replica sees it at once, and in
an unlogged table, so that it costs no flush. After a crash of our own database nothing is known of the last visits:
then they may count as use once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from jellystone.database import DB, detached
from jellystone.errors import Problem
from jellystone.tables.columns import uuid7

log = logging.getLogger(__name__)

BEGIN = "INSERT INTO visits (id, server, database) VALUES ($1, $2, $3)"
END = "UPDATE visits SET ended_at = clock_timestamp() WHERE id = $1"
SINCE = """
    SELECT clock, database, settled_at FROM (SELECT clock_timestamp() AS clock) AS now LEFT JOIN (
        SELECT database, max(coalesce(ended_at, now() + interval '1 hour')) + interval '1 second' AS settled_at
        FROM visits WHERE server = $1 AND (ended_at IS NOT NULL OR began_at > now() - interval '15 minutes')
        GROUP BY database
    ) AS visits ON true
"""
SWEEP = "DELETE FROM visits WHERE began_at < now() - interval '2 hours'"


def to(server: UUID) -> Callable[[str], Awaitable[Callable[[], Awaitable[None]]]]:
    """For `postgres.Server`: called when a visit begins; what it returns, when it is over."""

    async def begin(database: str) -> Callable[[], Awaitable[None]]:
        id = uuid7()
        await _apart(BEGIN, id, server, database)

        async def over() -> None:
            try:
                await _apart(END, id)
            except (Problem, OSError) as problem:
                log.warning("the end of a visit to %s is not noted: %s", database, problem)

        return over

    return begin


async def settled(server: UUID) -> tuple[datetime, dict[str, datetime]]:
    """What time it is, and by database from when on its counters hold all that we did there.

    That is in the future while we are inside.
    """
    rows = await DB.fetch(SINCE, server)
    return rows[0]["clock"], {row["database"]: row["settled_at"] for row in rows if row["database"] is not None}


async def sweep() -> None:
    """The collector looks back for minutes only."""
    await DB.fetch(SWEEP)


async def _apart(sql: str, *values: object) -> None:
    await asyncio.create_task(_write(sql, *values), context=detached())


async def _write(sql: str, *values: object) -> None:
    await DB.fetch(sql, *values)

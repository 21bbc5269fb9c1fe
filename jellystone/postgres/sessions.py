"""Ending other people's sessions: without it, a right that was taken away lives on in whoever is connected."""

import asyncio
from time import monotonic

from jellystone.errors import Conflict
from jellystone.postgres.connection import Connection

PATIENCE = 5.0
"""Seconds for sessions to go."""

END = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE usename = $1::name AND ($2::text IS NULL OR datname = $2) AND pid <> pg_backend_pid()"""


async def end(connection: Connection, role: str, *, database: str | None = None) -> int:
    """End the role's sessions and wait until they are gone; how many there were. Conflict if some stay."""
    until = monotonic() + PATIENCE
    ended = left = int(await connection.fetchval(END, role, database))
    while left:
        if monotonic() > until:
            raise Conflict(f"{left} sessions of {role} do not end. Try again in a moment.")
        await asyncio.sleep(0.02)
        left = int(await connection.fetchval(END, role, database))
    return ended

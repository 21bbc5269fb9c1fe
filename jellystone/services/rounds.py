"""What the collector did, what it cost, and what went wrong: one row a round, for a day."""

from uuid import UUID

from jellystone.database import DB
from jellystone.tables.columns import uuid7

RECORD = 'INSERT INTO rounds (id, server, kind, milliseconds, "rows", problem) VALUES ($1, $2, $3, $4, $5, $6)'
SILENT = "UPDATE servers SET problem = $2 WHERE id = $1 AND problem IS DISTINCT FROM $2"
SWEEP = "DELETE FROM rounds WHERE at < now() - interval '1 day'"


async def record(server: UUID, kind: str, *, milliseconds: int, rows: int = 0, problem: str | None = None) -> None:
    """`rows`: how many the server sent. A problem with the overview is the server's: its figures become stale."""
    await DB.fetch(RECORD, uuid7(), server, kind, milliseconds, rows, problem)
    if problem and kind == "overview":
        await DB.fetch(SILENT, server, problem)


async def sweep() -> None:
    await DB.fetch(SWEEP)

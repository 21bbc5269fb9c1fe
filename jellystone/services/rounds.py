"""What the collector did, what it cost, and what went wrong: one row a round, for a day."""

from contextlib import suppress
from uuid import UUID

from asyncpg import ForeignKeyViolationError

from jellystone.database import DB
from jellystone.facts.rounds import Rounds, RoundsOfKind
from jellystone.postgres.watch import PATIENCE
from jellystone.services import servers
from jellystone.services.actors import Actor
from jellystone.services.permissions import Scope
from jellystone.tables.columns import uuid7

RECORD = 'INSERT INTO rounds (id, server, kind, milliseconds, "rows", problem) VALUES ($1, $2, $3, $4, $5, $6)'
SILENT = "UPDATE servers SET problem = $2 WHERE id = $1 AND problem IS DISTINCT FROM $2"
EVERY = {"overview": 60, "activity": 10, "statements": 60, "sizes": 600, "probe": 600}
"""Kinds of looks, and the seconds from one to the next."""
COST = """
    SELECT kind, count(*) AS rounds, count(problem) AS failed, max(at) AS last_at,
        avg(milliseconds) FILTER (WHERE problem IS NULL)::float8 AS mean_ms,
        max(milliseconds) FILTER (WHERE problem IS NULL) AS longest_ms,
        (array_agg("rows" ORDER BY at DESC) FILTER (WHERE problem IS NULL))[1] AS rows,
        (array_agg(problem ORDER BY at DESC) FILTER (WHERE problem IS NOT NULL))[1] AS problem,
        max(at) FILTER (WHERE problem IS NOT NULL) AS problem_at
    FROM rounds WHERE server = $1 AND at > now() - interval '1 day' GROUP BY kind
"""
SWEEP = "DELETE FROM rounds WHERE at < now() - interval '1 day'"


async def record(server: UUID, kind: str, *, milliseconds: int, rows: int = 0, problem: str | None = None) -> None:
    """`rows`: how many the server sent. A problem with the overview is the server's: its figures become stale."""
    with suppress(ForeignKeyViolationError):  # the server was removed meanwhile
        await DB.fetch(RECORD, uuid7(), server, kind, milliseconds, rows, problem)
    if problem and kind == "overview":
        await DB.fetch(SILENT, server, problem)


async def cost(actor: Actor, server: str) -> Rounds:
    """Of the last day, every kind of look, also one that was never made."""
    actor.must_be_operator()
    actor.must_have(Scope.READ)
    row = await servers.by_name(server)
    found = {one["kind"]: one for one in await DB.fetch(COST, row.id)}
    nothing = dict.fromkeys(RoundsOfKind.__struct_fields__) | {"rounds": 0, "failed": 0}
    kinds = [
        RoundsOfKind(**{**nothing, **found.get(kind, {}), "kind": kind, "every_seconds": seconds})
        for kind, seconds in EVERY.items()
    ]
    return Rounds(id=row.name, connections=len(PATIENCE), kinds=kinds)


async def sweep() -> None:
    await DB.fetch(SWEEP)

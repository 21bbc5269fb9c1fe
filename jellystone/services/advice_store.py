"""Writing down what the checks have found: only what changed, with its events, in one transaction for each server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.postgres import checks
from jellystone.postgres.checks.kinds import Check, Finding
from jellystone.services import events
from jellystone.services.actors import SYSTEM
from jellystone.services.advice_states import Known, News, step
from jellystone.tables.columns import uuid7

Key = tuple[UUID | None, str]
"""A database's id, or None for the server itself, and a check's name."""

ACTIONS: dict[News, str] = {
    "opened": "warned about",
    "worse": "warned urgently about",
    "better": "warned less urgently about",
    "over": "ended a warning about",
}
STORED = """
    SELECT id, database, check_name, state, seen::text AS seen, opened_at, since, better_since
    FROM advice WHERE server = $1 FOR UPDATE
"""
PUT = """
    INSERT INTO advice (id, server, database, check_name, state, seen, opened_at, since, better_since)
    SELECT id, $1, database, check_name, state, seen::jsonb, opened_at, since, better_since
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
        $9::timestamptz[]) AS put (id, database, check_name, state, seen, opened_at, since, better_since)
    WHERE database IS NULL OR EXISTS (SELECT FROM databases d WHERE d.id = put.database)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, seen = excluded.seen, since = excluded.since,
        opened_at = excluded.opened_at, better_since = excluded.better_since
"""
DONE = "UPDATE servers SET advised = advised || $2::text::jsonb WHERE id = $1"


@dataclass(frozen=True)
class Named:
    """How a database is called in events, and whose it is."""

    id: str
    team: UUID


async def keep(
    server: UUID,
    name: str,
    databases: Mapping[UUID, Named],
    findings: Mapping[Key, Finding],
    *,
    at: datetime,
    looks: frozenset[str] = frozenset(),
) -> None:
    """`looks` are the groups of checks that were gone through. What was not looked for stays as it is."""
    async with DB.transaction():
        stored = {(row["database"], row["check_name"]): row for row in await DB.fetch(STORED, server)}
        gone = [row["id"] for key, row in stored.items() if check_of(*key) is None]
        put: list[tuple[Any, ...]] = []
        for key, finding in findings.items():
            row = stored.get(key)
            known = _known(row) if row else None
            check = check_of(*key)
            assert check is not None
            after, news = step(known, finding, at, eases_after=check.eases_after)
            if after is None:
                gone += [row["id"]] if row else []
            elif after != known:
                put.append(_row(row["id"] if row else uuid7(), key, after))
            if news:
                await _tell(news, check, finding, databases.get(key[0]) if key[0] else None, name)
        if put:
            await DB.fetch(PUT, server, *map(list, zip(*put, strict=True)))
        if gone:
            await DB.fetch("DELETE FROM advice WHERE id = ANY ($1::uuid[])", gone)
        await DB.fetch(DONE, server, msgspec.json.encode(dict.fromkeys(looks, at)).decode())


def check_of(database: UUID | None, name: str) -> Check[Any] | None:
    """None for one that an older version knew."""
    return checks.OF_SERVERS.get(name) if database is None else checks.OF_DATABASES.get(name)


def _known(row: Any) -> Known:
    plain = {name: row[name] for name in ("state", "opened_at", "since", "better_since")}
    return Known(seen=msgspec.json.decode(row["seen"]), **plain)


def _row(id: UUID, key: Key, known: Known) -> tuple[Any, ...]:
    seen = msgspec.json.encode(known.seen).decode()
    return id, *key, known.state, seen, known.opened_at, known.since, known.better_since


async def _tell(news: News, check: Check[Any], finding: Finding, database: Named | None, server: str) -> None:
    """On record for the team, or for operators alone if it is about a server."""
    object_kind, object, team = ("database", database.id, database.team) if database else ("server", server, None)
    words = {"check": check.name, "about": check.title}
    await events.record(SYSTEM, ACTIONS[news], object_kind, object, team=team, state=finding.state, **words)

"""The record: who did what, to what, when and from where. Written in the transaction of the change itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from jellystone import meters
from jellystone.database import DB
from jellystone.facts.events import Event as EventFact
from jellystone.facts.lists import Listing
from jellystone.services import idempotency
from jellystone.services.actors import Actor, Origin
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Permission, Scope
from jellystone.tables.columns import uuid7

COLUMNS = """
    e.id, e.at, e.actor, e.actor_kind, e.action, e.object_kind, e.object, t.slug AS team,
    e.details::text AS details, e.address, e.request_id
"""


COUNTED = 100_000
REFUSED = "was refused"


async def record(
    actor: Actor, action: str, object_kind: str, name: str, *, team: UUID | None = None, **details: Any
) -> None:
    """`name` is the object's readable id. No secret may stand in `details`."""
    if actor.origin.claim:
        await idempotency.note(actor.origin.claim, object_kind, name)
    await _add(actor.origin, actor.user, actor.name, actor.kind, action, object_kind, name, team, details)


async def record_visitor(origin: Origin, email: str, action: str, *, user: UUID | None = None, **details: Any) -> None:
    """What somebody did who is not signed in (yet): register, sign in, fail to sign in."""
    await _add(origin, user, email, "person", action, "account", email, None, details)


async def _add(
    origin: Origin,
    user: UUID | None,
    actor: str,
    kind: str,
    action: str,
    object_kind: str,
    name: str,
    team: UUID | None,
    details: dict[str, Any],
) -> None:
    await DB.fetch(
        """
        INSERT INTO events
            (id, at, "user", actor, actor_kind, action, object_kind, object, team, details, address, request_id)
        VALUES ($1, clock_timestamp(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        uuid7(),
        user,
        actor,
        kind,
        action,
        object_kind,
        name,
        team,
        msgspec.json.encode(details).decode(),
        origin.address,
        origin.request_id,
    )
    meters.events.labels(action, object_kind).inc()


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What is looked for; an empty text is no condition. `since` and `until` bound the moment, `until` excluded."""

    person: str = ""
    object: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Filter()
OWN = """(e."user" = $1 OR e.object_kind = 'account' AND e.object = (SELECT email FROM users WHERE id = $1))"""


async def of_team(actor: Actor, team: UUID, part: Slice, wanted: Filter = EVERYTHING) -> Listing[EventFact]:
    """The newest first."""
    actor.must(Permission.VIEW, team)
    return await _list("e.team = $1", team, part, wanted)


async def of_account(actor: Actor, part: Slice, wanted: Filter = EVERYTHING) -> Listing[EventFact]:
    """What the actor did, or was done in their name or to their account."""
    actor.must_have(Scope.READ)
    return await _list(OWN, actor.must_be_person(), part, wanted)


async def of_instance(actor: Actor, part: Slice, wanted: Filter = EVERYTHING) -> Listing[EventFact]:
    """Everything, for operators."""
    actor.must_be_operator()
    return await _list("$1::uuid IS NULL", None, part, wanted)


async def _list(condition: str, value: UUID | None, part: Slice, wanted: Filter) -> Listing[EventFact]:
    """Counted up to `COUNTED`: nobody pages further, and a count of all would read the whole record."""
    where = f"""
        FROM events e LEFT JOIN teams t ON t.id = e.team
        WHERE {condition} AND ($2 = '%%' OR e.actor ILIKE $2) AND ($3 = '%%' OR e.object ILIKE $3)
            AND ($4 = '%%' OR e.action ILIKE $4)
            AND ($5::timestamptz IS NULL OR e.at >= $5) AND ($6::timestamptz IS NULL OR e.at < $6)
    """
    values = (value, like(wanted.person), like(wanted.object), like(wanted.action), wanted.since, wanted.until)
    rows = await DB.fetch(
        f"SELECT {COLUMNS} {where} ORDER BY e.at DESC, e.id DESC LIMIT $7 OFFSET $8",
        *values,
        part.per_page,
        part.offset,
    )
    total = await DB.fetch_row(f"SELECT count(*) FROM (SELECT 1 {where} LIMIT {COUNTED}) AS counted", *values)
    return part.of([_fact(row) for row in rows], total["count"] if total else 0)


async def newest_of_team(actor: Actor, team: UUID, *, newest: int = 8) -> list[EventFact]:
    """For the team's own page: no count, one query, and not what was refused."""
    actor.must(Permission.VIEW, team)
    rows = await DB.fetch(
        f"""
        SELECT {COLUMNS} FROM events e LEFT JOIN teams t ON t.id = e.team
        WHERE e.team = $1 AND e.action <> '{REFUSED}' ORDER BY e.at DESC, e.id DESC LIMIT $2
        """,
        team,
        newest,
    )
    return [_fact(row) for row in rows]


async def of_object(actor: Actor, team: UUID, name: str, *, newest: int = 5) -> list[EventFact]:
    """The last few about one object, or all that lies under it: `main/orders` includes `main/orders/app`."""
    actor.must(Permission.VIEW, team)
    rows = await DB.fetch(
        f"""
        SELECT {COLUMNS} FROM events e LEFT JOIN teams t ON t.id = e.team
        WHERE e.team = $1 AND (e.object = $2 OR starts_with(e.object, $2 || '/'))
        ORDER BY e.at DESC, e.id DESC LIMIT $3
        """,
        team,
        name,
        newest,
    )
    return [_fact(row) for row in rows]


def _fact(row: Any) -> EventFact:
    return EventFact(**{**row, "details": msgspec.json.decode(row["details"])})

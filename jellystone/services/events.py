"""The record: who did what, to what, when and from where. Written in the transaction of the change itself."""

from typing import Any
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.facts.events import Event as EventFact
from jellystone.facts.lists import Listing
from jellystone.services.actors import Actor, Origin
from jellystone.services.lists import Slice
from jellystone.services.permissions import Permission
from jellystone.tables.columns import uuid7
from jellystone.tables.events import Event

COLUMNS = """
    e.id, e.at, e.actor, e.actor_kind, e.action, e.object_kind, e.object, t.slug AS team,
    e.details::text AS details, e.address, e.request_id
"""


async def record(
    actor: Actor, action: str, object_kind: str, name: str, *, team: UUID | None = None, **details: Any
) -> None:
    """`name` is the object's readable id. No secret may stand in `details`."""
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
        VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
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


async def of_team(actor: Actor, team: UUID, part: Slice) -> Listing[EventFact]:
    """The newest first."""
    actor.must(Permission.VIEW, team)
    rows = await DB.fetch(
        f"""
        SELECT {COLUMNS} FROM events e LEFT JOIN teams t ON t.id = e.team
        WHERE e.team = $1 ORDER BY e.at DESC, e.id DESC LIMIT $2 OFFSET $3
        """,
        team,
        part.per_page,
        part.offset,
    )
    total = await Event.count().where(Event.team == team)
    return part.of([_fact(row) for row in rows], total)


async def newest_of_team(actor: Actor, team: UUID, *, newest: int = 8) -> list[EventFact]:
    """For the team's own page: no count, one query."""
    actor.must(Permission.VIEW, team)
    rows = await DB.fetch(
        f"""
        SELECT {COLUMNS} FROM events e LEFT JOIN teams t ON t.id = e.team
        WHERE e.team = $1 ORDER BY e.at DESC, e.id DESC LIMIT $2
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

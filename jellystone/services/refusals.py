"""What somebody tried who may not: part of the record, so that a team sees who rattles at its doors."""

import logging
import re
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import NotAllowed, TooMany
from jellystone.services import events, throttle
from jellystone.services.actors import Actor

log = logging.getLogger(__name__)
LIMIT = 60  # an hour and actor: a script that has lost its right must not flood the record
LONGEST = 200
ADDRESS = re.compile(r"\w+ /(?:teams/(?P<team>[^/]+)|databases/(?P<server>[^/]+)/(?P<name>[^/]+))")
TEAM = """
    SELECT id FROM teams WHERE slug = $1
    UNION ALL SELECT d.team FROM databases d JOIN servers s ON s.id = d.server WHERE s.name = $2 AND d.name = $3
"""


async def record(actor: Actor, refusal: NotAllowed, *, asked: str) -> None:
    """`asked` is the request, as `DELETE /teams/rangers`. Never raises: the refusal itself is what must arrive."""
    try:
        await throttle.count("be refused", str(actor.user or actor.team), limit=LIMIT, seconds=3600)
        team = refusal.team or actor.team or await _own_team_at(actor, asked)
        await events.record(actor, events.REFUSED, "request", asked[:LONGEST], team=team, what=str(refusal.what))
    except TooMany:
        return
    except Exception:
        log.exception("a refusal could not be recorded")


async def _own_team_at(actor: Actor, asked: str) -> UUID | None:
    """Whose door it was, where a token was refused before anything was read; strangers leave no mark at it."""
    found = ADDRESS.match(asked)
    row = await DB.fetch_row(TEAM, *found.group("team", "server", "name")) if found else None
    return row["id"] if row and row["id"] in actor.ranks else None

"""What somebody tried who may not: part of the record, so that a team sees who rattles at its doors."""

import logging

from jellystone.errors import NotAllowed, TooMany
from jellystone.services import events, throttle
from jellystone.services.actors import Actor

log = logging.getLogger(__name__)
LIMIT = 60  # an hour and actor: a script that has lost its right must not flood the record
LONGEST = 200


async def record(actor: Actor, refusal: NotAllowed, *, asked: str) -> None:
    """`asked` is the request, as `DELETE /teams/rangers`. Never raises: the refusal itself is what must arrive."""
    try:
        await throttle.count("be refused", str(actor.user or actor.team), limit=LIMIT, seconds=3600)
        await events.record(
            actor, events.REFUSED, "request", asked[:LONGEST], team=refusal.team, what=str(refusal.what)
        )
    except TooMany:
        return
    except Exception:
        log.exception("a refusal could not be recorded")

"""Refusals go into the record, wherever they were raised."""

from litestar.types import Scope

from jellystone.errors import NotAllowed
from jellystone.services import refusals
from jellystone.services.actors import Actor


async def note(error: Exception, scope: Scope) -> None:
    """Costs nothing but where somebody is refused who is signed in."""
    actor = scope.get("user")
    if isinstance(error, NotAllowed) and error.what and isinstance(actor, Actor):
        await refusals.record(actor, error, asked=f"{scope.get('method')} {scope['path']}")

"""/account/sessions: where you are signed in."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get

from jellystone.facts.lists import Listing
from jellystone.facts.people import Session
from jellystone.services import open_sessions
from jellystone.services.permissions import Scope
from jellystone.web.answers import Deleted, Page
from jellystone.web.given import Asking, Part, in_path
from jellystone.web.identity import session_cookie

SessionId = Annotated[UUID, in_path("A session's id.", "0196f0c2-d4e8-7f3a-9b1c-2d3e4f5a6b7c")]


class AccountSessionRoutes(Controller):
    path = "/account/sessions"
    tags = ["Session"]

    @get("/", operation_id="listSessions", holder="person")
    async def index(self, actor: Asking, part: Part) -> Page[Listing[Session]]:
        """List where you are signed in. The one last seen comes first."""
        return Page("account/sessions.html", sessions=await open_sessions.of(actor, part))

    @delete("/", operation_id="endOtherSessions", holder="person", scope=Scope.ADMIN)
    async def destroy_others(self, actor: Asking) -> Deleted[None]:
        """End all your sessions but the one that asks."""
        ended = await open_sessions.end_others(actor)
        notice = f"{ended} other session{'s' if ended > 1 else ''} ended." if ended else "There was no other session."
        return Deleted(at="/account/sessions", notice=notice)

    @delete("/{session_id:uuid}", operation_id="endSession", holder="person", scope=Scope.ADMIN)
    async def destroy(self, actor: Asking, session_id: SessionId) -> Deleted[None]:
        """End one of your sessions. Its cookie opens nothing from now on."""
        ended = await open_sessions.end(actor, session_id)
        if not ended.current:
            return Deleted(at="/account/sessions", notice=f"The session with {ended.device} has ended.")
        answer: Deleted[None] = Deleted(at="/session/new", notice="You are signed out.")
        answer.set_cookie(session_cookie("", 0))
        return answer

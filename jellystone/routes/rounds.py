"""/servers/{server}/rounds: what looking at a server costs."""

from litestar import Controller, get

from jellystone.facts.rounds import Rounds
from jellystone.routes.databases import ServerInPath
from jellystone.services import rounds
from jellystone.services.permissions import Scope
from jellystone.web.answers import Page
from jellystone.web.given import Asking


class RoundRoutes(Controller):
    path = "/servers/{server:str}/rounds"
    tags = ["Servers"]

    @get("/", operation_id="getRounds", holder="person", scope=Scope.ADMIN)
    async def show(self, actor: Asking, server: ServerInPath) -> Page[Rounds]:
        """Show what looking at a server has cost within the last day, and what went wrong. For operators."""
        return Page("rounds/show.html", rounds=await rounds.cost(actor, server))

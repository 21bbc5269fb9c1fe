"""/advice, and below each database and server: what is not as it should be, why it matters, and what to do."""

from typing import Annotated

from litestar import Controller, get
from litestar.params import QueryParameter

from jellystone.facts.advice import Advice, State
from jellystone.facts.lists import Listing
from jellystone.routes.databases import LOADED, ServerInPath, ThisDatabase
from jellystone.routes.narrowing import OfTeam, OnServer
from jellystone.services import advice
from jellystone.web.answers import Page
from jellystone.web.given import Asking, Part

InState = Annotated[
    State | None, QueryParameter(name="state", description="Only in this state; else what to watch and to act on.")
]


class AdviceRoutes(Controller):
    path = "/advice"
    tags = ["Advice"]

    @get("/", operation_id="listAdvice")
    async def index(
        self, actor: Asking, part: Part, only: InState = None, team: OfTeam = "", server: OnServer = ""
    ) -> Page[Listing[Advice]]:
        """List what needs you in all your databases, worst first. Operators also see what servers need."""
        found = await advice.of_actor(actor, part, state=only, team=team, server=server)
        return Page("advice/index.html", advice=found, extra={"chosen": only})


class DatabaseAdviceRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/advice"
    tags = ["Advice"]
    dependencies = LOADED

    @get("/", operation_id="listDatabaseAdvice")
    async def index(self, actor: Asking, database: ThisDatabase) -> Page[Listing[Advice]]:
        """List every check of a database with its state, worst first. What could not be looked at is never ok."""
        found = await advice.of_database(actor, database)
        return Page("advice/database.html", advice=found, extra={"database": database})


class ServerAdviceRoutes(Controller):
    path = "/servers/{server:str}/advice"
    tags = ["Advice"]

    @get("/", operation_id="listServerAdvice")
    async def index(self, actor: Asking, server: ServerInPath) -> Page[Listing[Advice]]:
        """List the checks of a server, for operators, and what was found in its databases that you may see."""
        found = await advice.of_server(actor, server)
        return Page("advice/server.html", advice=found, extra={"server": server})

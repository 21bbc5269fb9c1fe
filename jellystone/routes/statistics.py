"""/databases/…/statistics and /servers/…/statistics: the same figures as curves and as JSON."""

from functools import partial
from typing import Any

from litestar import Controller, get
from litestar.di import Provide
from litestar.response import Response

from jellystone.facts.statistics import Statistics
from jellystone.routes.databases import LOADED, ThisDatabase
from jellystone.routes.servers import SEEN, Seen
from jellystone.routes.spans import AskedSpan, which_span
from jellystone.services import statistics
from jellystone.services.permissions import Scope
from jellystone.web.answers import Page
from jellystone.web.figures import drawings
from jellystone.web.given import Asking
from jellystone.web.negotiation import AnyRequest

ASKED = {"asked": Provide(which_span)}


class DatabaseStatisticsRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/statistics"
    tags = ["Statistics"]
    dependencies = LOADED | ASKED

    @get("/", operation_id="getDatabaseStatistics")
    async def show(self, actor: Asking, database: ThisDatabase, asked: AskedSpan) -> Page[Statistics]:
        """Show how a database was used. At most 124 points, from our own tables: no server is asked.

        The longer the time, the longer its steps; between two moments the finest that are still kept.
        """
        found = await statistics.of_database(actor, database, span=asked)
        return Curves("statistics/database.html", statistics=found, extra={"database": database})


class ServerStatisticsRoutes(Controller):
    path = "/servers/{server:str}/statistics"
    tags = ["Statistics"]

    @get("/", operation_id="getServerStatistics", holder="person", scope=Scope.ADMIN, dependencies=SEEN | ASKED)
    async def show(self, actor: Asking, seen: Seen, asked: AskedSpan) -> Page[Statistics]:
        """Show how a server was used: all of its databases together, also those that are not ours. For operators."""
        found = await statistics.of_server(actor, seen, span=asked)
        return Curves("statistics/server.html", statistics=found, extra={"server": seen})


class Curves(Page[Statistics]):
    """Drawn only for people, and only where a page shows them."""

    def as_html(self, request: AnyRequest) -> Response[Any]:
        self.context["drawings"] = partial(drawings, self.content)
        return super().as_html(request)

"""/databases/…/statistics and /servers/…/statistics: the same figures as curves and as JSON."""

from functools import partial
from typing import Annotated, Any

from litestar import Controller, get
from litestar.params import QueryParameter
from litestar.response import Response

from jellystone.facts.statistics import Span, Statistics
from jellystone.routes.databases import LOADED, ThisDatabase
from jellystone.routes.servers import SEEN, Seen
from jellystone.services import statistics
from jellystone.services.permissions import Scope
from jellystone.web.answers import Page
from jellystone.web.figures import drawings
from jellystone.web.given import Asking
from jellystone.web.negotiation import AnyRequest

Spanning = Annotated[Span, QueryParameter(description="How far back. Longer spans have longer steps.")]


class DatabaseStatisticsRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/statistics"
    tags = ["Statistics"]
    dependencies = LOADED

    @get("/", operation_id="getDatabaseStatistics")
    async def show(self, actor: Asking, database: ThisDatabase, span: Spanning = "day") -> Page[Statistics]:
        """Show how a database was used. At most 124 points, from our own tables: no server is asked."""
        found = await statistics.of_database(actor, database, span=span)
        return Curves("statistics/database.html", statistics=found, extra={"database": database})


class ServerStatisticsRoutes(Controller):
    path = "/servers/{server:str}/statistics"
    tags = ["Statistics"]

    @get("/", operation_id="getServerStatistics", holder="person", scope=Scope.ADMIN, dependencies=SEEN)
    async def show(self, actor: Asking, seen: Seen, span: Spanning = "day") -> Page[Statistics]:
        """Show how a server was used: all of its databases together, also those that are not ours. For operators."""
        found = await statistics.of_server(actor, seen, span=span)
        return Curves("statistics/server.html", statistics=found, extra={"server": seen})


class Curves(Page[Statistics]):
    """Drawn only for people, and only where a page shows them."""

    def as_html(self, request: AnyRequest) -> Response[Any]:
        self.context["drawings"] = partial(drawings, self.content)
        return super().as_html(request)

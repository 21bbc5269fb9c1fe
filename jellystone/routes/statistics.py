"""/databases/…/statistics and /servers/…/statistics: the same figures as curves and as JSON."""

from functools import partial
from typing import Annotated, Any

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response import Response

from jellystone.facts.statistics import Span, Statistics
from jellystone.routes.databases import LOADED, ServerInPath, ThisDatabase
from jellystone.services import statistics
from jellystone.tables.servers import Server
from jellystone.web.answers import Page
from jellystone.web.figures import drawings
from jellystone.web.given import Asking
from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import share

Spanning = Annotated[Span, QueryParameter(description="How far back. Longer spans have longer steps.")]


async def load_server(request: AnyRequest, actor: Asking, server: ServerInPath) -> Server:
    return share(request, seen=await statistics.seen_by(actor, server))  # type: ignore[no-any-return]


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

    @get("/", operation_id="getServerStatistics", dependencies={"seen": Provide(load_server)})
    async def show(self, actor: Asking, seen: NamedDependency[Server], span: Spanning = "day") -> Page[Statistics]:
        """Show how a server was used: all of its databases together, also those that are not ours. For operators."""
        found = await statistics.of_server(actor, seen, span=span)
        return Curves("statistics/server.html", statistics=found, extra={"server": seen})


class Curves(Page[Statistics]):
    """Drawn only for people, and only where a page shows them."""

    def as_html(self, request: AnyRequest) -> Response[Any]:
        self.context["drawings"] = partial(drawings, self.content)
        return super().as_html(request)

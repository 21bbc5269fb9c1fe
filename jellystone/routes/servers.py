"""/servers: the PostgreSQL servers we manage."""

from typing import Annotated, Any

from litestar import Controller, get, patch
from litestar.di import NamedDependency, Provide
from msgspec import Meta, Struct

from jellystone.facts.lists import Listing
from jellystone.facts.loads import ServerLoad
from jellystone.facts.servers import Server
from jellystone.routes.databases import ServerInPath
from jellystone.services import loads, servers, statistics
from jellystone.services.permissions import Scope
from jellystone.tables import servers as tables
from jellystone.web.answers import Form, Page, Updated
from jellystone.web.given import Asking, Part, Search, Sent
from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import share

MemoryBytes = Annotated[
    int,
    Meta(ge=1024**3, le=64 * 1024**4, description="null: not known", examples=[17_179_869_184]),
]
GIBIBYTES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


class ChangesOfServer(Struct, kw_only=True):
    """It counts only where the server itself does not tell."""

    memory_given_bytes: MemoryBytes | None


async def load_server(request: AnyRequest, actor: Asking, server: ServerInPath) -> tables.Server:
    return share(request, seen=await statistics.seen_by(actor, server))  # type: ignore[no-any-return]


Seen = NamedDependency[tables.Server]
SEEN = {"seen": Provide(load_server)}


async def about_memory(request: AnyRequest) -> dict[str, Any]:
    server = await statistics.seen_by(request.user, request.path_params["server"])
    sizes = {size * 1024**3 for size in GIBIBYTES} | ({server.memory_given_bytes} - {None})
    return {"server": await servers.show(request.user, server.name), "sizes": sorted(sizes)}


class ServerRoutes(Controller):
    path = "/servers"
    tags = ["Servers"]

    @get("/", operation_id="listServers")
    async def index(self, actor: Asking, part: Part, q: Search = "") -> Page[Listing[Server]]:
        """List the servers on which databases can be made."""
        return Page("servers/index.html", servers=await servers.visible_to(actor, part, matching=q))

    @get("/{server:str}", operation_id="getServer")
    async def show(self, actor: Asking, server: ServerInPath) -> Page[Server]:
        """Show a server. Its figures are those of the last contact."""
        shown = await servers.show(actor, server)

        async def more() -> dict[str, Any]:
            if not actor.operator:
                return {"load": None}
            seen = await statistics.seen_by(actor, server)
            day = await statistics.of_server(actor, seen, span="day")
            return {"load": await loads.of_server(actor, seen), "statistics": day}

        return Page("servers/show.html", server=shown, later=more)

    @get("/{server:str}/load", operation_id="getServerLoad", holder="person", scope=Scope.ADMIN, dependencies=SEEN)
    async def load(self, actor: Asking, seen: Seen) -> Page[ServerLoad]:
        """Show what a server carries: memory, settings, and which databases ask most of it. For operators."""
        found = await loads.of_server(actor, seen)

        async def more() -> dict[str, Any]:
            day = await statistics.of_server(actor, seen, span="day")
            return {"server": await servers.show(actor, seen.name), "statistics": day}

        return Page("servers/show.html", load=found, later=more)

    @get("/{server:str}/edit", dependencies=SEEN, include_in_schema=False)
    async def edit(self, request: AnyRequest, seen: Seen) -> Form:
        given = {"memory_given_bytes": seen.memory_given_bytes}
        return Form("servers/edit.html", values=given, **await about_memory(request))

    @patch(
        "/{server:str}",
        operation_id="updateServer",
        holder="person",
        scope=Scope.ADMIN,
        dependencies=SEEN,
        form="servers/edit.html",
        form_context=about_memory,
    )
    async def update(self, actor: Asking, seen: Seen, data: Sent[ChangesOfServer]) -> Updated[ServerLoad]:
        """Say how much memory a server has, where it does not tell. For operators."""
        await loads.give_memory(actor, seen, data.memory_given_bytes)
        return Updated(await loads.of_server(actor, seen), at=f"/servers/{seen.name}", notice="Saved.")

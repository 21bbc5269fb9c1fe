"""/servers: the PostgreSQL servers we manage."""

from typing import Any

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec
from msgspec.structs import asdict

from jellystone.facts.lists import Listing
from jellystone.facts.loads import ChangedServer, ServerLoad
from jellystone.facts.servers import Server
from jellystone.routes.databases import ServerInPath
from jellystone.routes.server_bodies import ChangesOfServer, NewServer, WantedServer, without_passwords
from jellystone.services import loads, server_addresses, server_registry, server_removals, servers, statistics
from jellystone.services.permissions import Scope
from jellystone.services.versions import ALWAYS, Condition
from jellystone.tables import servers as tables
from jellystone.web.answers import Created, Deleted, Form, Page, Updated
from jellystone.web.given import Asking, Part, Search, Sent, Unless, must_agree
from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import share

GIBIBYTES = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
MADE = {201: ResponseSpec(Server)}


async def load_server(request: AnyRequest, actor: Asking, server: ServerInPath) -> tables.Server:
    return share(request, seen=await statistics.seen_by(actor, server))  # type: ignore[no-any-return]


Seen = NamedDependency[tables.Server]
SEEN = {"seen": Provide(load_server)}


async def about_sizes(request: AnyRequest) -> dict[str, Any]:
    server_registry.may_look_after(request.user)
    return {"sizes": _sizes()}


async def about_server(request: AnyRequest) -> dict[str, Any]:
    server = await statistics.seen_by(request.user, request.path_params["server"])
    return {"server": await servers.show(request.user, server.name), "sizes": _sizes(server.memory_given_bytes)}


def _sizes(own: int | None = None) -> list[int]:
    """Bytes of memory to choose from."""
    return sorted({size * 1024**3 for size in GIBIBYTES} | ({own} if own else set()))


class ServerRoutes(Controller):
    path = "/servers"
    tags = ["Servers"]

    @get("/", operation_id="listServers")
    async def index(self, actor: Asking, part: Part, q: Search = "") -> Page[Listing[Server]]:
        """List the servers on which databases can be made."""
        return Page("servers/index.html", servers=await servers.visible_to(actor, part, matching=q))

    @get("/new", include_in_schema=False)
    async def new(self, request: AnyRequest) -> Form:
        server_registry.may_lead_elsewhere(request.user)
        return Form("servers/new.html", **await about_sizes(request))

    @post(
        "/",
        operation_id="createServer",
        holder="person",
        scope=Scope.ADMIN,
        form="servers/new.html",
        form_context=about_sizes,
        form_values=without_passwords,
    )
    async def create(self, actor: Asking, data: Sent[NewServer]) -> Created[Server]:
        """Register a server. It must answer, let us work there, and be none that we have already. For operators."""
        row = await server_registry.register(actor, data.name, data.wish)
        return Created(await servers.show(actor, row.name), at=f"/servers/{row.name}", notice=f"{row.name} is ready.")

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
        about = await about_server(request)
        given = {"url": about["server"].admin.url, "memory_given_bytes": seen.memory_given_bytes}
        return Form("servers/edit.html", values=given | server_addresses.apart(seen), **about)

    @put("/{server:str}", operation_id="putServer", holder="person", scope=Scope.ADMIN, responses=MADE)
    async def bring(
        self, actor: Asking, server: ServerInPath, data: Sent[WantedServer], condition: Unless
    ) -> Created[Server]:
        """Register a server or bring it to this state. Safe to repeat; what is left out returns to its default."""
        must_agree(name=(data.name, server))
        row, created = await server_registry.bring(actor, server, data.wish, condition=condition)
        return Created(await servers.show(actor, row.name), at=f"/servers/{row.name}", created=created)

    @patch(
        "/{server:str}",
        operation_id="updateServer",
        holder="person",
        scope=Scope.ADMIN,
        dependencies=SEEN,
        form="servers/edit.html",
        form_context=about_server,
        form_values=without_passwords,
    )
    async def update(
        self, actor: Asking, seen: Seen, data: Sent[ChangesOfServer], condition: Unless
    ) -> Updated[ChangedServer]:
        """Change how a server is reached, or say how much memory it has where it does not tell. For operators."""
        must_agree(name=(data.name, seen.name))
        await server_registry.change(actor, seen, condition=condition, **data.given)
        carries = asdict(await loads.of_server(actor, seen))
        changed = ChangedServer(server=await servers.show(actor, seen.name), **carries)
        return Updated(changed, at=f"/servers/{seen.name}", notice="Saved.")

    @delete("/{server:str}", operation_id="deleteServer", holder="person", scope=Scope.ADMIN, dependencies=SEEN)
    async def destroy(self, actor: Asking, seen: Seen, condition: Unless) -> Deleted[None]:
        """Remove a server that has none of our databases. Nothing is changed on the server itself."""
        return await gone(actor, seen, condition)


async def gone(actor: Asking, server: tables.Server, condition: Condition = ALWAYS) -> Deleted[None]:
    await server_removals.remove(actor, server, condition=condition)
    answer: Deleted[None] = Deleted(at="/servers", notice=f"{server.name} is removed.")
    answer.status_code = 204
    return answer

"""/servers: the PostgreSQL servers we manage."""

from litestar import Controller, get

from jellystone.facts.lists import Listing
from jellystone.facts.servers import Server
from jellystone.routes.databases import ServerInPath
from jellystone.services import servers
from jellystone.web.answers import Page
from jellystone.web.given import Asking, Part, Search


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
        return Page("servers/show.html", server=await servers.show(actor, server))

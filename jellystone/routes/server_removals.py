"""/servers/{server}/removal: for people, who are asked first."""

from typing import Annotated, Any

from litestar import Controller, get, post
from msgspec import Meta, Struct

from jellystone.errors import Invalid
from jellystone.routes.databases import ServerInPath
from jellystone.routes.servers import SEEN, Seen, gone
from jellystone.services import server_registry, server_removals, servers, statistics
from jellystone.web.answers import Deleted, Form
from jellystone.web.given import Asking, Sent
from jellystone.web.negotiation import AnyRequest


class NewServerRemoval(Struct, kw_only=True):
    name: Annotated[str, Meta(max_length=40)] = ""


async def about_removal(request: AnyRequest) -> dict[str, Any]:
    seen = await statistics.seen_by(request.user, request.path_params["server"])
    shown = await servers.show(request.user, seen.name)
    return {"server": shown, "has": await server_removals.databases_on(seen)}


class ServerRemovalRoutes(Controller):
    path = "/servers/{server:str}/removal"
    include_in_schema = False

    @get("/")
    async def show(self, request: AnyRequest, actor: Asking, server: ServerInPath) -> Form:
        server_registry.may_lead_elsewhere(actor)
        return Form("servers/removal.html", **await about_removal(request))

    @post("/", dependencies=SEEN, form="servers/removal.html", form_context=about_removal)
    async def remove(self, actor: Asking, seen: Seen, data: Sent[NewServerRemoval]) -> Deleted[None]:
        if data.name != seen.name:
            raise Invalid(name=f"Type {seen.name} to remove it.")
        return await gone(actor, seen)

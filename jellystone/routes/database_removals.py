"""/databases/{server}/{database}/removal and /deletion: for people, who are asked first and see it go."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Controller, get, post
from msgspec import Meta, Struct

from jellystone.errors import Invalid, NotFound
from jellystone.routes.databases import LOADED, NameInPath, ServerInPath, ThisDatabase, about_database, gone, page
from jellystone.services import catalog, databases
from jellystone.services.permissions import Permission
from jellystone.web.answers import Answer, Deleted, Form
from jellystone.web.given import Asking, Search, Sent


class NewDatabaseRemoval(Struct, kw_only=True):
    name: Annotated[str, Meta(max_length=63)] = ""


class DatabaseRemovalRoutes(Controller):
    path = "/databases/{server:str}/{name:str}"
    include_in_schema = False

    @get("/removal", dependencies=LOADED)
    async def removal(self, actor: Asking, database: ThisDatabase) -> Form:
        actor.must(Permission.DELETE_DATABASES, database.team.id)
        return Form("databases/removal.html", database=await catalog.show(actor, database))

    @post(
        "/removal",
        dependencies=LOADED,
        form="databases/removal.html",
        form_context=about_database,
    )
    async def remove(self, actor: Asking, database: ThisDatabase, data: Sent[NewDatabaseRemoval]) -> Deleted[None]:
        if data.name != database.row.name:
            raise Invalid(name=f"Type {database.row.name} to delete it.")
        return await gone(actor, database)

    @get("/deletion")
    async def deletion(self, actor: Asking, server: ServerInPath, name: NameInPath, team: Search = "") -> Answer[Any]:
        """While it is going, its page; then its team's, where one comes after every deletion."""
        try:
            return await page(actor, await databases.find(actor, server, name))
        except NotFound:
            return Deleted(at=f"/teams/{quote(team, safe='')}", notice=f"{name} is deleted.")

"""/databases/{server}/{database}/transfer: moving a database to another team."""

from typing import Any

from litestar import Controller, get, post
from litestar.di import Provide
from msgspec import Struct

from jellystone.errors import Invalid, NotFound
from jellystone.facts.databases import Database
from jellystone.facts.wishes import Slug
from jellystone.routes.databases import ThisDatabase, load_database
from jellystone.services import catalog, databases, teams, transfers
from jellystone.services.lists import ALL
from jellystone.services.permissions import Permission, Scope
from jellystone.web.answers import Form, Updated
from jellystone.web.given import Asking, Sent
from jellystone.web.negotiation import AnyRequest


class NewTransfer(Struct, kw_only=True):
    team: Slug


async def about_transfer(request: AnyRequest) -> dict[str, Any]:
    actor, at = request.user, request.path_params
    found = await databases.find(actor, at["server"], at["name"])
    mine = (await teams.visible_to(actor, ALL)).items
    others = [team for team in mine if team.slug != found.team.slug and (team.rank == "owner" or actor.operator)]
    return {"database": await catalog.show(actor, found), "teams": others}


class TransferRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/transfer"
    tags = ["Databases"]
    dependencies = {"database": Provide(load_database)}

    @get("/", include_in_schema=False)
    async def new(self, actor: Asking, database: ThisDatabase, request: AnyRequest) -> Form:
        if not actor.operator:
            actor.must(Permission.MOVE_DATABASES, database.team.id)
        return Form("transfers/new.html", **await about_transfer(request))

    @post(
        "/",
        form="transfers/new.html",
        form_context=about_transfer,
        status_code=200,
        operation_id="transferDatabase",
        scope=Scope.ADMIN,
    )
    async def create(self, actor: Asking, database: ThisDatabase, data: Sent[NewTransfer]) -> Updated[Database]:
        """For who owns both teams, and operators. Passwords go along where the mover can open them."""
        try:
            to = await teams.find(actor, data.team)
        except NotFound as error:
            raise Invalid(team=str(error)) from None
        lost = await transfers.move(actor, database, to)
        moved = await databases.find(actor, database.server.name, database.row.name)
        notice = f"{database.row.name} belongs to {to.name} now."
        if lost:
            notice += f" {lost} of its passwords could not be read: change them to store new ones."
        return Updated(await catalog.show(actor, moved), at=f"/databases/{moved.id}", notice=notice)

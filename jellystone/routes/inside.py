"""/databases/{server}/{database}/inside: what only the database itself can tell, when somebody asks for it."""

from litestar import Controller, get, post

from jellystone.facts.inside import Inside
from jellystone.routes.databases import LOADED, ThisDatabase
from jellystone.services import inside
from jellystone.services.permissions import Permission
from jellystone.web.answers import Page, Updated
from jellystone.web.given import Asking


class InsideRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/inside"
    tags = ["Advice"]
    dependencies = LOADED

    @get("/", operation_id="getInside")
    async def show(self, actor: Asking, database: ThisDatabase) -> Page[Inside]:
        """Show what the last look inside has found: dead rows of tables, and what belongs to nobody of the team."""
        found = await inside.show(actor, database)
        may = actor.may(Permission.CHANGE_DATABASES, database.team.id)
        return Page("inside/show.html", inside=found, extra={"database": database, "may_look": may})

    @post("/", operation_id="lookInside", status_code=200, opt={"on_server": True})
    async def look(self, actor: Asking, database: ThisDatabase) -> Updated[Inside]:
        """Look inside now, unless somebody did within half a minute. Catalogs are read, no data; it is no use of it."""
        found = await inside.look(actor, database)
        return Updated(found, at=f"/databases/{database.id}/inside", notice="This is how it is now.")

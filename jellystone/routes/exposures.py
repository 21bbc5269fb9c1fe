"""/teams/{team}/exposures: passwords that somebody may still know who has left."""

from typing import Any

from litestar import Controller, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import Provide
from msgspec import Struct

from jellystone.facts.members import Exposure
from jellystone.routes.teams import load_team
from jellystone.services import exposures, teams
from jellystone.web.answers import Page, Updated
from jellystone.web.given import Asking, ThisTeam


class Changing(Struct, kw_only=True):
    roles: int


class ExposureRoutes(Controller):
    path = "/teams/{slug:str}/exposures"
    tags = ["Members"]
    dependencies = {"team": Provide(load_team)}

    @get("/", operation_id="listExposures")
    async def index(self, actor: Asking, team: ThisTeam) -> Page[list[Exposure]]:
        """Passwords not changed since somebody left who revealed them or could have."""

        async def more() -> dict[str, Any]:
            return {"team": await teams.show(actor, team), "may": actor.permissions(team.id)}

        return Page("exposures/index.html", exposures=await exposures.of_team(actor, team), later=more)

    @post("/", status_code=200, operation_id="changeExposed")
    async def change_all(self, actor: Asking, team: ThisTeam) -> Updated[Changing]:
        """Give each a new password. They are wanted at once; the servers follow within moments."""
        count = await exposures.change_all(actor, team)
        notice = f"{count} passwords get changed." if count != 1 else "One password gets changed."
        answer = Updated(Changing(roles=count), at=f"/teams/{team.slug}/exposures", notice=notice)
        answer.background = BackgroundTask(exposures.finish, team)
        return answer

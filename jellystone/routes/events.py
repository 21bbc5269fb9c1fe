"""/teams/{team}/events: who did what, when and from where."""

from litestar import Controller, get
from litestar.di import Provide

from jellystone.facts.events import Event
from jellystone.facts.lists import Listing
from jellystone.routes.teams import load_team
from jellystone.services import events, teams
from jellystone.web.answers import Page
from jellystone.web.given import Asking, Part, ThisTeam


class TeamEventRoutes(Controller):
    path = "/teams/{slug:str}/events"
    tags = ["Events"]
    dependencies = {"team": Provide(load_team)}

    @get("/", operation_id="listTeamEvents")
    async def index(self, actor: Asking, team: ThisTeam, part: Part) -> Page[Listing[Event]]:
        """List what was done in a team. The newest comes first."""
        found = await events.of_team(actor, team.id, part)
        return Page("events/index.html", events=found, extra={"team": await teams.show(actor, team)})

"""/teams: the teams you belong to."""

from typing import Annotated, Any

from litestar import Controller, delete, get, patch, post
from litestar.di import Provide
from msgspec import Meta, Struct

from jellystone.errors import Invalid
from jellystone.facts.lists import Listing
from jellystone.facts.teams import FoundedTeam, Team
from jellystone.facts.wishes import TeamName
from jellystone.routes.narrowing import Ordering, SortBy
from jellystone.services import advice, catalog, events, exposures, sparks, team_keys, teams
from jellystone.services.lists import Slice
from jellystone.services.permissions import Permission, Scope
from jellystone.services.versions import ALWAYS, Condition
from jellystone.tables.teams import Team as TeamRow
from jellystone.web.answers import Deleted, Form, Page, Revealed, Updated
from jellystone.web.given import Asking, Part, Search, Sent, ThisTeam, Unless, in_path
from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import share

SlugInPath = Annotated[str, in_path("A team's slug.", "rangers")]


class NewTeam(Struct, kw_only=True):
    name: TeamName


class ChangesOfTeam(Struct, kw_only=True):
    name: TeamName


class NewTeamRemoval(Struct, kw_only=True):
    name: Annotated[str, Meta(max_length=64, description="For people: the name typed again.")] = ""


async def load_team(request: AnyRequest, actor: Asking, slug: SlugInPath) -> TeamRow:
    return share(request, team_row=await teams.find(actor, slug))  # type: ignore[no-any-return]


async def about_team(request: AnyRequest) -> dict[str, Any]:
    team = await teams.find(request.user, request.path_params["slug"])
    return {"team": await teams.show(request.user, team)}


class TeamRoutes(Controller):
    path = "/teams"
    tags = ["Teams"]

    @get("/", operation_id="listTeams")
    async def index(self, actor: Asking, part: Part, q: Search = "") -> Page[Listing[Team]]:
        """List the teams you belong to."""
        return Page("teams/index.html", teams=await teams.visible_to(actor, part, matching=q))

    @get("/new", include_in_schema=False)
    async def new(self) -> Form:
        return Form("teams/new.html")

    @post("/", operation_id="createTeam", holder="person", scope=Scope.ADMIN, form="teams/new.html")
    async def create(self, actor: Asking, data: Sent[NewTeam]) -> Revealed[FoundedTeam]:
        """Found a team and become its owner. Its first token, with all scopes, is shown in this answer only."""
        team = await teams.found(actor, name=data.name)
        return Revealed("teams/created.html", team=team, at=f"/teams/{team.slug}")

    @get("/{slug:str}", operation_id="getTeam", dependencies={"team": Provide(load_team)})
    async def show(self, actor: Asking, team: ThisTeam, sort: SortBy = "name", order: Ordering = None) -> Page[Team]:
        """Show a team. `sort` and `order` are those of the databases on its page."""

        async def more() -> dict[str, Any]:
            entries = await catalog.with_roles(actor, team, sort=sort, order=order)
            return {
                "databases": entries,
                "sparks": await sparks.of_databases(actor, [entry.database for entry in entries]),
                "events": await events.newest_of_team(actor, team.id),
                "may": actor.permissions(team.id),
                "advised": (await advice.of_actor(actor, Slice(per_page=4), team=team.slug)).items,
                "locked": await team_keys.is_locked(actor, team.id),
                "exposed": len(await exposures.of_team(actor, team)),
            }

        return Page("teams/show.html", team=await teams.show(actor, team), later=more)

    @get("/{slug:str}/edit", dependencies={"team": Provide(load_team)}, include_in_schema=False)
    async def edit(self, actor: Asking, team: ThisTeam) -> Form:
        actor.must(Permission.CHANGE_TEAM, team.id)
        return Form("teams/edit.html", values={"name": team.name}, team=await teams.show(actor, team))

    @patch(
        "/{slug:str}",
        operation_id="updateTeam",
        scope=Scope.ADMIN,
        dependencies={"team": Provide(load_team)},
        form="teams/edit.html",
        form_context=about_team,
    )
    async def update(
        self, actor: Asking, team: ThisTeam, data: Sent[ChangesOfTeam], condition: Unless
    ) -> Updated[Team]:
        """Rename a team. Its slug, and with it every address, stays."""
        changed = await teams.rename(actor, team, name=data.name, condition=condition)
        return Updated(changed, at=f"/teams/{team.slug}", notice=f"The team is now called {changed.name}.")

    @get("/{slug:str}/removal", dependencies={"team": Provide(load_team)}, include_in_schema=False)
    async def removal(self, actor: Asking, team: ThisTeam) -> Form:
        actor.must(Permission.DISBAND_TEAM, team.id)
        return Form("teams/removal.html", team=await teams.show(actor, team))

    @post(
        "/{slug:str}/removal",
        dependencies={"team": Provide(load_team)},
        form="teams/removal.html",
        form_context=about_team,
        include_in_schema=False,
    )
    async def remove(self, actor: Asking, team: ThisTeam, data: Sent[NewTeamRemoval]) -> Deleted[None]:
        if data.name != team.name:
            raise Invalid(name=f"Type {team.name} to disband it.")
        return await _disband(actor, team)

    @delete("/{slug:str}", operation_id="deleteTeam", scope=Scope.ADMIN, dependencies={"team": Provide(load_team)})
    async def destroy(self, actor: Asking, team: ThisTeam, condition: Unless) -> Deleted[None]:
        """Disband a team that has no databases."""
        return await _disband(actor, team, condition)


async def _disband(actor: Asking, team: ThisTeam, condition: Condition = ALWAYS) -> Deleted[None]:
    await teams.disband(actor, team, condition=condition)
    answer: Deleted[None] = Deleted(at="/teams", notice=f"{team.name} is disbanded.")
    answer.status_code = 204
    return answer

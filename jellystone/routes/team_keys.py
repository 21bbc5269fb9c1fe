"""/teams/{team}/key: coming by a copy of the team's key when one has none."""

from typing import Annotated, Any

from litestar import Controller, delete, get, post
from litestar.di import Provide
from msgspec import Meta, Struct

from jellystone.facts.members import Member
from jellystone.routes.teams import load_team
from jellystone.services import members, team_keys, teams
from jellystone.services.permissions import Scope
from jellystone.web.answers import Deleted, Form, Updated
from jellystone.web.given import Asking, Sent, ThisTeam
from jellystone.web.negotiation import AnyRequest


class NewKey(Struct, kw_only=True):
    token: Annotated[str, Meta(min_length=1, max_length=100, description="A token of the team.", examples=["jst_…"])]


async def about_key(request: AnyRequest) -> dict[str, Any]:
    actor, team = request.user, await teams.find(request.user, request.path_params["slug"])
    return {
        "team": await teams.show(actor, team),
        "locked": await team_keys.is_locked(actor, team.id),
        "can_start_anew": await team_keys.can_start_anew(actor, team),
    }


class TeamKeyRoutes(Controller):
    path = "/teams/{slug:str}/key"
    tags = ["Members"]
    dependencies = {"team": Provide(load_team)}

    @get("/", include_in_schema=False)
    async def show(self, team: ThisTeam, request: AnyRequest) -> Form:
        return Form("team_keys/show.html", **await about_key(request))

    @post(
        "/",
        form="team_keys/show.html",
        form_context=about_key,
        status_code=200,
        operation_id="unlockTeam",
        holder="person",
        scope=Scope.SECRETS,
    )
    async def unlock(self, actor: Asking, team: ThisTeam, data: Sent[NewKey]) -> Updated[Member]:
        """Take the key to the passwords out of a team token. The token stays as it is."""
        await team_keys.unlock(actor, team, token=data.token)
        member = await members.show(actor, team, actor.email)
        return Updated(member, at=f"/teams/{team.slug}", notice="You can open the passwords now.")

    @delete(
        "/",
        form="team_keys/show.html",
        form_context=about_key,
        operation_id="resetVault",
        holder="person",
        scope=Scope.ADMIN,
    )
    async def start_anew(self, actor: Asking, team: ThisTeam) -> Deleted[None]:
        """Only where nobody and no token holds the key. Stored passwords are forgotten; the roles go on working."""
        await team_keys.start_anew(actor, team)
        notice = "The vault is new. Change a role's password to store it again."
        return Deleted(at=f"/teams/{team.slug}", notice=notice)

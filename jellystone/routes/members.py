"""/teams/{team}/members: who belongs to a team."""

from typing import Annotated, Any

from litestar import Controller, delete, get, patch, put
from litestar.di import Provide
from msgspec import Struct

from jellystone.facts.lists import Listing
from jellystone.facts.members import Member
from jellystone.facts.wishes import RankWord
from jellystone.routes.teams import load_team
from jellystone.services import invitations, members, team_keys, teams
from jellystone.services.lists import ALL
from jellystone.services.permissions import Rank, Scope
from jellystone.web.answers import Deleted, Form, Page, Updated
from jellystone.web.given import Asking, Part, Search, Sent, ThisTeam, in_path
from jellystone.web.negotiation import AnyRequest

MemberEmail = Annotated[str, in_path("A member's e-mail.", "booboo@park.example")]


class ChangesOfMember(Struct, kw_only=True):
    rank: RankWord


async def about_member(request: AnyRequest) -> dict[str, Any]:
    team = await teams.find(request.user, request.path_params["slug"])
    member = await members.show(request.user, team, request.path_params["email"])
    return {"team": await teams.show(request.user, team), "member": member}


class MemberRoutes(Controller):
    path = "/teams/{slug:str}/members"
    tags = ["Members"]
    dependencies = {"team": Provide(load_team)}

    @get("/", operation_id="listMembers")
    async def index(self, actor: Asking, team: ThisTeam, part: Part, q: Search = "") -> Page[Listing[Member]]:
        """Everybody who belongs to a team, owners first."""

        async def more() -> dict[str, Any]:
            return {
                "team": await teams.show(actor, team),
                "invitations": (await invitations.of_team(actor, team, ALL)).items,
                "locked": await team_keys.is_locked(actor, team.id),
                "may": actor.permissions(team.id),
            }

        return Page("members/index.html", members=await members.of_team(actor, team, part, matching=q), later=more)

    @get("/{email:str}", operation_id="getMember")
    async def show(self, actor: Asking, team: ThisTeam, email: MemberEmail) -> Page[Member]:
        """One member of a team, by e-mail."""

        async def more() -> dict[str, Any]:
            return {"team": await teams.show(actor, team), "may": actor.permissions(team.id)}

        return Page("members/show.html", member=await members.show(actor, team, email), later=more)

    @patch(
        "/{email:str}",
        form="members/show.html",
        form_context=about_member,
        operation_id="changeMember",
        scope=Scope.ADMIN,
    )
    async def update(
        self, actor: Asking, team: ThisTeam, email: MemberEmail, data: Sent[ChangesOfMember]
    ) -> Updated[Member]:
        """Give another rank. It holds from the member's next request on."""
        member = await members.change_rank(actor, team, email, rank=Rank(data.rank))
        notice = f"{member.email} is now {'an owner' if member.rank == 'owner' else 'a ' + member.rank}."
        return Updated(member, at=f"/teams/{team.slug}/members", notice=notice)

    @get("/{email:str}/removal", include_in_schema=False)
    async def removal(self, team: ThisTeam, request: AnyRequest) -> Form:
        return Form("members/removal.html", **await about_member(request))

    @delete(
        "/{email:str}",
        form="members/removal.html",
        form_context=about_member,
        operation_id="removeMember",
        scope=Scope.ADMIN,
    )
    async def destroy(self, actor: Asking, team: ThisTeam, email: MemberEmail) -> Deleted[None]:
        """Take somebody out of the team, or leave it yourself. The last owner cannot go."""
        if email.lower() == actor.email and actor.user is not None:
            await members.leave(actor, team)
            return Deleted(at="/teams", notice=f"You have left {team.name}.")
        await members.remove(actor, team, email)
        return Deleted(at=f"/teams/{team.slug}/exposures", notice=f"{email} no longer belongs to {team.name}.")

    @put("/{email:str}/key", status_code=200, operation_id="giveAccess", scope=Scope.SECRETS)
    async def give_access(self, actor: Asking, team: ThisTeam, email: MemberEmail) -> Updated[Member]:
        """Seal a copy of the team's key to a member who has none, after a forgotten password say."""
        await team_keys.give(actor, team, email=email)
        member = await members.show(actor, team, email)
        return Updated(member, at=f"/teams/{team.slug}/members", notice=f"{email} can open the passwords now.")

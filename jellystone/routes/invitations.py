"""/teams/{team}/invitations, and /invitations/{secret}: asking people in, and coming in."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import Provide
from msgspec import Meta, Struct

from jellystone import settings
from jellystone.errors import NotSignedIn
from jellystone.facts.lists import Listing
from jellystone.facts.members import Invitation, IssuedInvitation, ReceivedInvitation
from jellystone.facts.teams import Team
from jellystone.facts.wishes import Email, RankWord
from jellystone.routes.teams import load_team
from jellystone.services import acceptances, accounts, invitations, sessions, teams
from jellystone.services.permissions import Permission, Rank, Scope
from jellystone.web.answers import Deleted, Form, Page, Revealed, Updated
from jellystone.web.given import Asking, From, Part, Sent, ThisTeam, Visiting, in_path
from jellystone.web.identity import session_cookie
from jellystone.web.negotiation import AnyRequest

InvitationId = Annotated[UUID, in_path("An invitation's id.", "01936b0e-7c3a-7f00-8000-000000000001")]
Secret = Annotated[str, in_path("The last part of the link that was mailed.", "Zr1c0Yw…")]


class NewInvitations(Struct, kw_only=True):
    emails: Annotated[
        list[Email],
        Meta(
            min_length=1,
            max_length=50,
            examples=[["booboo@park.example"]],
            extra={"error": "Give 1 to 50 e-mail addresses, one a line."},
        ),
    ]
    rank: RankWord = "member"


class NewAcceptance(Struct, kw_only=True):
    password: Annotated[
        str,
        Meta(
            max_length=1024,
            description="For who has no account yet: one is made with it, for the address invited.",
            extra={"own": True},
        ),
    ] = ""


async def about_team(request: AnyRequest) -> dict[str, Any]:
    team = await teams.find(request.user, request.path_params["slug"])
    return {"team": await teams.show(request.user, team)}


class TeamInvitationRoutes(Controller):
    path = "/teams/{slug:str}/invitations"
    tags = ["Invitations"]
    dependencies = {"team": Provide(load_team)}

    @get("/", operation_id="listInvitations")
    async def index(self, actor: Asking, team: ThisTeam, part: Part, request: AnyRequest) -> Page[Listing[Invitation]]:
        """Those that wait for an answer. Their links are not kept, so they cannot be shown again."""
        extra = {**await about_team(request), "may": actor.permissions(team.id)}
        return Page("invitations/index.html", invitations=await invitations.of_team(actor, team, part), extra=extra)

    @get("/new", include_in_schema=False)
    async def new(self, actor: Asking, team: ThisTeam, request: AnyRequest) -> Form:
        actor.must(Permission.MANAGE_MEMBERS, team.id)
        return Form("invitations/new.html", values={"rank": "member"}, **await about_team(request))

    @post(
        "/",
        form="invitations/new.html",
        form_context=about_team,
        operation_id="createInvitations",
        scope=Scope.ADMIN,
    )
    async def create(
        self, actor: Asking, team: ThisTeam, data: Sent[NewInvitations], request: AnyRequest
    ) -> Revealed[list[IssuedInvitation]]:
        """Invite addresses with a rank. Each gets a mail; the links are in this answer, too."""
        issued = await invitations.invite(actor, team, emails=data.emails, rank=Rank(data.rank))
        extra = await about_team(request)
        at = f"/teams/{team.slug}/invitations"
        return Revealed("invitations/created.html", invitations=issued, at=at, extra=extra)

    @post("/{invitation_id:uuid}/delivery", operation_id="resendInvitation", scope=Scope.ADMIN)
    async def resend(
        self, actor: Asking, team: ThisTeam, invitation_id: InvitationId, request: AnyRequest
    ) -> Revealed[list[IssuedInvitation]]:
        """With a new link; the old one stops working."""
        issued = [await invitations.resend(actor, team, invitation_id)]
        extra = await about_team(request)
        at = f"/teams/{team.slug}/invitations"
        return Revealed("invitations/created.html", invitations=issued, at=at, extra=extra)

    @delete("/{invitation_id:uuid}", operation_id="revokeInvitation", scope=Scope.ADMIN)
    async def destroy(self, actor: Asking, team: ThisTeam, invitation_id: InvitationId) -> Deleted[None]:
        """Its link stops working."""
        await invitations.revoke(actor, team, invitation_id)
        return Deleted(at=f"/teams/{team.slug}/members", notice="The invitation is taken back.")


async def about_invitation(request: AnyRequest) -> dict[str, Any]:
    received = await acceptances.received(request.path_params["secret"])
    return {"invitation": received, "minimum": settings.current().password_min_length}


class InvitationRoutes(Controller):
    path = "/invitations/{secret:str}"
    tags = ["Invitations"]
    opt = {"public": True}

    @get("/", operation_id="getInvitation")
    async def show(self, secret: Secret, request: AnyRequest) -> Page[ReceivedInvitation]:
        """What the link is good for. Looking changes nothing: mail scanners follow links."""
        found = await about_invitation(request)
        extra = {"minimum": found["minimum"]}
        return Page("invitations/show.html", invitation=found["invitation"], extra=extra)

    @post(
        "/",
        form="invitations/show.html",
        form_context=about_invitation,
        status_code=200,
        operation_id="acceptInvitation",
        holder="person",
        scope=Scope.ADMIN,
    )
    async def accept(self, actor: Visiting, origin: From, secret: Secret, data: Sent[NewAcceptance]) -> Updated[Team]:
        """Join the team: as who is signed in, or with a password as a new account for the address invited."""
        cookie = None
        if actor is None:
            if not data.password:
                raise NotSignedIn("Sign in to accept the invitation, or choose a password to make an account.")
            actor, cookie = await _register(origin, secret, data.password)
        team = await acceptances.accept(actor, secret)
        answer = Updated(team, at=f"/teams/{team.slug}", notice=f"Welcome to {team.name}.")
        if cookie:
            answer.set_cookie(session_cookie(cookie, None))
        return answer


async def _register(origin: From, secret: str, password: str) -> tuple[Asking, str]:
    """The link has reached the address, so it counts as confirmed."""
    received = await acceptances.must_be_open(secret)
    await accounts.register(origin, email=received.email, password=password, confirmed=True)
    signed_in = await sessions.sign_in(origin, email=received.email, password=password)
    actor = await sessions.actor_for(signed_in.secret, origin)
    assert actor is not None
    return actor, signed_in.secret

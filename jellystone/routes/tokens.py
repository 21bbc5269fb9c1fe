"""/account/tokens and /teams/{team}/tokens: what programs sign in with."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import Provide
from msgspec import Struct

from jellystone.facts.lists import Listing
from jellystone.facts.people import IssuedToken, Token
from jellystone.facts.wishes import Days, Scopes, TokenName
from jellystone.routes.teams import load_team
from jellystone.services import teams, tokens
from jellystone.services.permissions import Permission, Scope
from jellystone.web.answers import Deleted, Form, Page, Revealed
from jellystone.web.given import Asking, Part, Sent, ThisTeam, in_path
from jellystone.web.negotiation import AnyRequest

TokenId = Annotated[UUID, in_path("A token's id.", "0196f0c2-d4e8-7f3a-9b1c-2d3e4f5a6b7c")]


class NewToken(Struct, kw_only=True):
    name: TokenName
    scopes: Scopes
    expires_in_days: Days | None = None

    @property
    def wanted(self) -> list[Scope]:
        return [Scope(scope) for scope in self.scopes]


async def about_tokens(request: AnyRequest) -> dict[str, Any]:
    return {"team": None, "base": "/account/tokens"}


class PersonalTokenRoutes(Controller):
    path = "/account/tokens"
    tags = ["Tokens"]

    @get("/", operation_id="listPersonalTokens", holder="person")
    async def index(self, actor: Asking, part: Part) -> Page[Listing[Token]]:
        """List your personal tokens. Their secrets are in no list."""
        found = await tokens.personal(actor, part)
        may_change = actor.scopes is None or Scope.ADMIN in actor.scopes
        extra = {"team": None, "base": "/account/tokens", "may_change": may_change}
        return Page("tokens/index.html", tokens=found, extra=extra)

    @get("/new", include_in_schema=False)
    async def new(self, request: AnyRequest) -> Form:
        return Form("tokens/new.html", values={"scopes": ["read", "write"]}, **await about_tokens(request))

    @post(
        "/",
        operation_id="createPersonalToken",
        holder="person",
        scope=Scope.ADMIN,
        form="tokens/new.html",
        form_context=about_tokens,
    )
    async def create(self, actor: Asking, data: Sent[NewToken]) -> Revealed[IssuedToken]:
        """Make a personal token. It is shown in this answer only."""
        token = await tokens.issue_personal(
            actor, name=data.name, scopes=data.wanted, expires_in_days=data.expires_in_days
        )
        extra = {"team": None, "base": "/account/tokens"}
        return Revealed("tokens/created.html", token=token, at=f"/account/tokens/{token.id}", extra=extra)

    @get("/{token_id:uuid}", operation_id="getPersonalToken", holder="person")
    async def show(self, actor: Asking, token_id: TokenId) -> Page[Token]:
        """Show one of your tokens. Its secret is not shown again."""
        extra = {"team": None, "base": "/account/tokens"}
        return Page("tokens/removal.html", token=await tokens.find_personal(actor, token_id), extra=extra)

    @delete("/{token_id:uuid}", operation_id="deletePersonalToken", holder="person", scope=Scope.ADMIN)
    async def destroy(self, actor: Asking, token_id: TokenId) -> Deleted[None]:
        """Revoke one of your tokens. From now on it opens nothing."""
        token = await tokens.find_personal(actor, token_id)
        await tokens.revoke_personal(actor, token)
        return Deleted(at="/account/tokens", notice=f"The token {token.name} is revoked.")


async def about_team_tokens(request: AnyRequest) -> dict[str, Any]:
    team = await teams.find(request.user, request.path_params["slug"])
    return {"team": await teams.show(request.user, team), "base": f"/teams/{team.slug}/tokens"}


class TeamTokenRoutes(Controller):
    path = "/teams/{slug:str}/tokens"
    tags = ["Tokens"]
    dependencies = {"team": Provide(load_team)}

    @get("/", operation_id="listTeamTokens")
    async def index(self, actor: Asking, team: ThisTeam, part: Part, request: AnyRequest) -> Page[Listing[Token]]:
        """List a team's tokens. Their secrets are in no list."""
        extra = await about_team_tokens(request) | {"may_change": actor.may(Permission.MANAGE_TOKENS, team.id)}
        return Page("tokens/index.html", tokens=await tokens.of_team(actor, team, part), extra=extra)

    @get("/new", include_in_schema=False)
    async def new(self, actor: Asking, team: ThisTeam, request: AnyRequest) -> Form:
        actor.must(Permission.MANAGE_TOKENS, team.id)
        return Form("tokens/new.html", values={"scopes": ["read", "write"]}, **await about_team_tokens(request))

    @post(
        "/", operation_id="createTeamToken", scope=Scope.ADMIN, form="tokens/new.html", form_context=about_team_tokens
    )
    async def create(
        self, actor: Asking, team: ThisTeam, data: Sent[NewToken], request: AnyRequest
    ) -> Revealed[IssuedToken]:
        """Make a token for a team. It is shown in this answer only."""
        token = await tokens.issue_for_team(
            actor, team, name=data.name, scopes=data.wanted, expires_in_days=data.expires_in_days
        )
        extra = await about_team_tokens(request)
        return Revealed("tokens/created.html", token=token, at=f"/teams/{team.slug}/tokens/{token.id}", extra=extra)

    @get("/{token_id:uuid}", operation_id="getTeamToken")
    async def show(self, actor: Asking, team: ThisTeam, token_id: TokenId, request: AnyRequest) -> Page[Token]:
        """Show one of a team's tokens. Its secret is not shown again."""
        token = await tokens.find_of_team(actor, team, token_id)
        return Page("tokens/removal.html", token=token, extra=await about_team_tokens(request))

    @delete("/{token_id:uuid}", operation_id="deleteTeamToken", scope=Scope.ADMIN)
    async def destroy(self, actor: Asking, team: ThisTeam, token_id: TokenId) -> Deleted[None]:
        """Revoke one of a team's tokens. From now on it opens nothing."""
        token = await tokens.find_of_team(actor, team, token_id)
        await tokens.revoke_of_team(actor, team, token)
        return Deleted(at=f"/teams/{team.slug}/tokens", notice=f"The token {token.name} is revoked.")

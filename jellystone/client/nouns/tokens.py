"""What programs sign in with. The token itself is in the answer that makes it, and in no other."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, at, given, listed, sent
from jellystone.facts.lists import Listing
from jellystone.facts.people import IssuedToken, Token

Scope = Literal["read", "write", "secrets", "admin"]
TOKEN, ISSUED, TOKENS = as_(Token), as_(IssuedToken), as_(Listing[Token])


class TeamTokens(Noun[Way]):
    @listed
    def list(self, team: str, *, per_page: int = 200) -> Call[Listing[Token]]:
        return Call("GET", at("teams", team, "tokens"), TOKENS, query={"per_page": per_page})

    @sent
    def get(self, team: str, id: UUID | str) -> Call[Token]:
        return Call("GET", at("teams", team, "tokens", str(id)), TOKEN)

    @sent
    def create(
        self, team: str, name: str, *, scopes: Sequence[Scope], expires_in_days: int | UnsetType | None = UNSET
    ) -> Call[IssuedToken]:
        body = given(name=name, scopes=[*scopes], expires_in_days=expires_in_days)
        return Call("POST", at("teams", team, "tokens"), ISSUED, body)

    @sent
    def delete(self, team: str, id: UUID | str) -> Call[None]:
        """From then on it opens nothing."""
        return Call("DELETE", at("teams", team, "tokens", str(id)), as_nothing)


class PersonalTokens(Noun[Way]):
    @listed
    def list(self, *, per_page: int = 200) -> Call[Listing[Token]]:
        return Call("GET", "/account/tokens", TOKENS, query={"per_page": per_page})

    @sent
    def create(
        self, name: str, *, scopes: Sequence[Scope], expires_in_days: int | UnsetType | None = UNSET
    ) -> Call[IssuedToken]:
        body = given(name=name, scopes=[*scopes], expires_in_days=expires_in_days)
        return Call("POST", "/account/tokens", ISSUED, body)

    @sent
    def delete(self, id: UUID | str) -> Call[None]:
        """From then on it opens nothing."""
        return Call("DELETE", at("account", "tokens", str(id)), as_nothing)

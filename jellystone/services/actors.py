"""Whoever asks: a person in a browser, a program with a token, or Jellystone itself."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from jellystone.errors import NotAllowed, NotConfirmed
from jellystone.services import vault
from jellystone.services.permissions import GRANTED, OPERATORS, SCOPE, Permission, Rank, Scope

FRESH = timedelta(minutes=15)


@dataclass(frozen=True)
class Origin:
    """Where a request came from, for events and throttling. `claim` is that to its idempotency key, if it has one."""

    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    claim: UUID | None = None


class Kind(StrEnum):
    PERSON = "person"
    PERSONAL_TOKEN = "personal token"  # noqa: S105
    TEAM_TOKEN = "team token"  # noqa: S105
    METRICS_TOKEN = "metrics token"  # noqa: S105
    SYSTEM = "system"


@dataclass(frozen=True)
class Key:
    """What opens the vault: the secret that was sent and the private key wrapped under it. Opened only when needed."""

    secret: str = field(repr=False)
    wrapped: bytes = field(repr=False)
    holder: Literal["session", "personal token", "team token"]
    row: UUID
    owner: UUID

    def open(self) -> bytes:
        return vault.open_with_secret(self.secret, self.wrapped, holder=self.holder, row=self.row, owner=self.owner)


@dataclass(frozen=True, kw_only=True)
class Actor:
    """`ranks` is by team id. `scopes` is None for a session: it may all that its person may."""

    kind: Kind
    name: str
    user: UUID | None = None
    team: UUID | None = None
    operator: bool = False
    ranks: dict[UUID, Rank] = field(default_factory=dict)
    scopes: frozenset[Scope] | None = None
    key: Key | None = None
    authenticated_at: datetime | None = None
    origin: Origin = field(default_factory=Origin)

    @property
    def email(self) -> str:
        return self.name

    def permissions(self, team: UUID) -> frozenset[Permission]:
        """What may be done in `team`, scopes considered."""
        rank = self.ranks.get(team)
        granted = GRANTED[rank] if rank else OPERATORS if self.operator else frozenset()
        return granted if self.scopes is None else frozenset(p for p in granted if SCOPE[p] in self.scopes)

    def may(self, permission: Permission, team: UUID) -> bool:
        return permission in self.permissions(team)

    def must(self, permission: Permission, team: UUID) -> None:
        """Raises `NotAllowed`, which names the missing scope or says who can help."""
        if self.may(permission, team):
            return
        rank = self.ranks.get(team)
        if rank and permission in GRANTED[rank]:
            raise NotAllowed(_lacking(SCOPE[permission]), what=permission, team=team)
        raise NotAllowed(f"You may not {permission}. Ask one of its owners.", what=permission, team=team)

    def must_have(self, scope: Scope) -> None:
        if self.scopes is not None and scope not in self.scopes:
            raise NotAllowed(_lacking(scope), what=f"use the scope {scope.value}")

    def must_be_person(self) -> UUID:
        """The user's id; team tokens have no account."""
        if self.user is None:
            raise NotAllowed("A team token has no account. Sign in, or use a personal token.")
        return self.user

    def must_have_session(self) -> UUID:
        """For what a leaked token must not do: change how its person signs in."""
        user = self.must_be_person()
        if self.kind is not Kind.PERSON:
            words = "A token cannot do this. Sign in with e-mail and password."
            raise NotAllowed(words, what="change how its person signs in")
        return user

    def must_be_operator(self) -> None:
        if not self.operator:
            raise NotAllowed("Only an operator of this instance may do this.", what="look after this instance")

    def must_be_fresh(self) -> None:
        """For what a forgotten open browser must not give away: a person's last sign-in is not long ago."""
        if self.kind is not Kind.PERSON:
            return
        if self.authenticated_at is None or datetime.now(UTC) - self.authenticated_at > FRESH:
            raise NotConfirmed("Your last sign-in is more than 15 minutes ago. Type your password again to go on.")


def _lacking(scope: Scope) -> str:
    return f"This token lacks the scope {scope.value!r}. Make one that has it."


SYSTEM = Actor(kind=Kind.SYSTEM, name="Jellystone")
PROMETHEUS = Actor(kind=Kind.METRICS_TOKEN, name="Prometheus", scopes=frozenset())

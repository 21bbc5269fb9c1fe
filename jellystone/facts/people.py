"""Accounts, sessions and tokens. No secret stands in any of them but `IssuedToken`, which is shown once."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct


class Account(Struct, kw_only=True):
    id: UUID
    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    operator: Annotated[bool, Meta(description="Looks after this instance: sees all teams and servers, no passwords.")]
    created_at: datetime


class Session(Struct, kw_only=True):
    id: UUID
    email: str
    address: Annotated[str | None, Meta(description="Where it was signed in from.")]
    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class Token(Struct, kw_only=True):
    id: UUID
    name: Annotated[str, Meta(examples=["terraform"])]
    prefix: Annotated[str, Meta(description="How the token begins, to tell it from others.", examples=["jst_4fQ2"])]
    scopes: Annotated[list[str], Meta(examples=[["read", "write"]])]
    team: Annotated[str | None, Meta(description="The team it belongs to; null for a personal token.")]
    created_by: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str | None


class IssuedToken(Token, kw_only=True):
    """A new token with its secret: this answer is the only one that shows it."""

    token: Annotated[str, Meta(examples=["jsp_…"])]

"""Accounts, sessions and tokens. No secret stands in any of them but `IssuedToken`, which is shown once."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment


class Account(Struct, kw_only=True):
    id: UUID
    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    operator: Annotated[bool, Meta(description="Looks after this instance: sees all teams and servers, no passwords.")]
    created_at: Moment


class Session(Struct, kw_only=True):
    id: UUID
    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    device: Annotated[str, Meta(description="Read from the user agent.", examples=["Firefox on Linux"])]
    address: Annotated[str | None, Meta(description="Where it was last seen.", examples=["203.0.113.7"])]
    user_agent: Annotated[str | None, Meta(examples=["curl/8.14"])]
    created_at: Moment
    last_seen_at: Moment
    expires_at: Moment
    current: Annotated[bool, Meta(description="Whether this request belongs to it.")]
    second_factor: Annotated[bool, Meta(description="A code is still due: `POST /session/code`.", examples=[False])]


class Token(Struct, kw_only=True):
    id: UUID
    name: Annotated[str, Meta(examples=["terraform"])]
    prefix: Annotated[str, Meta(description="How the token begins, to tell it from others.", examples=["jst_4fQ2"])]
    scopes: Annotated[list[str], Meta(examples=[["read", "write"]])]
    team: Annotated[
        str | None, Meta(description="The team it belongs to; null for a personal token.", examples=["rangers"])
    ]
    created_by: Annotated[str | None, Meta(examples=["yogi@park.example"])]
    created_at: Moment
    expires_at: Annotated[Moment | None, Meta(description="null: never")]
    last_used_at: Moment | None
    last_used_from: Annotated[str | None, Meta(examples=["203.0.113.7"])]


class IssuedToken(Token, kw_only=True):
    """A new token with its secret: this answer is the only one that shows it."""

    token: Annotated[str, Meta(examples=["jsp_…"])]

"""Who belongs to a team, who is asked to, and what those who left may still know."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment


class Member(Struct, kw_only=True):
    id: Annotated[str, Meta(examples=["rangers/yogi@park.example"])]
    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    team: Annotated[str, Meta(examples=["rangers"])]
    rank: Annotated[str, Meta(description="owner, member or viewer", examples=["member"])]
    locked: Annotated[bool, Meta(description="true: holds no key to the team's passwords; a team-mate can give one.")]
    joined_at: Moment


class Invitation(Struct, kw_only=True):
    id: UUID
    team: Annotated[str, Meta(examples=["rangers"])]
    email: Annotated[str, Meta(examples=["booboo@park.example"])]
    rank: Annotated[str, Meta(examples=["member"])]
    status: Annotated[str, Meta(description="open, expired, accepted or revoked", examples=["open"])]
    invited_by: str | None
    created_at: Moment
    sent_at: Moment
    expires_at: Moment


class IssuedInvitation(Invitation, kw_only=True):
    """A new invitation with its link: this answer and the mail are the only ones that show it."""

    link: Annotated[str, Meta(examples=["https://jellystone.park.example/invitations/…"])]


class ReceivedInvitation(Struct, kw_only=True):
    """What the one who follows the link is shown before accepting."""

    team: Annotated[str, Meta(description="The team's name.", examples=["Rangers"])]
    email: str
    rank: str
    status: str
    invited_by: str | None
    expires_at: Moment
    has_account: Annotated[bool, Meta(description="Whether the address has an account already.")]


class Exposure(Struct, kw_only=True):
    """A password that somebody may still know who has left, or become a viewer, since it was last changed."""

    role: Annotated[str, Meta(examples=["main/orders/orders_app"])]
    who: Annotated[list[str], Meta(description="Those who left.", examples=[["booboo@park.example"]])]
    revealed: Annotated[bool, Meta(description="true: one of them revealed it; false: could have.")]
    changing: Annotated[
        bool, Meta(description="true: a new one is on its way, and the old one works until the server has it.")
    ]
    problem: Annotated[str | None, Meta(description="Why that has not worked so far; it is tried again by itself.")]
    password_changed_at: Moment | None

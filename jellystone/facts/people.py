"""Accounts, sessions and tokens. No secret stands in any of them but `IssuedToken`, which is shown once."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment


class Account(Struct, kw_only=True):
    id: UUID
    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    operator: Annotated[bool, Meta(description="Looks after this instance: sees all teams and servers, no passwords.")]
    confirmed_at: Annotated[Moment | None, Meta(description="When a link proved the e-mail; null: not yet.")]
    password_changed_at: Moment
    second_factor: Annotated[bool, Meta(description="Whether signing in takes a code, too.")]
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


class MailedLink(Struct, kw_only=True):
    """A link on its way, or opened. Its secret stands only in the mail."""

    purpose: Annotated[Literal["confirmation", "email", "password reset"], Meta(examples=["confirmation"])]
    sent_to: Annotated[str, Meta(examples=["yogi@park.example"])]
    expires_at: Moment


class LockedTeam(Struct, kw_only=True):
    """A team whose passwords one can no longer open."""

    slug: Annotated[str, Meta(examples=["rangers"])]
    name: Annotated[str, Meta(examples=["Rangers"])]
    others: Annotated[bool, Meta(description="Whether a team-mate or a team token can give access again.")]


class PasswordReset(Struct, kw_only=True):
    """What a reset would cost."""

    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    teams: list[LockedTeam]
    expires_at: Moment


class SecondFactor(Struct, kw_only=True):
    enabled: bool
    since: Moment | None
    recovery_codes_left: Annotated[int, Meta(examples=[10])]


class NewSecondFactor(Struct, kw_only=True):
    """What an app needs to make codes: six digits, SHA-1, every 30 seconds."""

    secret: Annotated[str, Meta(description="Base32, to be typed.", examples=["JBSW Y3DP EHPK 3PXP"])]
    uri: Annotated[
        str,
        Meta(
            description="What the QR code holds.", examples=["otpauth://totp/Jellystone:yogi%40park.example?secret=…"]
        ),
    ]


class RecoveryCodes(Struct, kw_only=True):
    """Each works once, instead of an app's code. This answer is the only one that shows them."""

    codes: Annotated[list[str], Meta(examples=[["k3f8-9xq2-m4tz-7c1p"]])]


class Removal(Struct, kw_only=True):
    """What deleting the account would do. With any `obstacles` it is refused."""

    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    disbands: Annotated[list[str], Meta(description="Teams of nobody else, without databases.", examples=[["picnic"]])]
    leaves: Annotated[list[str], Meta(description="Teams that stay.", examples=[["rangers"]])]
    obstacles: Annotated[list[str], Meta(description="What must be done before, in words.", examples=[[]])]


class Person(Struct, kw_only=True):
    """An account as an operator sees it: what it is and whether it is used, nothing that it holds."""

    id: UUID
    email: Annotated[str, Meta(examples=["yogi@park.example"])]
    operator: bool
    disabled: Annotated[bool, Meta(description="It cannot sign in, and its tokens open nothing.")]
    confirmed: Annotated[bool, Meta(description="The address has been confirmed by a link.")]
    second_factor: Annotated[bool, Meta(description="Signing in takes a code, too.")]
    sessions: Annotated[int, Meta(description="How many are open.")]
    teams: Annotated[list[str], Meta(examples=[["rangers"]])]
    created_at: Moment
    last_seen_at: Moment | None

"""A mail and what became of it. Its text may hold a link, and so is shown only in a developer's mailbox."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment

State = Literal["waiting", "sent", "given up"]


class Mail(Struct, kw_only=True):
    id: UUID
    to: Annotated[str, Meta(examples=["booboo@park.example"])]
    subject: Annotated[str, Meta(examples=["Join the team Rangers"])]
    status: Annotated[State, Meta(examples=["waiting"])]
    problem: Annotated[
        str | None,
        Meta(
            description="Why it is not sent (yet), in words.",
            examples=["mail.park.example:587 cannot be reached: connection refused."],
        ),
    ]
    caused_by: Annotated[str | None, Meta(description="Whose doing it tells of.", examples=["yogi@park.example"])]
    attempts: Annotated[int, Meta(examples=[3])]
    created_at: Moment
    retry_at: Annotated[Moment | None, Meta(description="The next attempt, while it waits.")]
    expires_at: Annotated[Moment, Meta(description="No attempt is made after that.")]
    sent_at: Moment | None
    given_up_at: Moment | None


class MailInBox(Struct, kw_only=True):
    """What would have been sent if there were a mail server."""

    id: UUID
    to: str
    subject: str
    created_at: Moment


class MailToRead(MailInBox, kw_only=True):
    text: str
    html: str

"""/operator/mails: what was written to people and what became of it; /account/mails: what of yours was not sent."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.params import QueryParameter

from jellystone import settings
from jellystone.facts.lists import Listing
from jellystone.facts.mails import Mail, State
from jellystone.services import outbox
from jellystone.services.permissions import Scope
from jellystone.web.answers import Deleted, Page, Updated
from jellystone.web.given import Asking, Part, in_path

MailId = Annotated[UUID, in_path("A mail's id.", "0196f0c2-d4e8-7f3a-9b1c-2d3e4f5a6b7c")]
Status = Annotated[State | None, QueryParameter(description="Only mails in this state.")]


class OperatorMailRoutes(Controller):
    path = "/operator/mails"
    tags = ["Operators"]

    @get("/", operation_id="listMails", holder="person", scope=Scope.ADMIN)
    async def index(self, actor: Asking, part: Part, status: Status = None) -> Page[Listing[Mail]]:
        """List the mails of the last weeks, for operators. The newest comes first; texts are not shown."""
        found = await outbox.visible_to(actor, part, status=status)
        return Page(
            "operator/mails/index.html",
            mails=found,
            extra={"chosen": status, "sending": bool(settings.current().smtp_url)},
        )

    @post(
        "/{mail_id:uuid}/attempts",
        operation_id="createMailAttempt",
        holder="person",
        scope=Scope.ADMIN,
        status_code=200,
    )
    async def retry(self, actor: Asking, mail_id: MailId) -> Updated[Mail]:
        """Send a waiting mail now and not only when its next attempt is due."""
        mail = await outbox.try_now(actor, mail_id)
        return Updated(
            mail, at="/operator/mails", notice=f"The mail to {mail.to} is on its way. Look again in a moment."
        )


class AccountMailRoutes(Controller):
    path = "/account/mails"
    tags = ["Account"]

    @delete("/{mail_id:uuid}", operation_id="dismissMail", holder="person")
    async def destroy(self, actor: Asking, mail_id: MailId) -> Deleted[None]:
        """Take a mail that you caused and that could not be sent off your page."""
        await outbox.dismiss(actor, mail_id)
        return Deleted(at="/")

"""/mailbox: what would have been sent, for developers. Elsewhere there is nothing at these addresses."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get

from jellystone.facts.lists import Listing
from jellystone.facts.mails import MailInBox, MailToRead
from jellystone.services import mailbox
from jellystone.web.answers import Page
from jellystone.web.given import Part, in_path
from jellystone.web.negotiation import HTML

MailId = Annotated[UUID, in_path("A mail's id.", "0196f0c2-d4e8-7f3a-9b1c-2d3e4f5a6b7c")]
ON_ITS_OWN = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox",
    "Cross-Origin-Opener-Policy": "unsafe-none",  # browsers show no sandboxed page that asks for another
}
"""A mail brings its styles along, which no page of ours may. So it is a document without scripts or origin."""


class MailboxRoutes(Controller):
    path = "/mailbox"
    opt = {"public": True}
    include_in_schema = False

    @get("/")
    async def index(self, part: Part) -> Page[Listing[MailInBox]]:
        return Page("mailbox/index.html", mails=await mailbox.everything(part))

    @get("/{mail_id:uuid}")
    async def show(self, mail_id: MailId) -> Page[MailToRead]:
        return Page("mailbox/show.html", mail=await mailbox.read(mail_id))

    @get("/{mail_id:uuid}/html")
    async def document(self, mail_id: MailId) -> Response[str]:
        return Response((await mailbox.read(mail_id)).html, media_type=HTML, headers=ON_ITS_OWN)

"""/account/email: another address for your account."""

from litestar import Controller, get, put
from msgspec import Struct

from jellystone.facts.people import MailedLink
from jellystone.facts.wishes import Email
from jellystone.services import emails
from jellystone.web.answers import Form, Updated
from jellystone.web.given import Asking, Sent


class WantedEmail(Struct, kw_only=True):
    email: Email


class AccountEmailRoutes(Controller):
    path = "/account/email"
    tags = ["Account"]

    @get("/", include_in_schema=False)
    async def edit(self, actor: Asking) -> Form:
        actor.must_have_session()
        return Form("account/email.html")

    @put("/", operation_id="changeEmail", holder="session", status_code=202, throttled=True, form="account/email.html")
    async def update(self, actor: Asking, data: Sent[WantedEmail]) -> Updated[MailedLink]:
        """Change your e-mail. It counts once the link that is mailed to the new address is opened."""
        link = await emails.change(actor, email=data.email)
        notice = f"Open the link that we mail to {link.sent_to}. Until then your e-mail stays as it is."
        return Updated(link, at="/account", notice=notice)

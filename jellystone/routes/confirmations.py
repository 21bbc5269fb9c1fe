"""/confirmations: proving an e-mail address with the link that was mailed there."""

from typing import Annotated

from litestar import Controller, get, post

from jellystone.facts.people import MailedLink
from jellystone.services import confirmations
from jellystone.web.answers import Page, Updated
from jellystone.web.given import Asking, From, Visiting, in_path

Secret = Annotated[str, in_path("The last part of the link.", "q3Zk…")]


class ConfirmationRoutes(Controller):
    path = "/confirmations"
    tags = ["Account"]

    @post("/", operation_id="sendConfirmation", holder="person", status_code=202, throttled=True)
    async def create(self, actor: Asking) -> Updated[MailedLink]:
        """Mail the link that confirms your e-mail once more."""
        link = await confirmations.send(actor)
        return Updated(link, at="/account", notice=f"A link is on its way to {link.sent_to}. It is good for a week.")

    @get("/{secret:str}", operation_id="getConfirmation", public=True, by_link=True)
    async def show(self, actor: Visiting, secret: Secret) -> Page[MailedLink]:
        """Show what a link would confirm. Looking changes nothing, since scanners of mail look, too."""
        link = await confirmations.look(actor, secret)
        return Page("confirmations/show.html", link=link, extra={"at": f"/confirmations/{secret}"})

    @post("/{secret:str}", operation_id="confirmEmail", status_code=200, public=True, by_link=True)
    async def confirm(self, actor: Visiting, origin: From, secret: Secret) -> Updated[MailedLink]:
        """Confirm the address. For a new one, sign in to the account first."""
        link = await confirmations.confirm(actor, origin, secret)
        words = "Your e-mail is now" if link.purpose == "email" else "Confirmed:"
        return Updated(link, at="/account" if actor else "/session/new", notice=f"{words} {link.sent_to}.")

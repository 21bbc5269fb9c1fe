"""/account/advice: of which checks you want no mails; /unsubscriptions: the link in such a mail that ends them all."""

from typing import Annotated, Any

from litestar import Controller, get, post, put
from msgspec import Meta, Struct

from jellystone.facts.advice import AdviceMailsOf, MutedAdvice
from jellystone.routes.confirmations import Secret
from jellystone.services import muted_advice
from jellystone.web.answers import Page, Updated
from jellystone.web.given import Asking, From, Sent
from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import Entries


class WantedMutes(Struct, kw_only=True):
    all: Annotated[bool, Meta(description="No mails about advice at all.")] = False
    checks: Annotated[list[str], Meta(description="No mails about these; what is left out is mailed.")] = []


async def about_checks(request: AnyRequest) -> dict[str, Any]:
    return {"checks": muted_advice.choices(operator=request.user.operator)}


class MutedAdviceRoutes(Controller):
    path = "/account/advice"
    tags = ["Advice"]

    @get("/", operation_id="getMutedAdvice", holder="person")
    async def show(self, actor: Asking) -> Page[MutedAdvice]:
        """Show about which checks you get no mails. They are shown on pages all the same."""
        muted = await muted_advice.show(actor)
        around = {
            "entries": Entries({"all": muted.all, "checks": muted.checks}),
            "checks": muted_advice.choices(operator=actor.operator),
        }
        return Page("account/advice.html", muted=muted, extra=around)

    @put(
        "/",
        operation_id="putMutedAdvice",
        holder="person",
        status_code=200,
        form="account/advice.html",
        form_context=about_checks,
    )
    async def change(self, actor: Asking, data: Sent[WantedMutes]) -> Updated[MutedAdvice]:
        """Choose about which checks you get no mails."""
        muted = await muted_advice.change(actor, everything=data.all, names=data.checks)
        return Updated(muted, at="/account/advice", notice="Saved.")


class UnsubscriptionRoutes(Controller):
    path = "/unsubscriptions"
    tags = ["Advice"]

    @get("/{secret:str}", operation_id="getUnsubscription", public=True, by_link=True)
    async def show(self, secret: Secret) -> Page[AdviceMailsOf]:
        """Show whose mails a link ends. Looking changes nothing, since scanners of mail look, too."""
        found = await muted_advice.look(secret)
        return Page("unsubscriptions/show.html", mails=found, extra={"at": f"/unsubscriptions/{secret}"})

    @post("/{secret:str}", operation_id="unsubscribe", status_code=200, public=True, by_link=True)
    async def end(self, origin: From, secret: Secret) -> Updated[AdviceMailsOf]:
        """End all mails about advice to this person. Mail programs do it with one click (RFC 8058)."""
        return Updated(await muted_advice.end(origin, secret), at=f"/unsubscriptions/{secret}")

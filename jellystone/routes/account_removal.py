"""/account/removal: deleting your account."""

from typing import Annotated, Any

from litestar import Controller, get, post
from msgspec import Meta, Struct

from jellystone.errors import Invalid
from jellystone.facts.people import Removal
from jellystone.routes.account import removed
from jellystone.services import removals
from jellystone.services.accounts import normal
from jellystone.web.answers import Deleted, Page
from jellystone.web.given import Asking, Sent
from jellystone.web.negotiation import AnyRequest


class NewAccountRemoval(Struct, kw_only=True):
    email: Annotated[str, Meta(max_length=254, description="For people: your e-mail typed again.")] = ""


async def about_removal(request: AnyRequest) -> dict[str, Any]:
    return {"removal": await removals.plan(request.user)}


class AccountRemovalRoutes(Controller):
    path = "/account/removal"
    tags = ["Account"]

    @get("/", operation_id="planAccountRemoval", holder="person")
    async def show(self, actor: Asking) -> Page[Removal]:
        """Show what deleting your account would do, and what stands in the way. To delete it: `DELETE /account`."""
        return Page("account/removal.html", removal=await removals.plan(actor))

    @post("/", form="account/removal.html", form_context=about_removal, include_in_schema=False)
    async def remove(self, actor: Asking, data: Sent[NewAccountRemoval]) -> Deleted[None]:
        if normal(data.email) != actor.email:
            raise Invalid(email=f"Type {actor.email} to delete the account.")
        return await removed(actor)

"""/account/password: another password for your account."""

from typing import Annotated, Any

from litestar import Controller, get, put
from msgspec import Meta, Struct

from jellystone import settings
from jellystone.routes.account import OwnPassword
from jellystone.services import password_changes
from jellystone.web.answers import Deleted, Form
from jellystone.web.given import Asking, Sent
from jellystone.web.identity import cookie_of
from jellystone.web.negotiation import AnyRequest


class WantedOwnPassword(Struct, kw_only=True):
    old_password: Annotated[OwnPassword, Meta(description="The present one.", extra={"own": True})]
    password: OwnPassword


async def about_password(request: AnyRequest) -> dict[str, Any]:
    return {"minimum": settings.current().password_min_length}


class AccountPasswordRoutes(Controller):
    path = "/account/password"
    tags = ["Account"]

    @get("/", include_in_schema=False)
    async def edit(self, actor: Asking, request: AnyRequest) -> Form:
        actor.must_have_session()
        return Form("account/password.html", **await about_password(request))

    @put(
        "/",
        operation_id="changePassword",
        holder="session",
        status_code=204,
        throttled=True,
        form="account/password.html",
        form_context=about_password,
    )
    async def update(self, actor: Asking, data: Sent[WantedOwnPassword]) -> Deleted[None]:
        """Change your password. Your other sessions end; this one goes on with the cookie that the answer sets.

        Personal tokens stay good.
        """
        signed_in = await password_changes.change(actor, old=data.old_password, new=data.password)
        answer: Deleted[None] = Deleted(
            at="/account", notice="Your password is changed. All other sessions have ended."
        )
        answer.set_cookie(cookie_of(signed_in))
        return answer

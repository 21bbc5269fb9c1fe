"""/account/two-factor: a code besides the password when you sign in."""

from typing import Any

from litestar import Controller, delete, get, post, put
from msgspec import Struct

from jellystone.facts.people import NewSecondFactor, RecoveryCodes, SecondFactor
from jellystone.routes.sessions import Code
from jellystone.services import second_factors
from jellystone.web import qr
from jellystone.web.answers import Deleted, Form, Page, Revealed
from jellystone.web.given import Asking, Sent
from jellystone.web.identity import cookie_of
from jellystone.web.negotiation import AnyRequest


class FirstCode(Struct, kw_only=True):
    code: Code


async def about_begun(request: AnyRequest) -> dict[str, Any]:
    begun = await second_factors.begun(request.user)
    return {"factor": begun, "qr": qr.drawn(begun.uri)}


class AccountTwoFactorRoutes(Controller):
    path = "/account/two-factor"
    tags = ["Account"]

    @get("/", operation_id="getSecondFactor", holder="person")
    async def show(self, actor: Asking) -> Page[SecondFactor]:
        """Show whether your account has a second factor, and how many recovery codes are left."""
        return Page("account/two_factor.html", factor=await second_factors.show(actor))

    @post("/", operation_id="beginSecondFactor", holder="session", status_code=200)
    async def begin(self, actor: Asking) -> Revealed[NewSecondFactor]:
        """Begin to set up a second factor. The secret counts once a first code was sent with PUT."""
        factor = await second_factors.begin(actor)
        return Revealed("account/two_factor_new.html", factor=factor, extra={"qr": qr.drawn(factor.uri)})

    @put(
        "/",
        operation_id="confirmSecondFactor",
        holder="session",
        throttled=True,
        form="account/two_factor_new.html",
        form_context=about_begun,
    )
    async def confirm(self, actor: Asking, data: Sent[FirstCode]) -> Revealed[RecoveryCodes]:
        """Turn the second factor on with its first code. The recovery codes are in this answer only.

        It also sets the session's new cookie.
        """
        codes, signed_in = await second_factors.confirm(actor, code=data.code)
        answer = Revealed("account/recovery_codes.html", codes=codes, extra={"turned_on": True})
        answer.set_cookie(cookie_of(signed_in))
        return answer

    @get("/removal", include_in_schema=False)
    async def removal(self, actor: Asking) -> Form:
        actor.must_have_session()
        return Form("account/two_factor_removal.html")

    @delete("/", operation_id="deleteSecondFactor", holder="session", form="account/two_factor_removal.html")
    async def destroy(self, actor: Asking) -> Deleted[None]:
        """Turn the second factor off. Recovery codes go with it; the answer sets a new cookie."""
        signed_in = await second_factors.end(actor)
        answer: Deleted[None] = Deleted(at="/account/two-factor", notice="Signing in takes only your password now.")
        answer.set_cookie(cookie_of(signed_in))
        return answer

    @post("/recovery-codes", operation_id="createRecoveryCodes", holder="session", status_code=200)
    async def renew(self, actor: Asking) -> Revealed[RecoveryCodes]:
        """Make ten new recovery codes. Those made before are worthless; the new ones are in this answer only."""
        codes = await second_factors.renew_codes(actor)
        return Revealed("account/recovery_codes.html", codes=codes, extra={"turned_on": False})

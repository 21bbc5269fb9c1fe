"""/password-resets: another password for who has forgotten theirs."""

from typing import Any

from litestar import Controller, get, post
from litestar.background_tasks import BackgroundTask
from msgspec import Struct

from jellystone import settings
from jellystone.facts.people import PasswordReset
from jellystone.facts.wishes import Email
from jellystone.routes.account import OwnPassword
from jellystone.routes.confirmations import Secret
from jellystone.services import mail, password_resets
from jellystone.web.answers import Deleted, Form, Page
from jellystone.web.given import From, Sent
from jellystone.web.identity import session_cookie
from jellystone.web.negotiation import AnyRequest


class NewPasswordReset(Struct, kw_only=True):
    email: Email


class ResetPassword(Struct, kw_only=True):
    password: OwnPassword


async def about_mail(request: AnyRequest) -> dict[str, Any]:
    return {"mails": mail.possible()}


async def about_reset(request: AnyRequest) -> dict[str, Any]:
    secret = request.path_params["secret"]
    return _around(secret) | {"reset": await password_resets.look(secret)}


def _around(secret: str) -> dict[str, Any]:
    return {"at": f"/password-resets/{secret}", "minimum": settings.current().password_min_length}


class PasswordResetRoutes(Controller):
    path = "/password-resets"
    tags = ["Account"]

    @get("/", public=True, include_in_schema=False)
    async def new(self, request: AnyRequest) -> Form:
        return Form("password_resets/new.html", **await about_mail(request))

    @post(
        "/",
        operation_id="askForPasswordReset",
        status_code=204,
        public=True,
        throttled=True,
        form="password_resets/new.html",
        form_context=about_mail,
    )
    async def create(self, origin: From, data: Sent[NewPasswordReset]) -> Deleted[None]:
        """Ask for a link to choose a new password. The answer is the same whether there is such an account or not."""
        await password_resets.ask(origin, email=data.email)
        notice = f"If {data.email} has an account here, a link is on its way there. It is good for a day."
        answer: Deleted[None] = Deleted(at="/session/new", notice=notice)
        answer.background = BackgroundTask(password_resets.send, origin, email=data.email)
        return answer

    @get("/{secret:str}", operation_id="getPasswordReset", public=True, by_link=True)
    async def show(self, secret: Secret) -> Page[PasswordReset]:
        """Show what a new password would cost. Looking changes nothing."""
        return Page("password_resets/show.html", reset=await password_resets.look(secret), extra=_around(secret))

    @post(
        "/{secret:str}",
        operation_id="resetPassword",
        status_code=204,
        public=True,
        by_link=True,
        form="password_resets/show.html",
        form_context=about_reset,
    )
    async def reset(self, origin: From, secret: Secret, data: Sent[ResetPassword]) -> Deleted[None]:
        """Choose a new password. Your key is made anew: sessions and personal tokens end, memberships are locked."""
        await password_resets.reset(origin, secret, password=data.password)
        answer: Deleted[None] = Deleted(at="/session/new", notice="Your password is set. Sign in with it.")
        answer.set_cookie(session_cookie("", 0))
        return answer

"""/session: signing in and out, and typing the password again."""

from typing import Annotated, Any

from litestar import Controller, delete, get, post
from msgspec import Meta, Struct

from jellystone.facts.people import Session
from jellystone.routes.account import Email, Password
from jellystone.services import sessions
from jellystone.web.answers import Created, Deleted, Form
from jellystone.web.given import Asking, From, Sent
from jellystone.web.identity import local, session_cookie
from jellystone.web.negotiation import AnyRequest

Next = Annotated[str, Meta(max_length=2000, description="For people: where to go on.")]


class NewSession(Struct, kw_only=True):
    email: Email
    password: Password
    remember: Annotated[bool, Meta(description="Keep it when the browser closes: 60 days instead of 14 at most.")] = (
        False
    )
    next: Next = ""


class NewConfirmation(Struct, kw_only=True):
    password: Password
    next: Next = ""


async def where_next(request: AnyRequest) -> dict[str, Any]:
    return {"next": local(request.query_params.get("next"), "")}


class SessionRoutes(Controller):
    path = "/session"
    tags = ["Session"]

    @get("/new", public=True, include_in_schema=False)
    async def new(self, request: AnyRequest) -> Form:
        return Form("session/new.html", **await where_next(request))

    @post("/", operation_id="signIn", public=True, throttled=True, form="session/new.html", form_context=where_next)
    async def create(self, origin: From, data: Sent[NewSession]) -> Created[Session]:
        """Sign in. The answer sets a cookie; programs rather use it once, to make a token."""
        signed_in = await sessions.sign_in(origin, email=data.email, password=data.password, remember=data.remember)
        lasts = int(signed_in.lasts.total_seconds()) if signed_in.lasts else None
        answer = Created(signed_in.session, at=local(data.next, "/"), location="/session")
        answer.set_cookie(session_cookie(signed_in.secret, lasts))
        return answer

    @delete("/", operation_id="signOut")
    async def destroy(self, actor: Asking) -> Deleted[None]:
        """Sign out. The session opens nothing from now on."""
        await sessions.sign_out(actor)
        answer: Deleted[None] = Deleted(at="/session/new", notice="You are signed out.")
        answer.set_cookie(session_cookie("", 0))
        return answer

    @get("/confirmation", include_in_schema=False)
    async def confirmation(self, request: AnyRequest) -> Form:
        return Form("session/confirmation.html", **await where_next(request))

    @post(
        "/confirmation",
        operation_id="confirmPassword",
        status_code=204,
        throttled=True,
        form="session/confirmation.html",
        form_context=where_next,
    )
    async def confirm(self, actor: Asking, data: Sent[NewConfirmation]) -> Deleted[None]:
        """Type your password again. For 15 minutes the session may then reveal passwords; tokens need no such thing."""
        await sessions.confirm(actor, password=data.password)
        return Deleted(at=local(data.next, "/"))

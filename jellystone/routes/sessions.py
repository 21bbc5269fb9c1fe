"""/session: signing in and out, the code of a second factor, and typing the password again."""

from typing import Annotated, Any
from urllib.parse import quote

from litestar import Controller, delete, get, post
from msgspec import Meta, Struct

from jellystone.errors import Conflict
from jellystone.facts.people import Session
from jellystone.facts.wishes import Email
from jellystone.routes.account import OwnPassword
from jellystone.services import sessions
from jellystone.web.answers import Created, Deleted, Form, Updated
from jellystone.web.confirmation import Confirmed
from jellystone.web.given import Asking, From, Sent
from jellystone.web.identity import cookie_name, cookie_of, local, session_cookie
from jellystone.web.negotiation import AnyRequest, is_htmx
from jellystone.web.pages import target_of

Code = Annotated[
    str,
    Meta(min_length=1, max_length=40, description="Six digits of the app, or a recovery code.", examples=["123456"]),
]
Next = Annotated[str, Meta(max_length=2000, description="For people: where to go on.")]


class NewSession(Struct, kw_only=True):
    email: Email
    password: OwnPassword
    remember: Annotated[bool, Meta(description="Keep it when the browser closes: 60 days instead of 14 at most.")] = (
        False
    )
    next: Next = ""


class NewCode(Struct, kw_only=True):
    code: Code
    next: Next = ""


class NewConfirmation(Struct, kw_only=True):
    password: OwnPassword
    next: Next = ""


async def where_next(request: AnyRequest) -> dict[str, Any]:
    return {"next": local(request.query_params.get("next"), "")}


async def in_place(request: AnyRequest) -> dict[str, Any]:
    """Where htmx shows the form, if it does."""
    return await where_next(request) | ({"target": target_of(request)} if is_htmx(request) else {})


class SessionRoutes(Controller):
    path = "/session"
    tags = ["Session"]

    @get("/new", public=True, include_in_schema=False)
    async def new(self, request: AnyRequest) -> Form:
        return Form("session/new.html", **await where_next(request))

    @post("/", operation_id="signIn", public=True, throttled=True, form="session/new.html", form_context=where_next)
    async def create(self, origin: From, data: Sent[NewSession], request: AnyRequest) -> Created[Session]:
        """Sign in. The answer sets a cookie; programs rather use it once, to make a token.

        With `second_factor: true` in the answer the session opens nothing until the code is sent to `/session/code`.
        """
        signed_in = await sessions.sign_in(
            origin,
            email=data.email,
            password=data.password,
            remember=data.remember,
            instead_of=request.cookies.get(cookie_name()),
        )
        after = local(data.next, "/")
        at = f"/session/code?next={quote(after)}" if signed_in.session.second_factor else after
        answer = Created(signed_in.session, at=at, location="/session")
        answer.set_cookie(cookie_of(signed_in))
        return answer

    @delete("/", operation_id="signOut", holder="session", pending=True)
    async def destroy(self, request: AnyRequest) -> Deleted[None]:
        """Sign out. The session opens nothing from now on."""
        await sessions.sign_out(request.user or request.scope["state"]["pending"])
        answer: Deleted[None] = Deleted(at="/session/new", notice="You are signed out.")
        answer.set_cookie(session_cookie("", 0))
        return answer

    @get("/code", pending=True, include_in_schema=False)
    async def code(self, request: AnyRequest) -> Form:
        return Form("session/code.html", **await where_next(request))

    @post(
        "/code",
        operation_id="sendCode",
        holder="session",
        status_code=200,
        pending=True,
        throttled=True,
        form="session/code.html",
        form_context=where_next,
    )
    async def complete(self, data: Sent[NewCode], request: AnyRequest) -> Updated[Session]:
        """Send the code of your second factor, after signing in. The answer sets the session's new cookie."""
        pending = request.scope["state"]["pending"]
        if pending is None:
            raise Conflict("No code is due: you are signed in.")
        signed_in = await sessions.complete(pending, code=data.code)
        answer = Updated(signed_in.session, at=local(data.next, "/"))
        answer.set_cookie(cookie_of(signed_in))
        return answer

    @get("/confirmation", include_in_schema=False)
    async def confirmation(self, request: AnyRequest) -> Form:
        return Form("session/confirmation.html", **await where_next(request))

    @post(
        "/confirmation",
        operation_id="confirmPassword",
        holder="session",
        status_code=204,
        throttled=True,
        form="session/confirmation.html",
        form_context=in_place,
        form_part="in_place",
    )
    async def confirm(self, actor: Asking, data: Sent[NewConfirmation]) -> Deleted[None]:
        """Type your password again. For 15 minutes the session may then do what needs it; tokens need no such thing."""
        await sessions.confirm(actor, password=data.password)
        return Confirmed(at=local(data.next, "/"))

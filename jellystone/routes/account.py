"""/account: your own account."""

from typing import Annotated, Any

from litestar import Controller, delete, get, post
from msgspec import Meta, Struct

from jellystone import settings
from jellystone.facts.people import Account
from jellystone.facts.wishes import Email
from jellystone.services import accounts, registration, removals, second_factors, sessions
from jellystone.services.actors import Actor
from jellystone.web.answers import Created, Deleted, Form, Page
from jellystone.web.given import Asking, From, Sent
from jellystone.web.identity import cookie_of, local, session_cookie
from jellystone.web.negotiation import AnyRequest

OwnPassword = Annotated[
    str,
    Meta(min_length=1, max_length=1024, examples=["pic-a-nic basket"], extra={"own": True}),
]


class NewAccount(Struct, kw_only=True):
    email: Email
    password: OwnPassword
    setup: Annotated[str, Meta(max_length=100, description="From the set-up link, for the first account.")] = ""
    next: Annotated[str, Meta(max_length=2000, description="For people: where to go on.")] = ""


async def about_registering(request: AnyRequest) -> dict[str, Any]:
    first = await accounts.is_first()
    return {
        "minimum": settings.current().password_min_length,
        "first": first,
        "closed": "" if first else registration.obstacle(),
        "domains": [] if first else registration.domains(),
        "setup": request.query_params.get("setup", ""),
        "next": local(request.query_params.get("next"), ""),
    }


class AccountRoutes(Controller):
    path = "/account"
    tags = ["Account"]

    @get("/new", public=True, include_in_schema=False)
    async def new(self, request: AnyRequest) -> Form:
        return Form("account/new.html", **await about_registering(request))

    @post(
        "/",
        operation_id="createAccount",
        public=True,
        throttled=True,
        form="account/new.html",
        form_context=about_registering,
    )
    async def create(self, origin: From, data: Sent[NewAccount]) -> Created[Account]:
        """Register. The answer sets a session's cookie; programs rather use it once, to make a token."""
        account = await accounts.register(origin, email=data.email, password=data.password, setup=data.setup)
        signed_in = await sessions.sign_in(origin, email=data.email, password=data.password)
        answer = Created(account, at=local(data.next, "/"), notice="Welcome to Jellystone.", location="/account")
        answer.set_cookie(cookie_of(signed_in))
        return answer

    @get("/", operation_id="getAccount", holder="person")
    async def show(self, actor: Asking) -> Page[Account]:
        """Show your own account. A team's token has none."""
        extra = {"session": await sessions.show(actor), "factor": await second_factors.show(actor)}
        return Page("account/show.html", account=await accounts.show(actor), extra=extra)

    @delete("/", operation_id="deleteAccount", holder="session")
    async def destroy(self, actor: Asking) -> Deleted[None]:
        """Delete your account, with its sessions, tokens and copies of keys. `GET /account/removal` says what else."""
        return await removed(actor)


async def removed(actor: Actor) -> Deleted[None]:
    await removals.remove(actor)
    answer: Deleted[None] = Deleted(at="/", notice="Your account is deleted.")
    answer.status_code = 204
    answer.set_cookie(session_cookie("", 0))
    return answer

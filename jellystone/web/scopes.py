"""What a token must have for an operation, and who may send one: said by its route, kept here, told in `openapi`.

A route says `scope=Scope.ADMIN` where `read` (to look) and `write` (to change) are not what it takes, and
`holder="person"` where a team's token will not do, or `holder="session"` where no token will. What the one who asks may
do in the team at hand is another question, and the services' to answer.
"""

from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from jellystone.services.permissions import Scope

Holder = Literal["anybody", "person", "session"]


def is_open(handler: BaseRouteHandler) -> bool:
    """Whether a program need not say who it is. `landing` routes show visitors a page and programs a 401."""
    return bool(handler.opt.get("public")) and not handler.opt.get("landing")


def needed(handler: BaseRouteHandler) -> tuple[Scope, ...]:
    """Every operation takes `read`, and those that do more one scope besides; an open one none, unless it says so."""
    given: Scope | None = handler.opt.get("scope")
    if given is None:
        if is_open(handler) or not isinstance(handler, HTTPRouteHandler):
            return ()
        given = Scope.READ if handler.http_methods <= {"GET", "HEAD"} else Scope.WRITE
    return tuple(dict.fromkeys((Scope.READ, given)))


def holder(handler: BaseRouteHandler) -> Holder:
    """Whose credentials it takes."""
    found: Holder = handler.opt.get("holder", "anybody")
    return found


async def held(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard that refuses a token before anything is read, and names what it lacks."""
    actor = connection.scope.get("user")
    if actor is None:
        return
    if holder(handler) == "session":
        actor.must_have_session()
    if holder(handler) == "person":
        actor.must_be_person()
    for scope in needed(handler) if holder(handler) != "session" else ():
        actor.must_have(scope)


def said(handler: BaseRouteHandler) -> list[dict[str, list[str]]]:
    """Its security requirement: for tokens the scopes stand where OpenAPI 3.1 has the names of roles."""
    scopes = [scope.value for scope in needed(handler)]
    if is_open(handler) and not scopes:
        return []
    kinds = {"session": [], "person": ["personalToken"]}.get(holder(handler), ["personalToken", "teamToken"])
    requirements: list[dict[str, list[str]]] = [{kind: scopes} for kind in kinds]
    return [*([{}] if is_open(handler) else []), *requirements, {"session": []}]


def in_words(handler: BaseRouteHandler) -> str:
    """The same for people, as a sentence."""
    scopes = " and ".join(f"`{scope.value}`" for scope in needed(handler))
    if is_open(handler) and not scopes:
        return "Open to everybody."
    if holder(handler) == "session":
        return "Takes a session: no token can do this."
    whose = "a personal token" if holder(handler) == "person" else "a personal token or a team's"
    many = "scopes" if len(needed(handler)) > 1 else "scope"
    begin = "Open to everybody; who is signed in sends" if is_open(handler) else "Takes"
    return f"{begin} {whose} with the {many} {scopes}, or a session."

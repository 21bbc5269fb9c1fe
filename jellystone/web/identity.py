"""Who is asking, and whether their browser meant it."""

from string import punctuation
from typing import Any
from urllib.parse import quote, urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from jellystone import settings
from jellystone.errors import NotAllowed, NotFound, NotSignedIn
from jellystone.services import metrics, sessions, tokens
from jellystone.services.actors import Actor, Origin
from jellystone.services.sessions import Pending, SignedIn

SAFE = {"GET", "HEAD", "OPTIONS"}
INVALID_TOKEN = "This token is not valid: mistyped, expired or revoked."  # noqa: S105


class Identify(ASGIMiddleware):
    """Put the Actor on the request, or None. With an Authorization header only that counts, and no cookie does.

    Who still owes a code is nobody yet, but for the routes that are marked `pending=True`.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        origin = scope["state"]["origin"] = _origin(connection)
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            raise NotFound("There is nothing at this address.")  # PostgreSQL stores no NUL: nothing can be called so
        is_file = scope["path"].startswith("/static/")  # the same for everybody, and not worth a question
        holder = None if is_file else await _holder(connection, origin)
        scope["state"]["pending"] = holder if isinstance(holder, Pending) else None
        scope["user"], scope["auth"] = holder if isinstance(holder, Actor) else None, None
        await next_app(scope, receive, send)


async def _holder(connection: ASGIConnection[Any, Any, Any, Any], origin: Origin) -> Actor | Pending | None:
    header = connection.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        actor = metrics.actor_for(bearer) or await tokens.actor_for(bearer, origin)
        if actor is None:
            raise NotSignedIn(INVALID_TOKEN)
        return actor
    secret = connection.cookies.get(cookie_name())
    return await sessions.holder_of(secret, origin) if secret else None


async def visitor(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor | None:
    """Who sees the error page of an address that no route has: for these no middleware runs."""
    try:
        holder = await _holder(connection, _origin(connection))
        return holder if isinstance(holder, Actor) else None
    except Exception:
        return None


def _origin(connection: ASGIConnection[Any, Any, Any, Any]) -> Origin:
    """The address is the peer's; uvicorn has put a trusted proxy's client in its place."""
    return Origin(
        address=connection.client.host[:45] if connection.client else None,
        user_agent=connection.headers.get("user-agent"),
        request_id=connection.scope["state"].get("request_id"),
    )


class SameOrigin(ASGIMiddleware):
    """Refuse changes that another site's page makes with our visitor's cookie.

    Browsers say where a request comes from. A program says nothing, or carries a token, which no browser adds by
    itself. So no hidden form fields are needed, and no page goes stale.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = ASGIConnection[Any, Any, Any, Any](scope).headers
        if scope.get("method") not in SAFE and "authorization" not in headers:
            site, origin = headers.get("sec-fetch-site"), headers.get("origin")
            foreign = (
                site not in ("same-origin", "none") if site else origin and not _is_ours(origin, headers.get("host"))
            )
            if foreign:
                raise NotAllowed("This request came from another site, so nothing was done. Open Jellystone itself.")
        await next_app(scope, receive, send)


def _is_ours(origin: str, host: str | None) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == (host or "").lower() or origin == settings.current().base_url
    except ValueError:
        return False


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every route that is not marked `public=True`. Litestar gives one that is not async to a thread."""
    if connection.scope.get("user") is not None or handler.opt.get("public"):
        return
    pending = connection.scope["state"].get("pending")
    if pending and not handler.opt.get("pending"):
        raise NotSignedIn("Your code is still due: POST it to /session/code.")
    if not pending:
        raise NotSignedIn("Sign in, or send a token: `Authorization: Bearer …`.")


def cookie_name() -> str:
    """`__Host-` binds the cookie to this very host; browsers take it over https only, and so do programs."""
    return "__Host-jellystone" if settings.current().https else "jellystone"


def cookie_of(signed_in: SignedIn) -> Cookie:
    return session_cookie(signed_in.secret, int(signed_in.lasts.total_seconds()) if signed_in.lasts else None)


def session_cookie(secret: str, lasts: int | None) -> Cookie:
    """`lasts` in seconds; None ends with the browser."""
    return Cookie(
        key=cookie_name(),
        value=secret,
        path="/",
        secure=settings.current().https,
        httponly=True,
        samesite="lax",
        max_age=lasts,
    )


def local(address: str | None, otherwise: str = "/") -> str:
    """Only a path of this site: not `//elsewhere`, `/\\elsewhere`, a scheme, or characters that browsers strip.

    What a header cannot carry is percent-encoded.
    """
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\"):
        return otherwise
    if "\\" in address or any(character <= " " or character == "\x7f" for character in address):
        return otherwise
    return quote(address, safe=punctuation, errors="replace")

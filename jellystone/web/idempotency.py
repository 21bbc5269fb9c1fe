"""`Idempotency-Key` on any POST of somebody who is known: see `services/idempotency.py`.

Only 2xx answers are kept, as they were sent. Visitors have no secret under which an answer could be kept for them, so
their keys count for nothing; PUT, PATCH and DELETE can be repeated as they are.
"""

import logging
import re
from dataclasses import replace
from typing import Any

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from jellystone.errors import Invalid
from jellystone.services import idempotency
from jellystone.services.actors import Actor
from jellystone.services.idempotency import Claim, Kept
from jellystone.web.bodies import FormOrJson
from jellystone.web.negotiation import AnyRequest, wants_json

log = logging.getLogger(__name__)
HEADER = "Idempotency-Key"
PATTERN = r'^("[!#-\[\]-~]{1,128}"|[!#-\[\]-~]{1,128})$'
WRONG = "Use 1 to 128 letters, digits and signs, without spaces, quotation marks and backslashes: a UUID, say."
REPEATED = {b"content-type", b"location", b"etag", b"vary", b"cache-control"}


class Once(ASGIMiddleware):
    """Stands after `Identify`: a key counts for the one who sends it."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        actor, request = scope.get("user"), FormOrJson(scope, receive) if scope.get("method") == "POST" else None
        key = request.headers.get(HEADER) if request else None
        if request is None or key is None or not _is_known(actor) or not wants_json(request):
            return await next_app(scope, receive, send)
        if not re.fullmatch(PATTERN, key):
            raise Invalid(**{HEADER: WRONG})
        found = await idempotency.claim(actor, key.strip('"'), await _sent(request))
        if isinstance(found, Kept):
            return await _repeat(found, send)
        origin = replace(actor.origin, claim=found.id)
        scope["user"], scope["state"]["origin"] = replace(actor, origin=origin), origin
        async with idempotency.running(found):
            await _first(found, scope, receive, send, next_app)
        return None


def _is_known(actor: Any) -> bool:
    return isinstance(actor, Actor) and actor.key is not None


async def _sent(request: AnyRequest) -> bytes:
    """Two requests that are to be the same have the same of all this. The handler reads the body again."""
    address = request.scope["path"].encode() + b"?" + request.scope["query_string"]
    return b"\n".join((address, request.content_type[0].encode(), await request.body()))


async def _repeat(kept: Kept, send: Send) -> None:
    headers = {**kept.headers, "content-length": str(len(kept.body)), "idempotency-replayed": "true"}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": kept.status, "headers": raw})
    await send({"type": "http.response.body", "body": kept.body, "more_body": False})


async def _first(claim: Claim, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
    """Do it, and keep the answer before it is sent: it is kept, or nobody has seen it."""
    start: Any = None
    body = bytearray()

    async def hold(message: Any) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            await _settle(claim, start, bytes(body))
            await send(start)
            await send({"type": "http.response.body", "body": bytes(body), "more_body": False})

    try:
        await next_app(scope, receive, hold)
    except BaseException:
        await idempotency.give_up(claim, undone=False)
        raise


async def _settle(claim: Claim, start: Any, body: bytes) -> None:
    """Whatever happens here, the answer goes out: an answer that is not kept ends as one that was cut short."""
    status = start["status"]
    try:
        if 200 <= status < 300:
            await idempotency.keep(claim, _kept(start, body))
        else:
            await idempotency.give_up(claim, undone=status < 500)
    except Exception:
        log.exception("the answer to the claim %s could not be kept", claim.id)


def _kept(start: Any, body: bytes) -> Kept:
    """What no cache may store (`Revealed`) holds a secret; `Outside` says so of everything else only later."""
    headers = {name.lower(): value for name, value in start["headers"] if name.lower() in REPEATED}
    text = {name.decode(): value.decode("latin-1") for name, value in headers.items()}
    return Kept(start["status"], text, body, secret=text.get("cache-control") == "no-store")

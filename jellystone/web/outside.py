"""The outermost layer, before any routing: so it holds for errors, unknown addresses and static files too."""

import logging
import re
import time
from typing import Any

import msgspec
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import HttpMethod
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from jellystone import meters
from jellystone.settings import Settings
from jellystone.tables.columns import uuid7
from jellystone.web import limits

log = logging.getLogger("jellystone.requests")

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
USUAL = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
BEFORE_SECRETS = ("/confirmations/", "/password-resets/", "/invitations/", "/unsubscriptions/")
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
OVERRIDDEN = {b"put": HttpMethod.PUT, b"patch": HttpMethod.PATCH, b"delete": HttpMethod.DELETE}


class Outside:
    """Request ids, one log line a request, security headers, the host check, HEAD, and `?_method=` on POST."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.hosts = app, {host.lower() for host in settings.allowed_hosts}
        self.https = settings.https

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, is_head = time.perf_counter(), scope["method"] == "HEAD"
        inner: Any = {**scope, "state": {**scope.get("state", {}), "request_id": _request_id(scope)}}
        _choose_method(inner)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(message, inner)
            if is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        meters.requests_open.inc()
        try:
            await (self.app if self._is_our_host(scope) else _misdirected)(inner, receive, answer)
        finally:
            seconds = time.perf_counter() - began
            _count(inner, scope["method"], status, seconds)
            _log(inner, scope["method"], status, seconds)
        return None

    def _complete(self, message: Any, scope: Any) -> None:
        message.setdefault("headers", [])
        headers = MutableScopeHeaders.from_message(message)
        if shown(scope["path"]) != scope["path"]:  # not no-referrer: forms would then say that they come from nowhere
            headers["Referrer-Policy"] = "strict-origin"
        there = {name.lower() for name, _ in message["headers"]}
        message["headers"] += [pair for pair in USUAL if pair[0] not in there]
        headers["X-Request-Id"] = scope["state"]["request_id"]
        headers.setdefault("Cache-Control", _keeping(scope, message["status"]))
        for name, value in limits.headers(scope["state"].get("quotas", [])).items():
            headers[name] = value
        if scope["method"] == "OPTIONS" and message["status"] == 204:
            headers["Allow"] = _methods(scope)
        if "GET" in headers.get("Allow", "") and "HEAD" not in headers["Allow"]:
            headers["Allow"] += ", HEAD"
        if any(name == b"authorization" for name, _ in scope["headers"]):
            message["headers"] = [pair for pair in message["headers"] if pair[0].lower() != b"set-cookie"]
        if self.https:
            headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")

    def _is_our_host(self, scope: Any) -> bool:
        """Links are made from the base URL only; this keeps foreign names from reaching us by DNS rebinding."""
        if scope["path"].startswith("/health"):
            return True
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
        name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
        return name in self.hosts


def _keeping(scope: Any, status: int) -> str:
    """Static files for ever under the address that `asset` makes, which changes with the file; nothing else at all."""
    if not scope["path"].startswith("/static/") or status not in (200, 304):
        return "no-store"
    return "public, max-age=31536000, immutable" if b"v=" in scope["query_string"] else "public, max-age=3600"


def _methods(scope: Any) -> str:
    """Of all handlers that share the address; Litestar names those of the first (its issue 4169)."""
    route = scope.get("path_template")
    found = {method for one in scope["litestar_app"].routes if one.path_format == route for method in one.methods}
    return ", ".join(sorted(found | {"OPTIONS"}))


async def _misdirected(scope: Scope, receive: Receive, send: Send) -> None:
    body = b"This server does not answer to that host name. Add it to JELLYSTONE_ALLOWED_HOSTS.\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _request_id(scope: Scope) -> str:
    """What was sent is echoed if it is sane, so that a caller can follow a request through both logs."""
    sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    return sent if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", sent) else uuid7().hex


def _choose_method(scope: Any) -> None:
    """A form can only POST: `action="…?_method=delete"` means DELETE. HEAD is GET without its body."""
    if scope["method"] == "HEAD":
        scope["method"] = HttpMethod.GET
    elif scope["method"] == "POST":
        query, _, method = scope["query_string"].rpartition(b"_method=")
        if method.lower() in OVERRIDDEN and query[-1:] in (b"", b"&"):
            scope["method"] = OVERRIDDEN[method.lower()]
            scope["query_string"] = query.rstrip(b"&")


def shown(path: str) -> str:
    """The path without the secret of a link from a mail."""
    before = next((prefix for prefix in BEFORE_SECRETS if path.startswith(prefix) and path != prefix), None)
    if before is None:
        return path
    _, slash, rest = path.removeprefix(before).partition("/")
    return f"{before}…{slash}{rest}"


def _count(scope: Any, method: str, status: int, seconds: float) -> None:
    """By the route's pattern, not the path: names would make a series each. What has no route is `none`."""
    route = scope.get("path_template") or "none"
    method = method if method in METHODS else "other"
    meters.requests_open.dec()
    meters.requests.labels(method, route, str(status)).inc()
    meters.request_seconds.labels(method, route).observe(seconds)


def _log(scope: Any, method: str, status: int, seconds: float) -> None:
    """No query, no header, no body: secrets can stand in all three. Paths of static files are of no interest."""
    if scope["path"].startswith("/static/") and status < 400:
        return
    actor = scope.get("user")
    line = {
        "request_id": scope["state"]["request_id"],
        "method": method,
        "path": shown(scope["path"]),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "actor": actor.name if actor else None,
    }
    log.info(msgspec.json.encode(line).decode())

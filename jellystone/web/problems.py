"""Which problems an operation can answer with, for the API description."""

from http import HTTPStatus
from typing import Any

from litestar.handlers import HTTPRouteHandler

from jellystone.web import protocol
from jellystone.web.errors import TITLES
from jellystone.web.negotiation import PROBLEM
from jellystone.web.scopes import is_open

Schema = dict[str, Any]
SAID: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "The body is not well-formed JSON.", "The body is not well-formed JSON."),
    401: ("not-signed-in", "Nobody is signed in, or the token is not valid.", "Sign in, or send a token."),
    403: (
        "not-allowed",
        "Not permitted; `detail` names the permission or scope that is missing.",
        "This token lacks the scope 'write'. Make one that has it.",
    ),
    404: ("not-found", "It is not there, or you may not know that it is.", "There is no database main/orders."),
    406: (
        "not-acceptable",
        "Neither JSON nor HTML was accepted.",
        "This address answers with application/json or text/html.",
    ),
    409: (
        "conflict",
        "The present state of things forbids it; `existing` is the id of what stands in the way, if you may see it.",
        "The name orders is taken on main. Choose another.",
    ),
    410: (
        "expired",
        "The link was good once: used, too old, or overtaken by what happened since.",
        "This link is no longer good. Ask for a new one.",
    ),
    412: (
        "stale",
        "It is not as you have last seen it (`If-Match`), or is there already (`If-None-Match`); nothing was done.",
        "main/orders was changed after you looked, so it was left as it is. GET it again.",
    ),
    413: ("content-too-large", "The body is too large.", "That is more than this address takes."),
    415: (
        "unsupported-media-type",
        "The body is neither JSON nor a form.",
        "Send JSON, with Content-Type: application/json, or a form (application/x-www-form-urlencoded).",
    ),
    422: (
        "invalid",
        "Some fields or parameters cannot be used; `errors` names them all.",
        "Some of what was sent cannot be used: name.",
    ),
    429: ("too-many", "Too many attempts.", "Too many attempts. Come back in a quarter of an hour."),
    500: (
        "internal-server-error",
        "Something went wrong on our side.",
        "Something went wrong on our side. It has been logged; tell your operator the request's number.",
    ),
    502: (
        "refused",
        "The PostgreSQL server refused; `detail` carries its reason.",
        "The server main refused: permission denied to create role.",
    ),
    503: (
        "unreachable",
        "The PostgreSQL server does not answer, or we are too busy.",
        "The server main does not answer.",
    ),
}
MORE: dict[int, Schema] = {
    409: {"errors": {"name": "This name is taken on the server."}, "existing": "main/orders"},
    422: {"errors": {"name": "Use small letters, digits and underscores, a letter first; at most 50 characters."}},
}
HEADERS: dict[int, Schema] = {
    401: {"WWW-Authenticate": {"$ref": "#/components/headers/WWWAuthenticate"}},
    429: {
        "Retry-After": {"$ref": "#/components/headers/RetryAfter"},
        "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
        "RateLimit": {"$ref": "#/components/headers/RateLimit"},
    },
    503: {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
}


def possible(handler: HTTPRouteHandler, parameters: list[Schema]) -> list[int]:
    """By what it takes and does. `plain`, `throttled`, `by_link` and `on_server` are marks that routes carry."""
    places = {parameter["in"] for parameter in parameters}
    changes = bool(handler.http_methods - {"GET", "HEAD"})
    found = {401, 500} | (set() if handler.opt.get("plain") else {406})
    if changes or not is_open(handler):
        found |= {403}
    if handler.parsed_fn_signature.parameters.get("data"):
        found |= {400, 413, 415, 422}
    if changes:
        found |= {409}
    if places:  # a query with a NUL in it is nowhere, too
        found |= {404}
    if handler.opt.get("by_link"):
        found |= {410}
    if "query" in places:
        found |= {422}
    if not handler.opt.get("plain"):
        found |= {429}
    if protocol.is_repeatable(handler):
        found |= {422}
    if protocol.is_conditional(handler):
        found |= {412, 422}
    if handler.opt.get("throttled"):
        found |= {429, 503}
    if changes and handler.opt.get("on_server"):
        found |= {502, 503}
    return sorted(found)


def key(status: int) -> str:
    return _title(status).replace(" ", "")


def responses() -> Schema:
    return {key(status): _response(status) for status in SAID}


def _title(status: int) -> str:
    return TITLES.get(status) or HTTPStatus(status).phrase


def _response(status: int) -> Schema:
    kind, words, detail = SAID[status]
    example = {
        "type": f"urn:jellystone:{kind}",
        "title": _title(status),
        "status": status,
        "detail": detail,
        "request_id": "0196f0c2d4e87f3a9b1c2d3e4f5a6b7c",
        **MORE.get(status, {}),
    }
    return {
        "description": words,
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}, **HEADERS.get(status, {})},
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }

"""Headers that hold for many operations alike, for the API description: keys, tags, conditions and quotas."""

from typing import Any

from litestar.handlers import HTTPRouteHandler

from jellystone.services.idempotency import KEPT, SECRETS_KEPT
from jellystone.web.idempotency import PATTERN
from jellystone.web.scopes import is_open

Schema = dict[str, Any]
HOURS = f"{KEPT.total_seconds() / 3600:.0f} hours"
HOUR = f"{SECRETS_KEPT.total_seconds() / 3600:.0f} hour"
PARAMETERS: dict[str, Schema] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "Makes it safe to send this again: the same key with the same body, address and caller is answered as the"
            f" first time, for {HOURS} ({HOUR} if a password, token or link is in the answer; then 409), and nothing is"
            " done twice. Take a new one, such as a UUID, for each thing."
        ),
        "schema": {"type": "string", "pattern": PATTERN},
        "example": "5f0c9e7a-5d1b-4c55-9e53-0b6f2f4a8a11",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` that you have seen: if it is not the present one, nothing is done (412).",
        "schema": {"type": "string", "pattern": r'^((W/)?"[!#-~]*"|\*)$'},
        "example": '"5f0c9e7a5d1b4c559e53"',
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*`: only make it; if it is there already, nothing is done (412).",
        "schema": {"type": "string", "enum": ["*"]},
    },
}
HEADERS: dict[str, Schema] = {
    "ETag": {
        "description": "Changes with whatever a writer can set, and not with figures. For `If-Match`.",
        "schema": {"type": "string", "examples": ['"5f0c9e7a5d1b4c559e53"']},
    },
    "IdempotencyReplayed": {
        "description": "`true`: this is the answer to an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "RateLimitPolicy": {
        "description": "What may be done how often: a quota of `q` in a window of `w` seconds.",
        "schema": {"type": "string", "examples": ['"requests";q=6000;w=60']},
    },
    "RateLimit": {
        "description": "How much is left of each quota (`r`), and in how many seconds all of it is back (`t`).",
        "schema": {"type": "string", "examples": ['"requests";r=5988;t=42']},
    },
}
QUOTAS = {"RateLimit-Policy": "RateLimitPolicy", "RateLimit": "RateLimit"}
TAGGED = {"Database", "CreatedDatabase", "Role", "RoleWithPassword", "Server", "ChangedServer", "Team", "FoundedTeam"}


def is_repeatable(handler: HTTPRouteHandler) -> bool:
    """Whether an idempotency key counts there: visitors have none."""
    return "POST" in handler.http_methods and not is_open(handler) and not handler.opt.get("pending")


def is_conditional(handler: HTTPRouteHandler) -> bool:
    return "condition" in handler.parsed_fn_signature.parameters


def describe(operation: Schema, handler: HTTPRouteHandler) -> None:
    """Add to an operation what its marks and method say."""
    named = ["IdempotencyKey"] if is_repeatable(handler) else []
    if is_conditional(handler):
        named += ["IfMatch", *(["IfNoneMatch"] if "PUT" in handler.http_methods else [])]
    if named:
        found = [{"$ref": f"#/components/parameters/{name}"} for name in named]
        operation["parameters"] = [*operation.get("parameters", []), *found]
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["headers"] |= _headers(answer, handler)


def _headers(answer: Schema, handler: HTTPRouteHandler) -> Schema:
    shown = str(answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", ""))
    found = dict(QUOTAS) if not is_open(handler) or handler.opt.get("throttled") else {}
    if shown.rpartition("/")[2] in TAGGED:
        found["ETag"] = "ETag"
    if is_repeatable(handler):
        found["Idempotency-Replayed"] = "IdempotencyReplayed"
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in found.items()}

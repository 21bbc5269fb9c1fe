"""Jellystone from Python, as docs/client.md shows: `Jellystone` waits for each answer, `AsyncJellystone` awaits it.

Nothing of the server is needed but the shapes of what it tells (`jellystone.facts`). httpx, which takes a while, is
loaded when a client is asked for.
"""

from typing import TYPE_CHECKING, Any

from jellystone.client.problems import (
    ApiProblem,
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotUnderstood,
    Overtaken,
    TooMany,
    Unauthorized,
    Unavailable,
    Unreachable,
)

if TYPE_CHECKING:
    from jellystone.client.transports import AsyncJellystone, Jellystone

__all__ = [
    "ApiProblem",
    "AsyncJellystone",
    "ClientError",
    "Conflict",
    "Forbidden",
    "Invalid",
    "Jellystone",
    "NotFound",
    "NotUnderstood",
    "Overtaken",
    "TooMany",
    "Unauthorized",
    "Unavailable",
    "Unreachable",
]


def __getattr__(name: str) -> Any:
    if name in ("AsyncJellystone", "Jellystone"):
        from jellystone.client import transports

        return getattr(transports, name)
    raise AttributeError(name)

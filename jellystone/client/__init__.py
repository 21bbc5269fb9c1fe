"""Jellystone from Python, as docs/client.md shows: `Jellystone` waits for each answer, `AsyncJellystone` awaits it.

Nothing of the server is needed but the shapes of what it tells (`jellystone.facts`).
"""

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

"""What a setting may hold: its description, and checks that types cannot say."""

import ipaddress
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from msgspec import Meta


def about(
    description: str, *, secret: bool = False, wanted: str = "", check: Callable[[Any], object] = bool, **limits: Any
) -> Meta:
    """`wanted` completes "… must be …"; `check` gets the value as text and raises `ValueError`."""
    return Meta(description=description, extra={"secret": secret, "wanted": wanted, "check": check}, **limits)


def address(value: str) -> None:
    """A URL whose host is there and whose port is a number."""
    parts = urlsplit(value)
    if not parts.hostname or parts.port == 0:
        raise ValueError


def mail_server(value: str) -> None:
    """Only the one option that we know: a misspelt one would leave the CA out."""
    address(value)
    if set(parse_qs(urlsplit(value).query, keep_blank_values=True)) - {"ca"}:
        raise ValueError


def networks(values: list[str]) -> None:
    for value in values:
        ipaddress.ip_network(value, strict=False)


Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
POSTGRES: dict[str, Any] = {
    "pattern": "^postgres(ql)?://",
    "wanted": "an address such as postgresql://name:password@host:5432/database",
    "check": address,
}

"""Secrets that we make: of sessions, of links in mails, and of tokens. 256 random bits, of which only a digest is kept.

Nobody chose them, so SHA-256 is the right hash. A token is `jst_` (a team's) or `jsp_` (a person's), 43 letters and
digits, and a checksum of 6 more: scanners for leaked secrets recognise it, and a typo is told from a revoked token.
"""

import secrets
import string
import zlib
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

Kind = Literal["team", "personal"]

PREFIXES: dict[Kind, str] = {"team": "jst_", "personal": "jsp_"}

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 43
"""62 ** 43 > 2 ** 256"""
_CHECKSUM = 6
_SHOWN = 4


@dataclass(frozen=True)
class Credential:
    """`text` is shown once, or put into a cookie or link; `digest` and, of a token, `prefix` are stored."""

    text: str = field(repr=False)
    prefix: str
    digest: bytes = field(repr=False)


def new_token(kind: Kind) -> Credential:
    body = PREFIXES[kind] + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return Credential(body + _checksum(body), body[: len(PREFIXES[kind]) + _SHOWN], digest(body + _checksum(body)))


def new_secret() -> Credential:
    """Of a session or a link: fit for a cookie and an address, without prefix and checksum."""
    text = secrets.token_urlsafe(32)
    return Credential(text, "", digest(text))


def digest(text: str) -> bytes:
    """What a secret is found by. Takes any text that somebody may send."""
    return sha256(text.encode(errors="surrogatepass")).digest()


def well_formed(text: str) -> Kind | None:
    """The kind of token that this can be, else None: no such token was ever made, so nothing need be looked up."""
    kind = next((kind for kind, prefix in PREFIXES.items() if text.startswith(prefix)), None)
    if kind is None or len(text) != len(PREFIXES[kind]) + _RANDOM + _CHECKSUM or not text.isascii():
        return None
    return kind if text[-_CHECKSUM:] == _checksum(text[:-_CHECKSUM]) else None


def _checksum(body: str) -> str:
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM):
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits

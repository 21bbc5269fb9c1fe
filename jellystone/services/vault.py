"""Who can read a database password: sealing to a public key, wrapping under a secret. Bytes in, bytes out.

Sealing is HPKE (RFC 9180, base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305) and needs a public key only, so anything
may set a password and only a key holder reads it. Wrapping is ChaCha20-Poly1305 under a key made by HKDF-SHA256.

Keys are 32 raw bytes. Every ciphertext starts with a version byte and is bound to the rows it belongs to: in another
row, under another key, or changed in one bit, it raises `Sealed`.
"""

import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.padding import PKCS7

from jellystone.errors import Misconfigured, Problem

Holder = Literal["session", "personal token", "team token", "invitation"]
Purpose = Literal["server address", "role verifier", "mail", "totp secret", "end of advice"]

INSTANCE_KEY_LENGTH = 32
"""The fewest characters of an instance's secret key."""

_VERSION = b"\x01"
_NONCE = 12
_KEY_ID = 8
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_BLOCK = PKCS7(64 * 8)

_UNREADABLE = "This password cannot be read with the key at hand. Change it to store a new one."
_LOCKED = "Your copy of the team's key does not open. Enter a team token, or ask a teammate to give you access."
_PERSONAL = "Your password does not open your key. Reset your password to make a new one."
_FORMER = "This was stored under another secret key. Add that key to JELLYSTONE_SECRET_KEY, after the present one."
_DAMAGED = "What was stored here has been changed or damaged. Enter it anew."
_OF_HOLDER: dict[Holder, str] = {
    "session": "Your session does not open your key. Sign in again.",
    "personal token": "This token does not open its owner's key. Make a new token.",
    "team token": "This token does not open the team's key. Make a new token.",
    "invitation": "This invitation does not open the team's key. Ask for a new invitation.",
}


class Sealed(Problem):
    """What was stored does not open with this key, or does not belong here. Never carries content."""


@dataclass(frozen=True)
class KeyPair:
    public: bytes
    private: bytes = field(repr=False)


def new_pair() -> KeyPair:
    """Make the key pair of a person or a team. The private half is never stored but sealed or wrapped."""
    key = X25519PrivateKey.generate()
    return KeyPair(key.public_key().public_bytes_raw(), key.private_bytes_raw())


def public_of(private: bytes) -> bytes:
    """Tell whether an opened key is still the team's: after its vault was begun anew, an old copy is not."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_password(team_public: bytes, password: str, *, team: UUID, role: UUID) -> bytes:
    """Padded to a multiple of 64 bytes, so that a stolen copy does not show which passwords are short."""
    padder = _BLOCK.padder()
    padded = padder.update(_encoded(password)) + padder.finalize()
    return _seal(team_public, padded, _about("role password", team=team, role=role))


def open_password(team_private: bytes, sealed: bytes, *, team: UUID, role: UUID) -> str:
    padded = _open(team_private, sealed, _about("role password", team=team, role=role), _UNREADABLE)
    unpadder = _BLOCK.unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode(errors="surrogatepass")


def share_team_key(member_public: bytes, team_private: bytes, *, team: UUID, user: UUID) -> bytes:
    return _seal(member_public, team_private, _about("team key", team=team, user=user))


def open_team_key(member_private: bytes, sealed: bytes, *, team: UUID, user: UUID) -> bytes:
    return _open(member_private, sealed, _about("team key", team=team, user=user), _LOCKED)


def wrap_for_secret(secret: str, private: bytes, *, holder: Holder, row: UUID, owner: UUID) -> bytes:
    """Wrap under a secret of 256 random bits (`credentials`), never under one that a person chose.

    `row` is the id of the session, token or invitation, `owner` that of the person or team whose key it is.
    """
    about = _about(holder, row=row, owner=owner)
    return _wrap(_derive(_encoded(secret), about), private, about)


def open_with_secret(secret: str, wrapped: bytes, *, holder: Holder, row: UUID, owner: UUID) -> bytes:
    about = _about(holder, row=row, owner=owner)
    return _unwrap(_derive(_encoded(secret), about), wrapped, about, _OF_HOLDER[holder])


def wrap_for_password(key: bytes, private: bytes, *, user: UUID) -> bytes:
    """`key` is what `passwords` made of the person's password."""
    about = _about("password", user=user)
    return _wrap(_derive(key, about), private, about)


def open_with_password(key: bytes, wrapped: bytes, *, user: UUID) -> bytes:
    about = _about("password", user=user)
    return _unwrap(_derive(key, about), wrapped, about, _PERSONAL)


def seal_answer(secret: str, answer: bytes, *, row: UUID) -> bytes:
    """For the holder of this token or session only, who may ask for the same answer again."""
    about = _about("answer", row=row)
    return _wrap(_derive(_encoded(secret), about), answer, about)


def open_answer(secret: str, sealed: bytes, *, row: UUID) -> bytes:
    about = _about("answer", row=row)
    return _unwrap(_derive(_encoded(secret), about), sealed, about, _DAMAGED)


def fingerprint(secret: str, data: bytes, *, row: UUID) -> bytes:
    """Tells equal data of one holder from other; who lacks the secret cannot try out what it was."""
    return hmac.digest(_derive(_encoded(secret), _about("fingerprint", row=row)), data, "sha256")


class InstanceKeys:
    """For what must be usable while nobody is signed in. The first key encrypts, all decrypt.

    Each is text of at least `INSTANCE_KEY_LENGTH` characters, out of a random generator: it is not stretched.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or any(len(key) < INSTANCE_KEY_LENGTH for key in keys):
            raise Misconfigured(
                f"JELLYSTONE_SECRET_KEY needs at least {INSTANCE_KEY_LENGTH} characters a key."
                " Make one with `openssl rand -hex 32`."
            )
        secrets = [_encoded(key) for key in keys]
        self._keys = {_derive(key, _about("instance key id"))[:_KEY_ID]: key for key in secrets}
        self._first = next(iter(self._keys))

    @property
    def mark(self) -> bytes:
        """What everything begins with that is under the first key, in the present version of the scheme."""
        return _VERSION + self._first

    def wrap(self, data: bytes, *, purpose: Purpose, row: UUID) -> bytes:
        about = _about(purpose, row=row)
        return self.mark + _encrypt(_derive(self._keys[self._first], about), data, about)

    def unwrap(self, wrapped: bytes, *, purpose: Purpose, row: UUID) -> bytes:
        about = _about(purpose, row=row)
        body = _body(wrapped, _DAMAGED)
        key = self._keys.get(body[:_KEY_ID])
        if key is None:
            raise Sealed(_FORMER)
        return _decrypt(_derive(key, about), body[_KEY_ID:], about, _DAMAGED)

    def needs_rewrap(self, wrapped: bytes) -> bool:
        """Whether a former key, or a former version of the scheme, was used."""
        return not wrapped.startswith(self.mark)


def _about(what: str, **ids: UUID) -> bytes:
    """What a ciphertext is and which rows it belongs to: `info` and associated data. What it returns never changes."""
    return " ".join(["jellystone/1", what, *(f"{name}={id}" for name, id in ids.items())]).encode()


def _encoded(text: str) -> bytes:
    """Never fails, since a UnicodeEncodeError would carry the text."""
    return text.encode(errors="surrogatepass")


def _derive(secret: bytes, about: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=about).derive(secret)


def _seal(public: bytes, data: bytes, about: bytes) -> bytes:
    return _VERSION + _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(public), info=about)


def _open(private: bytes, sealed: bytes, about: bytes, otherwise: str) -> bytes:
    try:
        return _SUITE.decrypt(_body(sealed, otherwise), X25519PrivateKey.from_private_bytes(private), info=about)
    except InvalidTag:
        raise Sealed(otherwise) from None


def _wrap(key: bytes, data: bytes, about: bytes) -> bytes:
    return _VERSION + _encrypt(key, data, about)


def _unwrap(key: bytes, wrapped: bytes, about: bytes, otherwise: str) -> bytes:
    return _decrypt(key, _body(wrapped, otherwise), about, otherwise)


def _encrypt(key: bytes, data: bytes, about: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, data, about)


def _decrypt(key: bytes, body: bytes, about: bytes, otherwise: str) -> bytes:
    try:
        return ChaCha20Poly1305(key).decrypt(body[:_NONCE], body[_NONCE:], about)
    except (InvalidTag, ValueError):
        raise Sealed(otherwise) from None


def _body(ciphertext: bytes, otherwise: str) -> bytes:
    if not ciphertext.startswith(_VERSION):
        raise Sealed(otherwise)
    return ciphertext[1:]

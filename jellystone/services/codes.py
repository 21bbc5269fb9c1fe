"""The codes of a second factor: those of an app (TOTP, RFC 6238) and those on paper, for when the app is lost.

An app's code has six digits, changes every 30 seconds and works once; clocks may be one step apart. A recovery code has
80 random bits, so its SHA-256 is no help to who has stolen it.
"""

import hmac
import secrets
import time
from base64 import b32encode
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from jellystone.database import DB
from jellystone.errors import Invalid
from jellystone.services import events, instance, throttle
from jellystone.services.actors import Origin
from jellystone.tables.people import RecoveryCode

STEP = 30
DIGITS = 6
SECRET_LENGTH = 20  # bytes: as long as SHA-1's output, which is what every app can read
RECOVERY_CODES = 10
WRONG = "This code is not right, or was used already. Wait for the next one and try again."

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: nothing that looks like something else
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1", " ": None, "-": None})

Kind = Literal["code", "recovery code"]


async def use(origin: Origin, user: UUID, email: str, code: str) -> Kind:
    """Take a code that nobody has used yet, of either kind. Counted for each account; a wrong one is on record."""
    await throttle.count("second factor", str(user), limit=5, seconds=900)
    await throttle.count("second factor a day", str(user), limit=30, seconds=86_400)
    written = code.lower().translate(_MISREAD)
    kind: Kind = "code" if len(written) == DIGITS and written.isdecimal() else "recovery code"
    good = await (_use_of_app(user, written) if kind == "code" else _use_of_recovery(user, written))
    if not good:
        await events.record_visitor(origin, email, "failed the second step", user=user)
        raise Invalid(code=WRONG)
    await throttle.forget("second factor", str(user))
    await throttle.forget("second factor a day", str(user))
    return kind


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_LENGTH)


def wrapped(secret: bytes, user: UUID) -> bytes:
    return instance.keys().wrap(secret, purpose="totp secret", row=user)


def unwrapped(stored: bytes, user: UUID) -> bytes:
    return instance.keys().unwrap(stored, purpose="totp secret", row=user)


def spelled(secret: bytes) -> str:
    """As people type it into an app that has no camera."""
    text = b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def uri(secret: bytes, email: str) -> str:
    """What an app reads from the QR code."""
    return _totp(secret).get_provisioning_uri(email, "Jellystone")


def step_of(secret: bytes, code: str, *, after: int) -> int | None:
    """The step that `code` belongs to, if that is now (or next to it) and later than `after`."""
    now, totp = int(time.time()) // STEP, _totp(secret)
    steps = [step for step in (now, now - 1, now + 1) if step > after]
    found = [step for step in steps if hmac.compare_digest(totp.generate(step * STEP), code.encode())]
    return found[0] if found else None


async def make_recovery_codes(user: UUID) -> list[str]:
    """Ten new ones; the old ones are worthless. Called in a transaction."""
    await RecoveryCode.delete().where(RecoveryCode.user == user)
    made = ["".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    await RecoveryCode.insert(*(RecoveryCode(user=user, digest=_digest(user, code)) for code in made))
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in made]


async def _use_of_app(user: UUID, code: str) -> bool:
    row: Any = await DB.fetch_row(
        "SELECT totp_secret, totp_last_step FROM users WHERE id = $1 AND totp_confirmed_at IS NOT NULL", user
    )
    step = row and step_of(unwrapped(row["totp_secret"], user), code, after=row["totp_last_step"])
    if not step:
        return False
    taken = "UPDATE users SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2 RETURNING id"
    return await DB.fetch_row(taken, user, step) is not None


async def _use_of_recovery(user: UUID, code: str) -> bool:
    taken = """
        UPDATE recovery_codes SET used_at = now() WHERE "user" = $1 AND digest = $2 AND used_at IS NULL RETURNING id
    """
    return await DB.fetch_row(taken, user, _digest(user, code)) is not None


def _digest(user: UUID, code: str) -> bytes:
    return sha256(user.bytes + code.encode(errors="surrogatepass")).digest()


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303

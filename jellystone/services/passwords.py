"""People's passwords: which ones we take, the hash that a sign-in is checked against, and the key to their vault.

The two come from the same password by two Argon2id of their own salts, so the hash is no help in finding the key.
Passwords are taken as Unicode says they are the same (NFKC, as NIST SP 800-63B asks): typed on another keyboard, or
with full-width letters, it stays the same password.
"""

import string
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from jellystone import settings
from jellystone.services.hashing import Cost, Workers, key_for

MAXIMUM = 1024

_STRICT = 12
_ROWS = (
    "012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_WORDS = {
    *("password", "passwort", "passw0rd", "mypassword", "secret", "admin", "administrator", "root", "login", "letmein"),
    *("welcome", "changeme", "default", "iloveyou", "trustno", "whatever", "football", "baseball", "superman"),
    *("princess", "dragon", "monkey", "shadow", "master", "michael", "abc", "abcd", "qwe", "qwer", "qwert", "qwertz"),
    *("qwerty", "qwertyuiop", "asdf", "asdfgh", "asdfghjkl", "zxcvbnm", "qweasdzxc", "correcthorsebatterystaple"),
    *("sunshine", "postgres", "postgresql", "database", "jellystone", "jellystonepark"),
}


@dataclass(frozen=True)
class Verified:
    """`key` opens what was wrapped for the password; `needs_rehash`: `new_wrapping` is due, the cost has changed."""

    ok: bool
    needs_rehash: bool = False
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class NewPassword:
    """`hash` (a PHC string) and `wrapping` (salt and cost) are stored; `key` is for `vault.wrap_for_password` only."""

    hash: str = field(repr=False)
    wrapping: bytes
    key: bytes = field(repr=False)


def check(password: str, *, minimum: int, email: str) -> str | None:
    """What to do about a new password, in words, or None. Where short ones are allowed, so are common ones."""
    normal = _normalised(password)
    if len(normal) > MAXIMUM:
        return f"Use at most {MAXIMUM} characters."
    if len(normal) < minimum:
        return f"Use at least {minimum} characters."
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in normal):
        return "Use only characters that can be typed."
    if normal.casefold() == _normalised(email.strip()).casefold():
        return "Use something other than your e-mail address."
    if minimum >= _STRICT and _is_common(normal.casefold()):
        return "This one is easily guessed. Take a few words that have nothing to do with each other."
    return None


async def new_wrapping(password: str) -> NewPassword:
    """For a new or changed password, and after a sign-in that `needs_rehash`."""
    cost, secret = _cost(), _secret(password)

    def job() -> NewPassword:
        wrapping = cost.new_wrapping()
        return NewPassword(cost.hash(secret), wrapping, key_for(wrapping, secret))

    return await _workers().do(job)


async def verify(stored: str | None, password: str, *, wrapping: bytes | None = None) -> Verified:
    """Check a password against its hash and, given the account's `wrapping`, make its key in the same job.

    `stored` is None where there is no such account: the answer is no, and takes as long as for a wrong password.
    """
    cost, secret = _cost(), _secret(password)

    def job() -> Verified:
        if not cost.matches(stored, secret) or stored is None:
            return Verified(ok=False)
        key = None if wrapping is None else key_for(wrapping, secret)
        return Verified(ok=True, needs_rehash=not cost.is_that_of(stored, wrapping), key=key)

    return await _workers().do(job)


def _is_common(password: str) -> bool:
    """A well-known word with digits and marks around it, something again and again, or a row of the keyboard."""
    word = password.strip(string.digits + string.punctuation + " ")
    return (
        _repeated(word) in _WORDS
        or _repeated(password) != password
        or any(password in row or password in row[::-1] for row in _ROWS)
    )


def _repeated(text: str) -> str:
    """`abc` for `abcabcabc`; a text that repeats nothing is itself."""
    return text[: (text + text).find(text, 1)] if text else text


def _normalised(text: str) -> str:
    """What is too long for a password is left as it is: a row of accents takes time that grows with its square."""
    return text if len(text) > MAXIMUM else unicodedata.normalize("NFKC", text)


def _secret(password: str) -> bytes:
    """Never fails, since a UnicodeEncodeError would carry the password."""
    return _normalised(password).encode(errors="surrogatepass")


def _cost() -> Cost:
    given = settings.current()
    return Cost(given.argon2_memory, given.argon2_time, given.argon2_parallelism)


def _workers() -> Workers:
    return _workers_of(settings.current().argon2_threads)


@lru_cache(maxsize=1)
def _workers_of(threads: int) -> Workers:
    return Workers(threads)

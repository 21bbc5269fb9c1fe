"""SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677): what PostgreSQL stores for a password, made by us.

A password inside CREATE ROLE or ALTER ROLE can be read in the server's log, in pg_stat_activity and in
pg_stat_statements; its verifier lets nobody sign in.
"""

import re
import secrets
import stringprep
import unicodedata
from base64 import b64encode
from hashlib import pbkdf2_hmac, sha256
from hmac import digest
from string import ascii_letters, digits

VERIFIER = re.compile(r"SCRAM-SHA-256\$[1-9]\d{0,8}:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}")

FORBIDDEN = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def generated_password() -> str:
    """32 letters and digits (190 bits): the same in every URL, file and shell, without escapes."""
    return "".join(secrets.choice(ascii_letters + digits) for _ in range(32))


def verifier(password: str, *, salt: bytes | None = None, iterations: int = 4096) -> str:
    """What PostgreSQL would store for the password with this salt (16 bytes). Takes about 2 ms of CPU."""
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = pbkdf2_hmac("sha256", saslprep(password).encode(), salt, iterations)
    client = sha256(digest(salted, b"Client Key", "sha256")).digest()
    server = digest(salted, b"Server Key", "sha256")
    one, two, three = (b64encode(part).decode() for part in (salt, client, server))
    return f"SCRAM-SHA-256${iterations}:{one}${two}:{three}"


def check_verifier(text: str) -> None:
    """Raise ValueError unless PostgreSQL would take it as a verifier: anything else it hashes as a plain password."""
    if not VERIFIER.fullmatch(text):
        raise ValueError("not a SCRAM-SHA-256 verifier")


def saslprep(text: str) -> str:
    """RFC 4013 as PostgreSQL and libpq do it: what cannot be prepared is used as it is.

    A zero-width space is a space to them, and they look for forbidden characters before the normalisation.
    """
    mapped = "".join(map(_mapped, text))
    if not mapped or any(forbidden(char) for char in mapped for forbidden in FORBIDDEN):
        return text
    leftward = [stringprep.in_table_d1(char) for char in mapped]
    if any(leftward):
        mixed = any(stringprep.in_table_d2(char) for char in mapped)
        if mixed or not (leftward[0] and leftward[-1]):
            return text
    return unicodedata.ucd_3_2_0.normalize("NFKC", mapped)


def _mapped(char: str) -> str:
    if stringprep.in_table_c12(char):
        return " "
    return "" if stringprep.in_table_b1(char) else char

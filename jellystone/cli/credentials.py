"""Who this user is to which Jellystone: in a file that only they can read, and the tokens in a keyring if there is one.

The keyring is the desktop's, through the package `keyring` (the extra `keyring`). Without it, or where it does not
answer, as on a server, the token stands in the file.
"""

import os
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from platformdirs import user_config_path

from jellystone.errors import Misconfigured

SERVICE = "jellystone"  # in the keyring


class Login(Struct, omit_defaults=True):
    """`token` is None where the keyring has it; `token_id` is None where the token was not made by `login`."""

    token: str | None = None
    token_id: str | None = None
    name: str = ""


class Logins(Struct):
    """By address; `current` is the one that counts where none is named."""

    current: str | None = None
    logins: dict[str, Login] = {}


def file() -> Path:
    return user_config_path("jellystone") / "logins.json"


def read() -> Logins:
    """Raises `Misconfigured` where others could read the tokens, or the file is damaged."""
    path = file()
    try:
        if path.stat().st_mode & 0o077:
            raise Misconfigured(f"Others can read {path}. Run `chmod 600 {path}`, and consider to log in anew.")
        return msgspec.json.decode(path.read_bytes(), type=Logins)
    except FileNotFoundError:
        return Logins()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        raise Misconfigured(f"{path} cannot be read. Delete it, and log in anew.") from None


def token_for(url: str) -> str:
    """Empty if there is none."""
    login = read().logins.get(url)
    if login is None:
        return ""
    return login.token if login.token is not None else _from_keyring(url)


def keep(url: str, token: str, login: Login) -> str:
    """Make it the current one. Returns where the token is kept, in words."""
    kept = read()
    in_keyring = _into_keyring(url, token)
    kept.current, kept.logins[url] = url, msgspec.structs.replace(login, token=None if in_keyring else token)
    _write(kept)
    return "the keyring" if in_keyring else str(file())


def forget(url: str) -> None:
    kept = read()
    login = kept.logins.pop(url, None)
    if login is not None and login.token is None:
        _out_of_keyring(url)
    if kept.current == url:
        kept.current = next(iter(kept.logins), None)
    _write(kept)


def _write(kept: Logins) -> None:
    """At once or not at all, and readable for nobody else at any moment."""
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _keyring() -> Any:
    """The package, if it is there and has something to keep secrets in."""
    try:
        import keyring

        return keyring if keyring.get_keyring().priority > 0 else None
    except Exception:
        return None


def _into_keyring(url: str, token: str) -> bool:
    keyring = _keyring()
    try:
        if keyring is not None:
            keyring.set_password(SERVICE, url, token)
            return bool(keyring.get_password(SERVICE, url) == token)
    except Exception:
        return False
    return False


def _from_keyring(url: str) -> str:
    keyring = _keyring()
    try:
        return (keyring.get_password(SERVICE, url) if keyring is not None else None) or ""
    except Exception:
        raise Misconfigured("The keyring does not answer. Unlock it, or set JELLYSTONE_TOKEN.") from None


def _out_of_keyring(url: str) -> None:
    keyring = _keyring()
    try:
        if keyring is not None:
            keyring.delete_password(SERVICE, url)
    except Exception:
        return


def revoke(url: str, token_id: str | None) -> bool:
    """The token that is kept for the address, by itself. It may lack the scope for that, or be gone already."""
    from jellystone.client import ClientError, Jellystone

    try:
        with Jellystone(url, token_for(url), patience=10.0) as jellystone:
            jellystone.personal_tokens.delete(str(token_id))
        return True
    except (ClientError, Misconfigured):
        return False

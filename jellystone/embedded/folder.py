"""The data folder: who holds it, our secret key in it, and where in it PostgreSQL lives."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jellystone.embedded.account import Account, acting_as, choose, reaches
from jellystone.errors import Misconfigured

ELSEWHERE = Path("/var/lib/jellystone")


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Make the data folder if need be and keep every other Jellystone out of it.

    The lock ends with the process, however it ends.
    """
    try:
        if not data_dir.is_dir():
            _make(data_dir)
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Misconfigured(f"{data_dir} cannot be used ({error.strerror}): choose another with --data-dir.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(lock, 100).decode(errors="replace").strip()
        os.close(lock)
        raise Misconfigured(
            f"Another Jellystone{f' (process {holder})' if holder else ''} uses {data_dir}. "
            "Stop it first, or give this one a folder of its own with --data-dir."
        ) from None
    try:
        os.truncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


def secret_key(data_dir: Path) -> str:
    """The key that was generated for this data folder; without it the admin passwords in our database are lost."""
    file = data_dir / "secret-key"
    if (data_dir / "postgres").exists() and not file.exists():
        raise Misconfigured(f"{file} is gone: put it back from your backup, or give its key in JELLYSTONE_SECRET_KEY.")
    try:
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_text().strip()
        if len(key) < 32:
            raise Misconfigured(f"{file} is damaged: put the key back from your backup.") from None
        return key
    with os.fdopen(made, "w") as new:
        key = secrets.token_hex(32)
        new.write(key + "\n")
        new.flush()
        os.fsync(made)
    return key


def place(data_dir: Path) -> tuple[Path, Account | None]:
    """The folder for PostgreSQL and the user to whom it belongs (None: to us).

    It is `postgres` in the data folder. As root, where the unprivileged user cannot enter the data folder,
    `postgres` there is a link to a folder below /var/lib/jellystone.
    """
    home = data_dir / "postgres"
    if home.is_dir():
        owner = home.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise Misconfigured(f"{home} belongs to another user: start Jellystone as that user.")
        return home.resolve(), choose(owner)
    account = choose(None)
    if home.is_symlink():
        raise Misconfigured(f"{home} leads to {home.readlink()}, which is gone: put it back, or remove the link.")
    if reaches(account, data_dir):
        _give(home, account)
        return home, account
    there = ELSEWHERE / secrets.token_hex(6)
    try:
        ELSEWHERE.mkdir(mode=0o755, exist_ok=True)
        _give(there, account)
    except OSError:
        raise Misconfigured(
            f"{account.name if account else 'we'} cannot enter {data_dir}: choose --data-dir."
        ) from None
    home.symlink_to(there)
    return there, account


def _make(data_dir: Path) -> None:
    """Closed to others; as root it belongs to PostgreSQL's user, who else could not enter it."""
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    data_dir.mkdir(mode=0o700)
    account = choose(None)
    if account and reaches(account, data_dir.parent):
        os.chown(data_dir, account.uid, account.gid, follow_symlinks=False)


def _give(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def keep(file: Path, text: str, account: Account | None) -> None:
    """Write a small file of PostgreSQL's user, whole or not at all, readable by nobody else."""
    new = file.with_name(file.name + ".new")
    with acting_as(account):
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        new.rename(file)

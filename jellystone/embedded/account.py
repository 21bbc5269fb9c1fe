"""PostgreSQL refuses to run as root: the unprivileged system user that it runs as instead."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from jellystone.errors import Misconfigured

NAME = "jellystone"


class Account(NamedTuple):
    name: str
    uid: int
    gid: int


def choose(owner: int | None) -> Account | None:
    """Whom PostgreSQL runs as; None means as ourselves, which is fine unless we are root.

    `owner` is the user id to whom an existing cluster belongs: it stays with them.
    """
    if os.geteuid() != 0:
        return None
    found = _by_uid(owner) if owner else (_by_name(NAME) or _made() or _by_name("nobody"))
    if found is None:
        raise Misconfigured("PostgreSQL does not run as root. Make a system user: useradd --system jellystone")
    return found


def privileges(account: Account | None) -> dict[str, Any]:
    """What `subprocess` needs to start a program as that user."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


@contextmanager
def acting_as(account: Account | None) -> Iterator[None]:
    """Touch files as that user, so that theirs are theirs and a link of theirs leads us nowhere they cannot go."""
    if account is None:
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(account.gid)
    os.seteuid(account.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def reaches(account: Account | None, folder: Path) -> bool:
    """Whether that user may enter the folder."""
    with acting_as(account):
        return os.access(folder, os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def _by_uid(uid: int) -> Account | None:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, uid)
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _by_name(name: str) -> Account | None:
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, found.pw_uid, found.pw_gid) if found.pw_uid else None


def _made() -> Account | None:
    """A system user of our own, where the machine has a program that makes one (shadow's or BusyBox's)."""
    for command in (
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "-s", "/bin/false"],
        ["adduser", "-S", "-D", "-H", "-s", "/bin/false"],
    ):
        if program := shutil.which(command[0]):
            subprocess.run([program, *command[1:], NAME], check=False, capture_output=True, timeout=30)  # noqa: S603
            if found := _by_name(NAME):
                return found
    return None

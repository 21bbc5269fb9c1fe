"""What PostgreSQL and the network say, in the domain's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from jellystone.errors import Conflict, NotFound, Problem, Refused, Unreachable

FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
VANISHED = {"57P01", "57P02", "57P05", "08000", "08003", "08006", "08P01"}
BUSY = {"55P03", "55006", "40001", "40P01"}
TAKEN = {"42P04", "42710", "23505"}
SECRET = re.compile(r"SCRAM-SHA-256\$\S+|(?i:password\s+)'[^']*'")


@contextmanager
def in_words(server: str, *, seeking: str | None = None) -> Iterator[None]:
    """Let failures of PostgreSQL and of the network out as ours; the original stays as the cause.

    `seeking` names the database a connection is for: if there is no such thing, that is NotFound.
    """
    try:
        yield
    except FAILURES as error:
        raise worded(error, server, seeking=seeking) from error


def passing(problem: BaseException) -> bool:
    """Whether the same attempt may well succeed now: others were at it, or the connection had died.

    Catalog rows changed by two at once end as XX000 or as a unique violation on an index of pg_catalog.
    """
    error = problem.__cause__
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        if state == "XX000":
            return "tuple concurrently" in str(error)
        if state == "23505":
            return str(getattr(error, "constraint_name", "")).startswith("pg_")
        return state in VANISHED | BUSY | TAKEN
    return isinstance(error, asyncpg.InterfaceError) and "closed" in str(error)


def worded(error: BaseException, server: str, *, seeking: str | None = None) -> Problem:
    if not isinstance(error, asyncpg.PostgresError):
        return Unreachable(f"The server {server} does not answer{_why(error)}. Try again when it is back.")
    state, said = error.sqlstate or "", _said(error)
    if state == "53300":
        return Unreachable(f"The server {server} has no free connection. Try again in a moment.")
    if state == "57014":
        return Unreachable(f"The server {server} did not finish in time. Try again when it is less busy.")
    if state in VANISHED or state.startswith(("08", "57P")):
        return Unreachable(f"The server {server} broke off: {said}. Try again in a moment.")
    if state == "3D000":
        return NotFound(f"The database {seeking} is not on the server {server}.") if seeking else _refused(server, said)
    if state in TAKEN:
        return Conflict(f"That name is already in use on the server {server}: {said}.")
    if state in BUSY or state == "XX000":
        return Conflict(f"Somebody is using it on the server {server} just now: {said}. Try again in a moment.")
    return _refused(server, said)


def _refused(server: str, said: str) -> Refused:
    return Refused(f"The server {server} refused: {said}.")


def _said(error: asyncpg.PostgresError) -> str:
    detail = getattr(error, "detail", None)
    text = f"{getattr(error, 'message', None) or error}{f' ({detail})' if detail else ''}"
    return SECRET.sub("…", text.replace("\n", " ")).rstrip(".")


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return " in time"
    text = SECRET.sub("…", str(error).splitlines()[0] if str(error) else "")
    return f": {text.rstrip('.')}" if text else ""

"""How a command ends when it cannot do what it was told: words on stderr, and a code for programs."""

import sys
from typing import Any

import click

from jellystone.errors import Misconfigured

PROBLEM, USAGE, NOT_FOUND, NOT_ALLOWED, NOT_REACHABLE, INTERRUPTED = 1, 2, 3, 4, 5, 130
CODES = {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_FOUND, 422: USAGE, 429: NOT_REACHABLE, 503: NOT_REACHABLE}


class Stopped(click.ClickException):
    """Told without a traceback."""

    def __init__(self, message: str, code: int = PROBLEM) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # click says class variable, and reads it from the instance

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


def ending(error: Exception) -> Stopped | None:
    """None for a mistake of ours, which deserves its traceback."""
    if isinstance(error, Misconfigured):
        return Stopped(str(error))
    if "jellystone.client.problems" not in sys.modules:
        return None
    from jellystone.client.problems import ApiProblem, ClientError, Unreachable

    if isinstance(error, ApiProblem):
        return Stopped(_told(error), CODES.get(error.status, PROBLEM))
    if isinstance(error, Unreachable):
        doubt = " It may have been done all the same: look before you try again." if error.unknown else ""
        return Stopped(f"{error}{doubt}", NOT_REACHABLE)
    return Stopped(str(error)) if isinstance(error, ClientError) else None


def _told(problem: Any) -> str:
    lines = [*problem.lines]
    if problem.status == 401:
        lines.append("Run `jellystone login`, or set JELLYSTONE_TOKEN.")
    if problem.status >= 500 and problem.request_id:
        lines.append(f"The request's number is {problem.request_id}.")
    return "\n".join(lines)

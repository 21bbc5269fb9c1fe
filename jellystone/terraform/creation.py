"""Making a thing once, also where an apply was cut short: docs/decisions/0009-terraform.md.

Terraform writes its state when a thing is made. Killed before, it asks for the thing again, and must get what it has
made already; but what somebody else made it must never get. The server tells the two apart by the `Idempotency-Key`: it
is the same for the same thing in the same working directory and workspace, so that the next apply sends it again.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec

from jellystone.client import ClientError, Conflict, NotFound

if TYPE_CHECKING:
    from jellystone.client import Jellystone

DONE = "urn:jellystone:already-done"
REPLAYED = "idempotency-replayed"
TURNS = 500


class Dated(Protocol):
    """Every fact of a thing that is made says when it was."""

    @property
    def created_at(self) -> datetime: ...


T = TypeVar("T", bound=Dated)


@dataclass(frozen=True)
class Made(Generic[T]):
    """`answer` is None where it is lost; `existing` is then the id of the thing, if the server says it.

    `again`: by an apply that was cut short. It may be half made, or have been changed since.
    """

    answer: T | None
    again: bool
    existing: str | None = None


def make(
    client: "Jellystone", path: str, body: Mapping[str, Any], kind: type[T], *, find: Callable[[Made[T]], Dated]
) -> Made[T]:
    """`find` gets what is there now, and may raise NotFound.

    What was made with the first key and is gone, or is another by now, was destroyed since: then it is the next key's
    turn. The server forgets keys after a day.
    """
    for turn in range(TURNS):
        made = _asked(client, path, body, kind, turn)
        if not made.again or _is_still_there(made, find):
            return made
    raise ClientError(f"This was made and destroyed from here {TURNS} times in a day. Go on tomorrow, or import it.")


def _asked(client: "Jellystone", path: str, body: Mapping[str, Any], kind: type[T], turn: int) -> Made[T]:
    seen: dict[str, str] = {}
    headers = {"Idempotency-Key": key(client.options.url, path, body, turn)}
    try:
        answer: T = client.request("POST", path, body=body, headers=headers, answer=kind, heed=seen.update)
    except Conflict as problem:
        if problem.type != DONE:
            raise
        return Made(None, again=True, existing=problem.existing)
    return Made(answer, again=seen.get(REPLAYED) == "true")


def _is_still_there(made: Made[T], find: Callable[[Made[T]], Dated]) -> bool:
    try:
        found = find(made)
    except NotFound:
        return False
    return made.answer is None or found.created_at == made.answer.created_at


def key(url: str, path: str, body: Mapping[str, Any], turn: int) -> str:
    """Where we are is part of it: who has copied the configuration elsewhere gets a conflict, not our things."""
    about = [url, path, body, turn, str(Path.cwd()), workspace()]
    return "terraform-" + hashlib.sha256(msgspec.json.encode(about, order="deterministic")).hexdigest()[:40]


def workspace() -> str:
    """As Terraform finds it; providers are not told."""
    if chosen := os.environ.get("TF_WORKSPACE"):
        return chosen
    try:
        return (Path(os.environ.get("TF_DATA_DIR") or ".terraform") / "environment").read_text().strip()
    except OSError:
        return "default"

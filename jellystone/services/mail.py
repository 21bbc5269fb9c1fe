"""Writing to people. A mail is a row in the transaction of what it tells; `jobs/outbox.py` sends it afterwards."""

from typing import Any
from uuid import UUID

import msgspec

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Conflict
from jellystone.services import instance, letters
from jellystone.services.letters import Letter
from jellystone.tables.columns import uuid7

CHANNEL = "mails"
"""Notified with the commit that writes a mail, so that the leader sends it at once, whichever replica it is."""

TRIED_FOR = 3  # days; less if what the mail says is no longer true by then
NO_SERVER = "No mail server is set, so nothing was sent."

PUT = """
    INSERT INTO mails (id, recipient, subject, wrapped_body, caused_by, attempts, problem, retry_at, created_at,
        expires_at, sent_at, given_up_at)
    VALUES ($1, $2, $3, $4, $5, 0, $6, now(), now(), now() + make_interval(days => $7),
        CASE WHEN $8 THEN now() END, CASE WHEN $9 THEN now() END)
"""


async def queue(to: str, template: str, *, caused_by: UUID | None, **facts: Any) -> UUID:
    """Write a mail (`letters.KINDS`) in the caller's transaction; returns its id. Never fails for want of a server.

    Where there is a mailbox it counts as sent and can be read there. Without mailbox and mail server it is given up at
    once and its text, which nobody will ever need, is not stored: whoever caused it is told, and offers links to copy.
    """
    now, id = settings.current(), uuid7()
    letter = letters.write(template, **facts)
    lost = not possible()
    lasts = min(TRIED_FOR, facts.get("lasts_days", letters.KINDS[template].get("lasts_days", TRIED_FOR)))
    body = None if lost else wrap(letter, id)
    problem = NO_SERVER if lost else None
    await DB.fetch(PUT, id, to, letter.subject, body, caused_by, problem, lasts, now.has_mailbox, lost)
    await DB.fetch("SELECT pg_notify($1, '')", CHANNEL)
    return id


def possible() -> bool:
    """Whether a mail can reach anybody: a form that promises one should say so where not."""
    now = settings.current()
    return bool(now.smtp_url or now.has_mailbox)


def must_be_possible() -> None:
    """Rather than promise a link that never comes."""
    if not possible():
        raise Conflict("No mail server is set here, so no link can be sent. Ask who looks after this instance.")


def link(path: str) -> str:
    """A full address. It is made from the base URL alone, never from what a request says about its host."""
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"{path!r} is not a path of ours")
    return settings.current().base_url + path


def wrap(letter: Letter, id: UUID) -> bytes:
    return instance.keys().wrap(msgspec.json.encode(letter), purpose="mail", row=id)


def unwrap(body: bytes, id: UUID) -> Letter:
    """Raises `Sealed` if the instance's secret key is another one by now."""
    return msgspec.json.decode(instance.keys().unwrap(body, purpose="mail", row=id), type=Letter)

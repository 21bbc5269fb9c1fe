"""The mails that wait to be sent, read where they wait; and how long ago somebody signed in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from jellystone import settings
from jellystone.database import DB
from jellystone.services import mail
from tests.park import Person


@contextmanager
def mails_wait() -> Iterator[None]:
    """A mail server is set, and nothing is sent."""
    before = settings.current()
    settings.use(msgspec.structs.replace(before, smtp_url="smtp://localhost:1"))
    try:
        yield
    finally:
        settings.use(before)


async def letters(to: str) -> list[tuple[str, str]]:
    """Subject and text, the oldest first."""
    rows = await DB.fetch("SELECT id, wrapped_body FROM mails WHERE recipient = $1 ORDER BY created_at, id", to)
    read = [mail.unwrap(row["wrapped_body"], row["id"]) for row in rows]
    return [(letter.subject, letter.text) for letter in read]


async def link(to: str, under: str) -> str:
    """The path of the newest link to `/confirmations/…`, say."""
    found = [found for _, text in await letters(to) for found in re.findall(rf"({re.escape(under)}[\w-]+)", text)]
    return str(found[-1])


async def sign_in_long_ago(person: Person) -> None:
    """So long that the password is asked for again."""
    assert person.actor.key is not None
    ago = "UPDATE sessions SET authenticated_at = now() - interval '16 minutes' WHERE id = $1"
    await DB.fetch(ago, person.actor.key.row)


async def actions(email: str) -> list[str]:
    """What is on record about an account, the newest first."""
    rows = await DB.fetch("SELECT action FROM events WHERE object = $1 ORDER BY at DESC, id DESC", email)
    return [row["action"] for row in rows]

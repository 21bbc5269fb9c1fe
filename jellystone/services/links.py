"""Links that we mail to prove an address. The table holds a digest, and using a link deletes it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Expired
from jellystone.services import credentials
from jellystone.tables.people import Link as LinkRow

Purpose = Literal["confirmation", "email", "password reset"]

LASTS: dict[Purpose, timedelta] = {
    "confirmation": timedelta(days=7),
    "email": timedelta(days=7),
    "password reset": timedelta(days=1),
}
NO_LONGER = "It was used already, is too old, or your e-mail or password has changed since. Ask for a new one."

GOOD = """
    WHERE u.id = l.user AND l.digest = $1 AND l.purpose = ANY ($2) AND l.expires_at > now()
        AND u.disabled_at IS NULL AND (l.purpose = 'email' OR l.sent_to = u.email)
"""
SHOWN = "l.user, l.purpose, l.sent_to, l.expires_at, u.email"


@dataclass(frozen=True)
class Link:
    """`sent_to` is what it proves; `email` is the account's address now, another one only for the purpose `email`."""

    user: UUID
    purpose: Purpose
    sent_to: str
    expires_at: datetime
    email: str


async def issue(user: UUID, purpose: Purpose, *, sent_to: str, lasts: timedelta | None = None) -> str:
    """The secret of a new link, to be mailed to `sent_to`. Earlier ones stay good, so that any of the mails will do."""
    secret = credentials.new_secret()
    expires_at = datetime.now(UTC) + (lasts or LASTS[purpose])
    await LinkRow(user=user, purpose=purpose, digest=secret.digest, sent_to=sent_to, expires_at=expires_at).save()
    return secret.text


async def peek(secret: str, *purposes: Purpose) -> Link:
    """For a page that asks first, since scanners of mail follow links. Raises `Expired`."""
    sql = f"SELECT {SHOWN} FROM links l, users u {GOOD}"
    return _found(await DB.fetch_row(sql, credentials.digest(secret), list(purposes)))


async def use(secret: str, *purposes: Purpose) -> Link:
    """Only one of two at the same time gets it. Raises `Expired`."""
    sql = f"DELETE FROM links l USING users u {GOOD} RETURNING {SHOWN}"
    return _found(await DB.fetch_row(sql, credentials.digest(secret), list(purposes)))


async def forget(user: UUID, purpose: Purpose) -> None:
    """What was mailed for `purpose` is of no use from now on."""
    await LinkRow.delete().where(LinkRow.user == user, LinkRow.purpose == purpose)


async def sweep() -> None:
    await DB.fetch("DELETE FROM links WHERE expires_at < now()")


def _found(row: Any) -> Link:
    if row is None:
        raise Expired(NO_LONGER)
    return Link(**row)

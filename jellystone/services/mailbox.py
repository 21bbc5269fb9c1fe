"""What would have been sent: for developers, only where no mail server is set and nobody else can reach us."""

from uuid import UUID

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.mails import MailInBox, MailToRead
from jellystone.services import mail
from jellystone.services.lists import Slice

COLUMNS = "SELECT id, recipient AS to, subject, created_at"
THERE = "FROM mails WHERE wrapped_body IS NOT NULL AND sent_at IS NOT NULL"


async def everything(part: Slice) -> Listing[MailInBox]:
    """The newest first. Whoever looks need not be signed in: a forgotten password is mended from here."""
    _must_be_there()
    rows = await DB.fetch(
        f"{COLUMNS} {THERE} ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2", part.per_page, part.offset
    )
    total = await DB.fetch_row(f"SELECT count(*) AS number {THERE}")
    assert total is not None
    return part.of([MailInBox(**row) for row in rows], total["number"])


async def read(id: UUID) -> MailToRead:
    _must_be_there()
    row = await DB.fetch_row(f"{COLUMNS}, wrapped_body {THERE} AND id = $1", id)
    if row is None:
        raise NotFound("There is no such mail.")
    fields = dict(row)
    letter = mail.unwrap(fields.pop("wrapped_body"), id)
    return MailToRead(**fields, text=letter.text, html=letter.html)


def _must_be_there() -> None:
    if not settings.current().has_mailbox:
        raise NotFound("There is nothing at this address.")

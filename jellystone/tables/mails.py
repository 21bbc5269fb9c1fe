"""Mails that wait to be sent."""

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7
from jellystone.tables.people import User


class Mail(Table, tablename="mails", db=DB):
    """Written in the transaction of what it tells. `wrapped_body` can hold a link and so is under the instance's
    secret key, and goes as soon as the mail is sent or given up; in the mailbox it stays for some days.
    `caused_by` is shown what became of it, until `seen_at`. After `expires_at` it is of no use to send it.
    """

    id = UUID(primary_key=True, default=UUID7())
    recipient = Varchar(length=254, default=None, null=False)
    subject = Varchar(length=200, default=None, null=False)
    wrapped_body = Bytea(default=None, null=True, secret=True)
    caused_by = ForeignKey(User, null=True, on_delete=OnDelete.set_null, index=True)
    attempts = Integer(default=0)
    problem = Text(default=None, null=True)
    retry_at = Timestamptz(default=TimestamptzNow())
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None, null=False)
    sent_at = Timestamptz(default=None, null=True)
    given_up_at = Timestamptz(default=None, null=True)
    seen_at = Timestamptz(default=None, null=True)

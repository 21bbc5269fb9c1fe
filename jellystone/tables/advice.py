"""What is not as it should be, since when, and who does not want to hear of it."""

from piccolo.columns import JSONB, UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7
from jellystone.tables.databases import Database
from jellystone.tables.people import User
from jellystone.tables.servers import Server


class Advice(Table, tablename="advice", db=DB):
    """One check's result for a database or (where `database` is null) for a whole server; what is ok has no row.

    `seen` holds the figures that the words are made of; `since` is when it came to this state, `opened_at` when it
    left ok, `mailed_at` when owners were told that they must act.
    """

    id = UUID(primary_key=True, default=UUID7())
    server = ForeignKey(Server, null=False, on_delete=OnDelete.cascade)
    database = ForeignKey(Database, null=True, on_delete=OnDelete.cascade, index=True)
    check = Varchar(length=40, default=None, null=False, db_column_name="check_name")
    state = Varchar(length=10, default=None, null=False)
    seen = JSONB(default="{}")
    opened_at = Timestamptz(default=TimestamptzNow())
    since = Timestamptz(default=TimestamptzNow())
    better_since = Timestamptz(default=None, null=True)
    mailed_at = Timestamptz(default=None, null=True)

    advice_state = Check("state IN ('watch', 'act', 'unknown')")


class MutedAdvice(Table, tablename="muted_advice", db=DB):
    """Somebody wants no mail about this check; an empty name means about none."""

    id = UUID(primary_key=True, default=UUID7())
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    check = Varchar(length=40, default="", db_column_name="check_name")

    muted_advice_user = Unique([user, check])

"""Who did what. Rows are added and never changed."""

from piccolo.columns import JSONB, UUID, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7
from jellystone.tables.people import User
from jellystone.tables.teams import Team


class Event(Table, tablename="events", db=DB):
    """`actor` is a name and stays readable when the account, the token or the object has long gone."""

    id = UUID(primary_key=True, default=UUID7())
    at = Timestamptz(default=TimestamptzNow())
    user = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    actor = Varchar(length=254, default=None, null=False)
    actor_kind = Varchar(length=20, default=None, null=False)
    action = Varchar(length=40, default=None, null=False)
    object_kind = Varchar(length=20, default=None, null=False)
    object = Text(default=None, null=False)
    team = ForeignKey(Team, null=True, on_delete=OnDelete.set_null)
    details = JSONB(default="{}")
    address = Varchar(length=45, default=None, null=True)
    request_id = Varchar(length=64, default=None, null=True)

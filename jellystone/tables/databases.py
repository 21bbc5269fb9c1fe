"""The databases that teams have. The row comes first and goes last: what is on the server follows it."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7
from jellystone.tables.people import User
from jellystone.tables.servers import Server
from jellystone.tables.teams import Team


class Database(Table, tablename="databases", db=DB):
    """`was_absent` is what we saw when we began: only then may an untagged database of that name be taken for ours.

    `limit_applied` is false while the server does not yet know of a changed connection limit, and
    `parameters_applied` while it does not know the defaults for new sessions (names and values as PostgreSQL has them).
    The figures from `size_bytes` to `private_bytes` are those of the last sample; null: not known.
    A query that runs longer than `slow_query_ms` gets into the slow query log.
    """

    id = UUID(primary_key=True, default=UUID7())
    server = ForeignKey(Server, null=False, on_delete=OnDelete.restrict, index=True)
    team = ForeignKey(Team, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(length=63, default=None, null=False)
    description = Text(default="")
    status = Varchar(length=10, default="creating")
    problem = Text(default=None, null=True)
    was_absent = Boolean(default=False)
    attempts = Integer(default=0)
    retry_at = Timestamptz(default=None, null=True)
    connection_limit = Integer(default=None, null=True)
    limit_applied = Boolean(default=True)
    protected = Boolean(default=True)
    encoding = Varchar(length=40, default=None, null=True)
    locale = Varchar(length=80, default=None, null=True)
    locale_provider = Varchar(length=10, default=None, null=True)
    created_by = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(default=TimestamptzNow())
    size_bytes = BigInt(default=None, null=True)
    connections = Integer(default=None, null=True)
    last_query_at = Timestamptz(default=None, null=True)
    last_write_at = Timestamptz(default=None, null=True)
    measured_at = Timestamptz(default=None, null=True)
    active = Integer(default=None, null=True)
    idle_in_transaction = Integer(default=None, null=True)
    waiting = Integer(default=None, null=True)
    private_bytes = BigInt(default=None, null=True)
    slow_query_ms = Integer(default=1000)
    parameters = JSONB(default="{}")
    parameters_applied = Boolean(default=True)

    databases_name = Unique([server, name])
    databases_status = Check("status IN ('creating', 'ready', 'failed', 'deleting')")
    databases_limit = Check("connection_limit >= 0")
    databases_slow = Check("slow_query_ms >= 0")

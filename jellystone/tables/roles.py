"""PostgreSQL roles that can log in, each made for one database."""

from piccolo.columns import UUID, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7
from jellystone.tables.databases import Database
from jellystone.tables.people import User
from jellystone.tables.servers import Server


class Role(Table, tablename="roles", db=DB):
    """Names are the whole server's, hence `server` beside `database`.

    `sealed_password` opens with the team's key only. `pending_verifier` is the SCRAM verifier that the server has
    not got yet, under the instance's secret key: it goes as soon as the server has it, so that a stolen copy of
    this table is no help in guessing. `made` and `…_applied` say what the server has got so far.
    """

    id = UUID(primary_key=True, default=UUID7())
    server = ForeignKey(Server, null=False, on_delete=OnDelete.restrict, index=True)
    database = ForeignKey(Database, null=False, on_delete=OnDelete.cascade, index=True)
    name = Varchar(length=63, default=None, null=False)
    access = Varchar(length=10, default=None, null=False)
    made = Boolean(default=False)
    access_applied = Boolean(default=True)
    attributes_applied = Boolean(default=True)
    status = Varchar(length=10, default="creating")
    problem = Text(default=None, null=True)
    attempts = Integer(default=0)
    retry_at = Timestamptz(default=None, null=True)
    enabled = Boolean(default=True)
    connection_limit = Integer(default=None, null=True)
    valid_until = Timestamptz(default=None, null=True)
    sealed_password = Bytea(default=None, null=True, secret=True)
    pending_verifier = Bytea(default=None, null=True, secret=True)
    end_sessions = Boolean(default=False)
    password_changed_at = Timestamptz(default=None, null=True)
    secret_version = Integer(default=1)
    connections = Integer(default=None, null=True)
    created_by = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    created_at = Timestamptz(default=TimestamptzNow())

    roles_name = Unique([server, name])
    roles_access = Check("access IN ('owner', 'readwrite', 'readonly')")
    roles_status = Check("status IN ('creating', 'ready', 'changing', 'failed', 'deleting')")
    roles_limit = Check("connection_limit >= 0")

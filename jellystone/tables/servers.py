"""The PostgreSQL servers that we manage, and how they were when we last spoke to them."""

from piccolo.columns import JSONB, UUID, BigInt, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7


class Server(Table, tablename="servers", db=DB):
    """`wrapped_url` is our own way in, password included, under the instance's secret key.

    `parameters` are the settings that matter (max_connections, shared_buffers …; bytes and milliseconds as integers).
    `memory_bytes` is the machine's as the server tells it, `memory_given_bytes` what an operator typed in.
    `advised` says for each group of checks when it was last gone through, `session_defaults` what sessions begin with
    unless their database says otherwise, and which parameters that need a right we may set.
    `system_identifier` is what PostgreSQL itself calls its cluster, `tls` the version that our own sessions use ("" for
    none). `changed_at` is when somebody last set anything of it.
    """

    id = UUID(primary_key=True, default=UUID7())
    name = Varchar(length=40, unique=True, default=None, null=False)
    wrapped_url = Bytea(default=None, null=False, secret=True)
    public_host = Varchar(length=255, default=None, null=False)
    public_port = Integer(default=None, null=False)
    public_sslmode = Varchar(length=12, default="prefer")
    version_number = Integer(default=None, null=True)
    version = Varchar(length=80, default=None, null=True)
    started_at = Timestamptz(default=None, null=True)
    connections = Integer(default=None, null=True)
    connections_usable = Integer(default=None, null=True)
    rights = JSONB(default="{}")
    warnings = JSONB(default="[]")
    locales = JSONB(default="{}")
    parameters = JSONB(default="{}")
    memory_bytes = BigInt(default=None, null=True)
    memory_given_bytes = BigInt(default=None, null=True)
    contacted_at = Timestamptz(default=None, null=True)
    problem = Text(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())
    advised = JSONB(default="{}")
    session_defaults = JSONB(default="{}")
    system_identifier = Varchar(length=20, default=None, null=True)
    tls = Varchar(length=20, default=None, null=True)
    changed_at = Timestamptz(default=TimestamptzNow())

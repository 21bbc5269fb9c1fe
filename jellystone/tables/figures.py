"""What was measured, as it went by. The steps of figures lie in partitioned tables that Piccolo cannot describe.

`figures_minute`, `figures_ten_minutes` and `figures_day` hold what happened in a database or on a whole server
(`subject`) in the `seconds` from `at` on; `statements_minute` … the same for each statement, by database and role.
A step in which nothing happened and nobody was connected has no row: the server's own row says that we looked.
"""

from piccolo.columns import UUID, BigInt, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import Table

from jellystone.database import DB
from jellystone.tables.columns import UUID7
from jellystone.tables.databases import Database
from jellystone.tables.servers import Server


class Query(Table, tablename="queries", db=DB):
    """The text of a statement, once for each database, as pg_stat_statements normalised it."""

    id = UUID(primary_key=True, default=UUID7())
    database = ForeignKey(Database, null=False, on_delete=OnDelete.cascade)
    queryid = BigInt(default=None, null=False)
    text = Text(default=None, null=False)
    first_seen_at = Timestamptz(default=TimestamptzNow())

    queries_queryid = Unique([database, queryid])


class SlowRun(Table, tablename="slow_runs", db=DB):
    """One run of a query that took longer than its database's threshold, as seen by looking every ten seconds."""

    id = UUID(primary_key=True, default=UUID7())
    database = ForeignKey(Database, null=False, on_delete=OnDelete.cascade)
    pid = Integer(default=None, null=False)
    backend_start = Timestamptz(default=None, null=False)
    query_start = Timestamptz(default=None, null=False)
    last_seen_at = Timestamptz(default=None, null=False)
    duration_ms = BigInt(default=None, null=False)
    role = Varchar(length=63, default=None, null=True)
    application = Text(default="")
    client = Varchar(length=60, default=None, null=True)
    wait = Varchar(length=80, default=None, null=True)
    queryid = BigInt(default=None, null=True)
    text = Text(default="")

    slow_runs_run = Unique([database, pid, backend_start, query_start])


class Round(Table, tablename="rounds", db=DB):
    """What the collector did and what it cost: one row a round, for a day. `kind`: overview, sizes, statements …"""

    id = UUID(primary_key=True, default=UUID7())
    server = ForeignKey(Server, null=False, on_delete=OnDelete.cascade)
    kind = Varchar(length=20, default=None, null=False)
    at = Timestamptz(default=TimestamptzNow())
    milliseconds = Integer(default=None, null=False)
    rows = Integer(default=None, null=False)
    problem = Text(default=None, null=True)

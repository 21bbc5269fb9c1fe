"""/databases/{server}/{database}/queries and /slow-runs: what a database's queries cost, and which ran long."""

from typing import Annotated, Any, Literal

from litestar import Controller, get
from litestar.di import Provide
from litestar.params import QueryParameter

from jellystone.facts.queries import Queries, Query, QueryHistory, SlowRun, SlowRuns, Sort
from jellystone.routes.databases import LOADED, ThisDatabase
from jellystone.routes.events import Rows, rows_wanted
from jellystone.routes.spans import AskedStretch, which_stretch
from jellystone.services import queries, query_history, slow_runs
from jellystone.services.permissions import Permission
from jellystone.web.answers import Page
from jellystone.web.given import Asking, Search, in_path
from jellystone.web.query_charts import drawings
from jellystone.web.tables import Record

By = Annotated[
    Sort, QueryParameter(description="The most of it first: total time, mean, calls, rows, blocks read, temp blocks.")
]
ByTime = Annotated[Literal["newest", "longest"], QueryParameter(description="Which come first.")]
QueryidInPath = Annotated[str, in_path("A query's id, as PostgreSQL has it.", "-4398726137652718113")]


class QueryRoutes(Controller):
    path = "/databases/{server:str}/{name:str}"
    tags = ["Queries"]
    dependencies = LOADED | {"asked": Provide(which_stretch)}

    @get("/queries", operation_id="listQueries", dependencies={"part": Provide(rows_wanted)})
    async def index(
        self,
        actor: Asking,
        database: ThisDatabase,
        asked: AskedStretch,
        part: Rows,
        q: Search = "",
        sort: By = "total",
    ) -> Record[Queries]:
        """List the queries of a database by what they cost. From samples of pg_stat_statements, taken every minute.

        `problem` says what is missing where there are no samples; the slow query log works without.
        """
        found = await queries.of_database(actor, database, part, asked, sort=sort, matching=q)
        return Record("queries/index.html", row=Query, queries=found, extra={"sort": sort})

    @get("/queries/{queryid:str}", operation_id="getQuery")
    async def show(
        self, actor: Asking, database: ThisDatabase, asked: AskedStretch, queryid: QueryidInPath
    ) -> Page[QueryHistory]:
        """Show one query with its history and who runs it."""
        found = await query_history.of_id(actor, database, queryid, asked)

        async def more() -> dict[str, Any]:
            return {"drawings": drawings(found)}

        return Page("queries/show.html", query=found, later=more)

    @get("/slow-runs", operation_id="listSlowRuns", dependencies={"part": Provide(rows_wanted)})
    async def slow(
        self,
        actor: Asking,
        database: ThisDatabase,
        asked: AskedStretch,
        part: Rows,
        q: Search = "",
        sort: ByTime = "newest",
    ) -> Record[SlowRuns]:
        """List runs that took longer than the database's threshold. As seen every ten seconds: shorter ones are missed.

        The threshold is `slow_query_ms` of the database.
        """
        found = await slow_runs.of_database(actor, database, part, asked, sort=sort, matching=q)

        async def more() -> dict[str, Any]:
            missing = queries.problem(database)
            return {"missing": missing, "may_change": actor.may(Permission.CHANGE_DATABASES, database.team.id)}

        return Record("queries/slow.html", row=SlowRun, runs=found, extra={"sort": sort}, later=more)

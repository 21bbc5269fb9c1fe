"""/databases/{server}/{database}/connections: who is connected at this moment, and how to stop them."""

from typing import Annotated, Any, Literal

from litestar import Controller, delete, get, post
from litestar.params import QueryParameter

from jellystone.facts.backends import Backend, Backends, BackendSort
from jellystone.routes.databases import LOADED, ThisDatabase
from jellystone.services import backends
from jellystone.services.permissions import Permission
from jellystone.web.answers import Deleted, Form, Page
from jellystone.web.given import Asking, Part, Search, in_path
from jellystone.web.words import count

By = Annotated[BackendSort, QueryParameter(description="`since`: those that wait or work first, the oldest first.")]
OnlyIdle = Annotated[
    Literal["idle"],
    QueryParameter(name="state", description="Those that do nothing, and are in no transaction."),
]
IdInPath = Annotated[str, in_path("A connection's id, as the list has it.", "41231-1779874200123456")]


class BackendRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/connections"
    tags = ["Connections"]
    dependencies = LOADED
    opt = {"on_server": True}

    @get("/", operation_id="listConnections")
    async def index(
        self, actor: Asking, database: ThisDatabase, part: Part, q: Search = "", sort: By = "since"
    ) -> Page[Backends]:
        """List who is connected to a database at this moment. The server itself is asked; we ourselves are left out."""
        found = await backends.of_database(actor, database, part, sort=sort, matching=q)
        return Page("backends/index.html", backends=found, extra={"sort": sort, **_may(actor, database)})

    @delete("/", operation_id="endIdleConnections")
    async def destroy_idle(self, actor: Asking, database: ThisDatabase, only: OnlyIdle) -> Deleted[None]:
        """End all connections that are idle. Programs with a pool open new ones when they need them."""
        ended = await backends.end_idle(actor, database)
        return _gone(database, f"{count(ended, 'idle connection')} ended.")

    @get("/removal", include_in_schema=False)
    async def removal(self, actor: Asking, database: ThisDatabase, part: Part) -> Form:
        actor.must(Permission.END_SESSIONS, database.team.id)
        return Form("backends/removal.html", backends=await backends.of_database(actor, database, part))

    @get("/{id:str}", operation_id="getConnection")
    async def show(self, actor: Asking, database: ThisDatabase, id: IdInPath) -> Page[Backend]:
        """Show one connection."""
        return Page(
            "backends/show.html", backend=await backends.of_key(actor, database, id), extra=_may(actor, database)
        )

    @post("/{id:str}/cancellation", operation_id="cancelQuery", status_code=204)
    async def cancel(self, actor: Asking, database: ThisDatabase, id: IdInPath) -> Deleted[None]:
        """Cancel what a connection is running. Its client gets the error 57014 and stays connected."""
        await backends.cancel(actor, database, id)
        return _gone(database, "Its query is cancelled.")

    @delete("/{id:str}", operation_id="endConnection")
    async def destroy(self, actor: Asking, database: ThisDatabase, id: IdInPath) -> Deleted[None]:
        """End a connection. Its client gets the error 57P01; what was not committed is rolled back."""
        await backends.end(actor, database, id)
        return _gone(database, "The connection is ended.")


def _may(actor: Asking, database: ThisDatabase) -> dict[str, Any]:
    return {"may_end": actor.may(Permission.END_SESSIONS, database.team.id)}


def _gone(database: ThisDatabase, notice: str) -> Deleted[None]:
    answer: Deleted[None] = Deleted(at=f"/databases/{database.id}/connections", notice=notice)
    answer.status_code = 204
    return answer

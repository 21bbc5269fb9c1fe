"""/databases/{server}/{database}/parameters: what its new sessions begin with."""

from typing import Any

from litestar import Controller, get, patch, put
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from jellystone.facts.parameters import (
    LogFrom,
    Milliseconds,
    Parameters,
    ParameterValues,
    SearchPath,
    TempLimit,
    TimeZone,
    WorkMem,
)
from jellystone.routes.databases import LOADED, ThisDatabase
from jellystone.services import databases, parameters
from jellystone.services.found import Found
from jellystone.web.answers import Page, Updated
from jellystone.web.given import Asking, Sent
from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import Entries
from jellystone.web.parameters import said

NOTICE = "Saved. Sessions that begin from now on have it."


class ChangesOfParameters(Struct, kw_only=True):
    """null: back to the server's own."""

    statement_timeout_ms: Milliseconds | UnsetType | None = UNSET
    lock_timeout_ms: Milliseconds | UnsetType | None = UNSET
    idle_in_transaction_session_timeout_ms: Milliseconds | UnsetType | None = UNSET
    idle_session_timeout_ms: Milliseconds | UnsetType | None = UNSET
    transaction_timeout_ms: Milliseconds | UnsetType | None = UNSET
    work_mem_bytes: WorkMem | UnsetType | None = UNSET
    timezone: TimeZone | UnsetType | None = UNSET
    search_path: SearchPath | UnsetType | None = UNSET
    log_min_duration_statement_ms: LogFrom | UnsetType | None = UNSET
    temp_file_limit_bytes: TempLimit | UnsetType | None = UNSET


async def about_parameters(request: AnyRequest) -> dict[str, Any]:
    actor, at = request.user, request.path_params
    found = await databases.find(actor, at["server"], at["name"])
    return around(found, await parameters.show(actor, found))


def around(database: Found, now: Parameters) -> dict[str, Any]:
    """`own`: the server's values in words, `here`: those of the database."""
    return {"database": database, "parameters": now, "own": said(now.server), "here": said(now)}


class ParameterRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/parameters"
    tags = ["Databases"]
    dependencies = LOADED
    opt = {"on_server": True}

    @get("/", operation_id="getParameters")
    async def show(self, actor: Asking, database: ThisDatabase) -> Page[Parameters]:
        """Show what new sessions of a database begin with. Defaults, not limits: a session may set its own."""
        found = await parameters.show(actor, database)
        entries = Entries(asdict(found))
        return Page("parameters/show.html", parameters=found, extra=around(database, found) | {"entries": entries})

    @patch("/", operation_id="updateParameters", form="parameters/show.html", form_context=about_parameters)
    async def update(
        self, actor: Asking, database: ThisDatabase, data: Sent[ChangesOfParameters]
    ) -> Updated[Parameters]:
        """Change some of them. It takes effect for sessions that begin afterwards."""
        given = {name: value for name, value in asdict(data).items() if value is not UNSET}
        return Updated(
            await parameters.change(actor, database, given), at=f"/databases/{database.id}/parameters", notice=NOTICE
        )

    @put("/", operation_id="putParameters", status_code=200)
    async def bring(self, actor: Asking, database: ThisDatabase, data: Sent[ParameterValues]) -> Updated[Parameters]:
        """Set all that you may set. What is left out goes back to the server's own."""
        now = await parameters.show(actor, database)
        given = {name: value for name, value in asdict(data).items() if value is not None or name in now.settable}
        return Updated(
            await parameters.change(actor, database, given), at=f"/databases/{database.id}/parameters", notice=NOTICE
        )

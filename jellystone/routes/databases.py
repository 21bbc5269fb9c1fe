"""/databases: the databases of your teams."""

from typing import Annotated, Any

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec
from msgspec import UNSET
from msgspec.structs import asdict

from jellystone.errors import Invalid, NotFound
from jellystone.facts.databases import CreatedDatabase, Database, Databases
from jellystone.routes.database_bodies import ChangesOfDatabase, NewDatabase, WantedDatabase
from jellystone.routes.narrowing import NARROWED, Narrowed, around
from jellystone.services import (
    advice,
    catalog,
    databases,
    events,
    role_catalog,
    roles,
    servers,
    statistics,
    teams,
)
from jellystone.services.found import Found
from jellystone.services.lists import ALL
from jellystone.services.permissions import Permission
from jellystone.services.versions import ALWAYS, Condition
from jellystone.web.answers import Answer, Created, Deleted, Form, Page, Revealed, Updated
from jellystone.web.given import Asking, Part, Sent, Unless, in_path, must_agree
from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import share

ServerInPath = Annotated[str, in_path("A server's name.", "main")]
NameInPath = Annotated[str, in_path("A database's name.", "orders")]


async def load_database(request: AnyRequest, actor: Asking, server: ServerInPath, name: NameInPath) -> Found:
    return share(request, found=await databases.find(actor, server, name))  # type: ignore[no-any-return]


ThisDatabase = NamedDependency[Found]
LOADED = {"database": Provide(load_database)}
MADE = {201: ResponseSpec(Database)}


async def choices(request: AnyRequest) -> dict[str, Any]:
    actor = request.user
    mine = [team for team in (await teams.visible_to(actor, ALL)).items if team.rank or not actor.operator]
    return {
        "teams": mine,
        "servers": (await servers.visible_to(actor, ALL)).items,
        "locales": await servers.what_can_be_chosen(actor),
    }


async def about_database(request: AnyRequest) -> dict[str, Any]:
    found = await databases.find(request.user, request.path_params["server"], request.path_params["name"])
    return {"database": await catalog.show(request.user, found)}


class DatabaseRoutes(Controller):
    path = "/databases"
    tags = ["Databases"]
    opt = {"on_server": True}

    @get("/", operation_id="listDatabases", dependencies=NARROWED)
    async def index(self, actor: Asking, part: Part, narrowed: Narrowed) -> Page[Databases]:
        """List the databases that you may see. In the order of their names, with figures as last measured."""
        found = await catalog.visible_to(actor, part, **narrowed)
        return Page("databases/index.html", databases=found, later=lambda: around(actor, found))

    @get("/new", include_in_schema=False)
    async def new(self, request: AnyRequest) -> Form:
        chosen = {"owner_role": True, "protected": True}
        chosen |= {name: request.query_params[name] for name in ("team", "server") if name in request.query_params}
        return Form("databases/new.html", values=chosen, **await choices(request))

    @post("/", operation_id="createDatabase", form="databases/new.html", form_context=choices)
    async def create(self, actor: Asking, data: Sent[NewDatabase]) -> Answer[CreatedDatabase]:
        """Create a database for a team. With `owner_role` it comes with the role that owns what is in it."""
        team = await teams.own(actor, data.team)
        try:
            server = await servers.by_name(data.server)
        except NotFound as error:
            raise Invalid(server=str(error)) from None
        wanted = roles.Wish(name=data.name, access="owner") if data.owner_role else None
        database, owner = await databases.create(actor, team, server, data.wish, owner=wanted)
        made = CreatedDatabase(**asdict(await catalog.show(actor, database)), owner=owner)
        at = f"/databases/{database.id}"
        if owner is None:
            return Created(made, at=at, notice=f"{database.row.name} is ready. Give it a role to connect with.")
        return RevealedOwner(made, at=at)

    @get("/{server:str}/{name:str}", operation_id="getDatabase", dependencies=LOADED)
    async def show(self, actor: Asking, database: ThisDatabase) -> Page[Database]:
        """Show a database."""
        return await page(actor, database)

    @put("/{server:str}/{name:str}", operation_id="putDatabase", responses=MADE)
    async def bring(
        self, actor: Asking, server: ServerInPath, name: NameInPath, data: Sent[WantedDatabase], condition: Unless
    ) -> Created[Database]:
        """Create a database or bring it to this state. Safe to repeat; what is left out returns to its default.

        Only `slow_query_ms` stays as it is where it is left out.
        """
        must_agree(name=(data.name, name), server=(data.server, server))
        given = {field: value for field, value in asdict(data).items() if field not in ("name", "server", "team")}
        wish = databases.Wish(name=name, **given)
        database, created = await databases.bring(actor, server, wish, team=data.team, condition=condition)
        return Created(await catalog.show(actor, database), at=f"/databases/{database.id}", created=created)

    @get("/{server:str}/{name:str}/edit", dependencies=LOADED, include_in_schema=False)
    async def edit(self, actor: Asking, database: ThisDatabase) -> Form:
        actor.must(Permission.CHANGE_DATABASES, database.team.id)
        shown = await catalog.show(actor, database)
        return Form("databases/edit.html", values=asdict(shown), database=shown)

    @patch(
        "/{server:str}/{name:str}",
        operation_id="updateDatabase",
        dependencies=LOADED,
        form="databases/edit.html",
        form_context=about_database,
    )
    async def update(
        self, actor: Asking, database: ThisDatabase, data: Sent[ChangesOfDatabase], condition: Unless
    ) -> Updated[Database]:
        """Change a database. What is left out stays as it is."""
        must_agree(
            name=(data.name, database.row.name),
            server=(data.server, database.server.name),
            team=(data.team, database.team.slug),
        )
        given = {
            name: getattr(data, name) for name in ("description", "connection_limit", "protected", "slow_query_ms")
        }
        given = {name: value for name, value in given.items() if value is not UNSET}
        await databases.change(actor, database, condition=condition, **given)
        return Updated(await catalog.show(actor, database), at=f"/databases/{database.id}", notice="Saved.")

    @delete("/{server:str}/{name:str}", operation_id="deleteDatabase", dependencies=LOADED)
    async def destroy(self, actor: Asking, database: ThisDatabase, condition: Unless) -> Deleted[None]:
        """Delete a database with its roles. It must not be protected; its sessions are ended."""
        return await gone(actor, database, condition)


async def page(actor: Asking, database: ThisDatabase) -> Page[Database]:
    async def more() -> dict[str, Any]:
        return {
            "roles": (await role_catalog.of_database(actor, database, ALL)).items,
            "team": await teams.show(actor, database.team),
            "events": await events.of_object(actor, database.team.id, database.id),
            "may": actor.permissions(database.team.id),
            "advised": (await advice.of_database(actor, database)).items,
            "statistics": await statistics.of_database(actor, database, span="day"),
        }

    return Page("databases/show.html", database=await catalog.show(actor, database), later=more)


async def gone(actor: Asking, database: ThisDatabase, condition: Condition = ALWAYS) -> Deleted[None]:
    """Delete it, and lead people to its team."""
    await databases.delete(actor, database, condition=condition)
    answer: Deleted[None] = Deleted(at=f"/teams/{database.team.slug}", notice=f"{database.row.name} is deleted.")
    answer.status_code = 204
    return answer


class RevealedOwner(Revealed[CreatedDatabase]):
    """To a program the new database with its owner; to a person the page of the owner's password."""

    def __init__(self, made: CreatedDatabase, *, at: str) -> None:
        notice = f"{made.name} is ready. This is the password of its owner."
        super().__init__("roles/password.html", database=made, at=at, notice=notice, extra={"role": made.owner})

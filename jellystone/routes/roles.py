"""/databases/{server}/{database}/roles: PostgreSQL users, and their passwords."""

from typing import Annotated, Any

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.openapi import ResponseSpec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from jellystone.facts.lists import Listing
from jellystone.facts.roles import Access, Role, RoleWithPassword
from jellystone.facts.wishes import ConnectionLimit, RoleName, Until
from jellystone.routes.databases import ThisDatabase, about_database, load_database
from jellystone.services import catalog, databases, events, role_catalog, role_passwords, roles
from jellystone.services.found import FoundRole
from jellystone.services.permissions import Permission, Scope
from jellystone.web.answers import Created, Deleted, Form, Page, Revealed, Updated
from jellystone.web.given import AsAddressed, Asking, Part, Search, Sent, Unless, in_path, must_agree
from jellystone.web.negotiation import AnyRequest

Password = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=500,
        description="Left out: one of 32 letters and digits is made.",
        extra={"error": "Use 8 to 500 characters, or leave it empty to have one made."},
    ),
]
RoleInPath = Annotated[str, in_path("A role's name.", "orders_app")]


class NewRole(Struct, kw_only=True):
    name: RoleName
    access: Access = "readwrite"
    password: Password | None = None
    connection_limit: ConnectionLimit | None = None
    valid_until: Until | None = None


class WantedRole(Struct, kw_only=True):
    """What it shall be: made if it is not there, else changed where it differs."""

    name: AsAddressed = None
    access: Access
    connection_limit: ConnectionLimit | None = None
    valid_until: Until | None = None
    enabled: bool = True


class ChangesOfRole(Struct, kw_only=True):
    name: AsAddressed = None
    access: Access | UnsetType = UNSET
    connection_limit: ConnectionLimit | UnsetType | None = UNSET
    valid_until: Until | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET


class WantedPassword(Struct, kw_only=True):
    password: Password | None = None
    end_sessions: Annotated[bool, Meta(description="End the role's open sessions, too.")] = False
    secret_version: Annotated[
        Annotated[int, Meta(ge=1, le=2_147_483_647)] | None,
        Meta(description="The present one; where another change was quicker, nothing is done.", examples=[3]),
    ] = None


class NewRoleRemoval(Struct, kw_only=True):
    name: Annotated[str, Meta(max_length=63)] = ""


async def load_role(actor: Asking, database: ThisDatabase, role_name: RoleInPath) -> FoundRole:
    return await roles.find(actor, database, role_name)


async def about_role(request: AnyRequest) -> dict[str, Any]:
    at = request.path_params
    database = await databases.find(request.user, at["server"], at["name"])
    role = await roles.find(request.user, database, at["role_name"])
    return {
        "role": await role_catalog.show(request.user, role),
        "database": await catalog.show(request.user, database),
    }


ThisRole = NamedDependency[FoundRole]
LOADED = {"role": Provide(load_role)}
MADE = {200: ResponseSpec(Role), 201: ResponseSpec(RoleWithPassword)}


class RoleRoutes(Controller):
    path = "/databases/{server:str}/{name:str}/roles"
    tags = ["Roles"]
    opt = {"on_server": True}
    dependencies = {"database": Provide(load_database)}

    @get("/", operation_id="listRoles")
    async def index(self, actor: Asking, database: ThisDatabase, part: Part, q: Search = "") -> Page[Listing[Role]]:
        """List a database's roles. Their passwords are in no list."""
        found = await role_catalog.of_database(actor, database, part, matching=q)

        async def more() -> dict[str, Any]:
            shown = await catalog.show(actor, database)
            return {"database": shown, "may": actor.permissions(database.team.id)}

        return Page("roles/index.html", roles=found, later=more)

    @get("/new", include_in_schema=False)
    async def new(self, actor: Asking, database: ThisDatabase, request: AnyRequest) -> Form:
        actor.must(Permission.CHANGE_ROLES, database.team.id)
        return Form("roles/new.html", values={"access": "readwrite"}, **await about_database(request))

    @post("/", operation_id="createRole", form="roles/new.html", form_context=about_database)
    async def create(self, actor: Asking, database: ThisDatabase, data: Sent[NewRole]) -> Revealed[RoleWithPassword]:
        """Create a role that can log in. Its password is in this answer; later only `GET …/password` shows it."""
        role = await roles.create(actor, database, roles.Wish(**asdict(data)))
        at = f"/databases/{database.id}/roles/{role.name}"
        extra = {"database": await catalog.show(actor, database)}
        return Revealed("roles/password.html", role=role, at=at, extra=extra, notice=f"{role.name} is ready.")

    @get("/{role_name:str}", operation_id="getRole", dependencies=LOADED)
    async def show(self, actor: Asking, role: ThisRole) -> Page[Role]:
        """Show a role. Its password is at an address of its own."""

        async def more() -> dict[str, Any]:
            return {
                "database": await catalog.show(actor, role.database),
                "events": await events.of_object(actor, role.database.team.id, role.id),
                "may": actor.permissions(role.database.team.id),
            }

        return Page("roles/show.html", role=await role_catalog.show(actor, role), later=more)

    @put("/{role_name:str}", operation_id="putRole", responses=MADE)
    async def bring(
        self, actor: Asking, database: ThisDatabase, role_name: RoleInPath, data: Sent[WantedRole], condition: Unless
    ) -> Created[Role | RoleWithPassword]:
        """Create a role or bring it to this state. Safe to repeat; the password is in the answer if it was created."""
        must_agree(name=(data.name, role_name))
        wish = roles.Wish(**asdict(data) | {"name": role_name})
        role, created = await roles.bring(actor, database, wish, condition=condition)
        return Created(role, at=f"/databases/{database.id}/roles/{role.name}", created=created)

    @get("/{role_name:str}/edit", dependencies=LOADED, include_in_schema=False)
    async def edit(self, actor: Asking, role: ThisRole, request: AnyRequest) -> Form:
        actor.must(Permission.CHANGE_ROLES, role.database.team.id)
        return Form("roles/edit.html", values=asdict(await role_catalog.show(actor, role)), **await about_role(request))

    @patch(
        "/{role_name:str}",
        operation_id="updateRole",
        dependencies=LOADED,
        form="roles/edit.html",
        form_context=about_role,
    )
    async def update(
        self, actor: Asking, role: ThisRole, data: Sent[ChangesOfRole], condition: Unless
    ) -> Updated[Role]:
        """Change a role. What is left out stays; another access, or disabling, ends the role's sessions."""
        must_agree(name=(data.name, role.row.name))
        given = {field: value for field, value in asdict(data).items() if field != "name" and value is not UNSET}
        await roles.change(actor, role, condition=condition, **given)
        return Updated(
            await role_catalog.show(actor, role),
            at=f"/databases/{role.database.id}/roles/{role.row.name}",
            notice="Saved.",
        )

    @get("/{role_name:str}/removal", dependencies=LOADED, include_in_schema=False)
    async def removal(self, actor: Asking, role: ThisRole, request: AnyRequest) -> Form:
        actor.must(Permission.CHANGE_ROLES, role.database.team.id)
        return Form("roles/removal.html", **await about_role(request))

    @delete("/{role_name:str}", operation_id="deleteRole", dependencies=LOADED)
    async def destroy(self, actor: Asking, role: ThisRole, condition: Unless) -> Deleted[None]:
        """Delete a role. What it made stays, and belongs to the database's owners."""
        await roles.delete(actor, role, condition=condition)
        return Deleted(at=f"/databases/{role.database.id}", notice=f"{role.row.name} is deleted.")

    @get("/{role_name:str}/password", operation_id="revealRolePassword", scope=Scope.SECRETS, dependencies=LOADED)
    async def reveal(self, actor: Asking, role: ThisRole, request: AnyRequest) -> Revealed[RoleWithPassword]:
        """Reveal a role's password. It is recorded who did; a token needs the scope `secrets`."""
        extra = {"database": await catalog.show(actor, role.database)}
        return Revealed("roles/password.html", role=await role_passwords.reveal(actor, role), extra=extra)

    @get("/{role_name:str}/password/edit", dependencies=LOADED, include_in_schema=False)
    async def edit_password(self, actor: Asking, role: ThisRole, request: AnyRequest) -> Form:
        actor.must(Permission.CHANGE_ROLES, role.database.team.id)
        return Form("roles/password_edit.html", **await about_role(request))

    @put(
        "/{role_name:str}/password",
        operation_id="changeRolePassword",
        dependencies=LOADED,
        form="roles/password_edit.html",
        form_context=about_role,
    )
    async def change_password(
        self, actor: Asking, role: ThisRole, data: Sent[WantedPassword]
    ) -> Revealed[RoleWithPassword]:
        """Change a role's password. Give one, or `{}` to have one made; it is in this answer."""
        changed = await role_passwords.change(
            actor, role, password=data.password, end_sessions=data.end_sessions, after=data.secret_version
        )
        extra = {"database": await catalog.show(actor, role.database)}
        notice = "The password is changed. The old one no longer works."
        return Revealed("roles/password.html", role=changed, extra=extra, notice=notice)

"""A database's roles and their passwords. Their id is `server/database/role`."""

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, at, given, in_database, in_role, listed, sent
from jellystone.facts.lists import Listing
from jellystone.facts.roles import Access, Role, RoleWithPassword

ROLE = as_(Role)
WITH_PASSWORD = as_(RoleWithPassword)
LISTED = as_(Listing[Role])


def role_with_or_without(content: bytes) -> Role | RoleWithPassword:
    """The answer to PUT: with its password where the role is new."""
    carries = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    return WITH_PASSWORD(content) if "password" in carries else ROLE(content)


class Roles(Noun[Way]):
    @listed
    def list(self, database: str, *, q: str = "", per_page: int = 200) -> Call[Listing[Role]]:
        return Call("GET", in_database(database) + "/roles", LISTED, query={"q": q, "per_page": per_page})

    @sent
    def get(self, id: str) -> Call[Role]:
        return Call("GET", in_role(id), ROLE)

    @sent
    def create(
        self,
        database: str,
        name: str,
        *,
        access: Access | UnsetType = UNSET,
        password: str | UnsetType | None = UNSET,
        connection_limit: int | UnsetType | None = UNSET,
        valid_until: datetime | UnsetType | None = UNSET,
    ) -> Call[RoleWithPassword]:
        """Without `password` one is made. `database` is an id, such as `main/orders`."""
        body = given(
            name=name, access=access, password=password, connection_limit=connection_limit, valid_until=valid_until
        )
        return Call("POST", in_database(database) + "/roles", WITH_PASSWORD, body)

    @sent
    def put(
        self,
        id: str,
        *,
        access: Access,
        connection_limit: int | UnsetType | None = UNSET,
        valid_until: datetime | UnsetType | None = UNSET,
        enabled: bool | UnsetType = UNSET,
    ) -> Call[Role | RoleWithPassword]:
        """Make it, or bring it to this state: what is left out returns to its default.

        A new one carries its password; not where the first answer was lost and another attempt found it made.
        """
        body = given(access=access, connection_limit=connection_limit, valid_until=valid_until, enabled=enabled)
        return Call("PUT", in_role(id), role_with_or_without, body)

    @sent
    def update(
        self,
        id: str,
        *,
        access: Access | UnsetType = UNSET,
        connection_limit: int | UnsetType | None = UNSET,
        valid_until: datetime | UnsetType | None = UNSET,
        enabled: bool | UnsetType = UNSET,
    ) -> Call[Role]:
        """What is left out stays."""
        body = given(access=access, connection_limit=connection_limit, valid_until=valid_until, enabled=enabled)
        return Call("PATCH", in_role(id), ROLE, body, repeatable=False)

    @sent
    def delete(self, id: str) -> Call[None]:
        """What it made stays, and belongs to the database's owners."""
        return Call("DELETE", in_role(id), as_nothing)

    @sent
    def reveal(self, id: str) -> Call[RoleWithPassword]:
        """Its password. It is recorded who asked; a token needs the scope `secrets`."""
        return Call("GET", in_role(id) + at("password"), WITH_PASSWORD)

    @sent
    def change_password(
        self,
        id: str,
        *,
        password: str | UnsetType | None = UNSET,
        end_sessions: bool | UnsetType = UNSET,
        secret_version: int | UnsetType | None = UNSET,
    ) -> Call[RoleWithPassword]:
        """Without `password` one is made. `secret_version` is the present one: a `Conflict` if another was quicker.

        Where the answer is lost it is repeated only if that ends the same.
        """
        body = given(password=password, end_sessions=end_sessions, secret_version=secret_version)
        same = isinstance(password, str) and secret_version in (UNSET, None)
        return Call("PUT", in_role(id) + at("password"), WITH_PASSWORD, body, repeatable=same)

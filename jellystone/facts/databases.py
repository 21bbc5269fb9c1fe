"""A database of a team. Unknown is null, never 0."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from jellystone.facts.roles import Role, RoleWithPassword


class Connection(Struct, kw_only=True):
    """Where clients connect: the server's public address, not the one that we use."""

    host: Annotated[str, Meta(examples=["db.park.example"])]
    port: Annotated[int, Meta(examples=[5432])]
    database: Annotated[str, Meta(examples=["orders"])]
    sslmode: Annotated[str, Meta(examples=["require"])]


class Database(Struct, kw_only=True):
    id: Annotated[str, Meta(examples=["main/orders"])]
    server: Annotated[str, Meta(examples=["main"])]
    name: Annotated[str, Meta(examples=["orders"])]
    team: Annotated[str, Meta(description="The team's slug.", examples=["rangers"])]
    description: str
    status: Annotated[str, Meta(description="creating, ready, failed or deleting", examples=["ready"])]
    problem: Annotated[str | None, Meta(description="What went wrong, in words; null while all is well.")]
    connection: Connection
    connection_limit: Annotated[int | None, Meta(description="null: no limit of its own")]
    protected: Annotated[bool, Meta(description="It cannot be deleted while this is true.")]
    encoding: Annotated[str | None, Meta(examples=["UTF8"])]
    locale: Annotated[str | None, Meta(examples=["C.UTF-8"])]
    roles: Annotated[int, Meta(description="How many roles it has.")]
    created_at: datetime
    size_bytes: int | None
    connections: int | None
    last_query_at: datetime | None
    last_write_at: datetime | None
    measured_at: datetime | None


class CreatedDatabase(Database, kw_only=True):
    """Also carries the role that was made with it, if one was asked for; its password stands in no later answer."""

    owner: RoleWithPassword | None


class DatabaseAndRoles(Struct, kw_only=True):
    """What a team's page shows at a glance."""

    database: Database
    roles: list[Role]

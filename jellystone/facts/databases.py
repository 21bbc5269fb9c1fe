"""A database of a team. Unknown is null, never 0."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from jellystone.facts.advice import AdviceCount
from jellystone.facts.lists import Listing
from jellystone.facts.moments import Moment
from jellystone.facts.roles import Role, RoleWithPassword

Sort = Literal["name", "team", "server", "state", "size", "connections", "last_query", "last_write"]
Order = Literal["asc", "desc"]
Status = Literal["creating", "ready", "failed", "deleting"]


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
    description: Annotated[str, Meta(examples=["Orders of the web shop"])]
    status: Annotated[Status, Meta(examples=["ready"])]
    problem: Annotated[str | None, Meta(description="What went wrong, in words; null while all is well.")]
    connection: Connection
    connection_limit: Annotated[int | None, Meta(description="null: no limit of its own")]
    protected: Annotated[bool, Meta(description="It cannot be deleted while this is true.")]
    slow_query_ms: Annotated[int, Meta(description="Runs that take longer are in the slow query log.", examples=[1000])]
    encoding: Annotated[str | None, Meta(examples=["UTF8"])]
    locale: Annotated[str | None, Meta(examples=["C.UTF-8"])]
    roles: Annotated[int, Meta(description="How many roles it has.")]
    created_at: Moment
    size_bytes: Annotated[int | None, Meta(examples=[8_214_051])]
    connections: Annotated[int | None, Meta(description="Open at the last measuring.", examples=[3])]
    last_query_at: Moment | None
    last_write_at: Moment | None
    measured_at: Annotated[Moment | None, Meta(description="When these figures were taken; null: not yet.")]
    advice: AdviceCount = field(default_factory=AdviceCount)


class Databases(Listing[Database], kw_only=True):
    """Totals are those of all pages, as far as they are known."""

    total_size_bytes: Annotated[int | None, Meta(examples=[41_070_255])]
    total_connections: Annotated[int | None, Meta(examples=[12])]


class CreatedDatabase(Database, kw_only=True):
    """Also carries the role that was made with it, if one was asked for; its password stands in no later answer."""

    owner: RoleWithPassword | None


class DatabaseAndRoles(Struct, kw_only=True):
    """What a team's page shows at a glance."""

    database: Database
    roles: list[Role]

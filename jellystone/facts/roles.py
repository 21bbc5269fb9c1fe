"""A PostgreSQL role that can log in, made for one database."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment

Access = Literal["owner", "readwrite", "readonly"]
Status = Literal["creating", "ready", "changing", "failed", "deleting"]


class Role(Struct, kw_only=True):
    id: Annotated[str, Meta(examples=["main/orders/orders_app"])]
    name: Annotated[str, Meta(examples=["orders_app"])]
    server: Annotated[str, Meta(examples=["main"])]
    database: Annotated[str, Meta(examples=["orders"])]
    access: Annotated[Access, Meta(examples=["readwrite"])]
    status: Annotated[Status, Meta(examples=["ready"])]
    problem: Annotated[str | None, Meta(description="What went wrong, in words; null while all is well.")]
    enabled: Annotated[bool, Meta(description="false: it may not log in")]
    connection_limit: Annotated[int | None, Meta(description="null: no limit of its own")]
    valid_until: Annotated[Moment | None, Meta(description="When its password stops working; null: never")]
    readable: Annotated[bool, Meta(description="false: no password is kept for it; change it to store a new one")]
    password_changed_at: Moment | None
    secret_version: Annotated[int, Meta(description="Grows by one with every change of the password.")]
    connections: Annotated[int | None, Meta(description="Open at the last measuring.", examples=[3])]
    created_at: Moment


class RoleWithPassword(Role, kw_only=True):
    """The answer to create, to change password and to reveal; no other shows a password."""

    password: Annotated[str, Meta(examples=["7mJx…"])]
    uri: Annotated[str, Meta(examples=["postgresql://orders_app:…@db.park.example:5432/orders?sslmode=require"])]
    formats: Annotated[
        dict[str, str],
        Meta(
            description="For other programs: uri, psql, env, pgpass, jdbc, dotnet, django, sqlalchemy, kubernetes",
            examples=[{"pgpass": "db.park.example:5432:orders:orders_app:7mJx…"}],
        ),
    ]

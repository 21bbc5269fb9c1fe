"""A PostgreSQL role that can log in, made for one database."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct


class Role(Struct, kw_only=True):
    id: Annotated[str, Meta(examples=["main/orders/orders_app"])]
    name: Annotated[str, Meta(examples=["orders_app"])]
    server: Annotated[str, Meta(examples=["main"])]
    database: Annotated[str, Meta(examples=["orders"])]
    access: Annotated[str, Meta(description="owner, readwrite or readonly", examples=["readwrite"])]
    status: Annotated[str, Meta(description="creating, ready, changing, failed or deleting", examples=["ready"])]
    problem: str | None
    enabled: Annotated[bool, Meta(description="false: it may not log in")]
    connection_limit: Annotated[int | None, Meta(description="null: no limit of its own")]
    valid_until: Annotated[datetime | None, Meta(description="When its password stops working; null: never")]
    readable: Annotated[bool, Meta(description="false: no password is kept for it; change it to store a new one")]
    password_changed_at: datetime | None
    secret_version: Annotated[int, Meta(description="Grows by one with every change of the password.")]
    connections: int | None
    created_at: datetime


class RoleWithPassword(Role, kw_only=True):
    """The answer to create, to change password and to reveal; no other shows a password."""

    password: str
    uri: Annotated[str, Meta(examples=["postgresql://orders_app:…@db.park.example:5432/orders?sslmode=require"])]
    formats: Annotated[
        dict[str, str],
        Meta(description="For other programs: uri, psql, env, pgpass, jdbc, dotnet, django, sqlalchemy, kubernetes"),
    ]

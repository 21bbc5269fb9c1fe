"""Who did what, to what, when and from where. Never a secret."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct


class Event(Struct, kw_only=True):
    id: UUID
    at: datetime
    actor: Annotated[str, Meta(description="A person's e-mail, or a token's name.", examples=["yogi@park.example"])]
    actor_kind: Annotated[str, Meta(description="person, personal token, team token or system")]
    action: Annotated[str, Meta(examples=["created"])]
    object_kind: Annotated[str, Meta(examples=["database"])]
    object: Annotated[str, Meta(examples=["main/orders"])]
    team: str | None
    details: dict[str, str | int | bool | None]
    address: str | None
    request_id: str | None

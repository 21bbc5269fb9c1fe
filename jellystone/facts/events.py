"""Who did what, to what, when and from where. Never a secret."""

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment

Kind = Literal["person", "personal token", "team token", "system"]


class Event(Struct, kw_only=True):
    id: UUID
    at: Moment
    actor: Annotated[str, Meta(description="A person's e-mail, or a token's name.", examples=["yogi@park.example"])]
    actor_kind: Annotated[Kind, Meta(examples=["person"])]
    action: Annotated[str, Meta(examples=["created"])]
    object_kind: Annotated[str, Meta(examples=["database"])]
    object: Annotated[str, Meta(examples=["main/orders"])]
    team: Annotated[str | None, Meta(description="The team's slug.", examples=["rangers"])]
    details: Annotated[dict[str, str | int | bool | None], Meta(examples=[{"protected": False}])]
    address: Annotated[str | None, Meta(description="Where it came from.", examples=["203.0.113.7"])]
    request_id: Annotated[str | None, Meta(examples=["0196f0c2d4e87f3a9b1c2d3e4f5a6b7c"])]

"""A managed PostgreSQL server, as last seen: nothing here needs a connection to it."""

from typing import Annotated

from msgspec import Meta, Struct, field

from jellystone.facts.advice import AdviceCount
from jellystone.facts.moments import Moment


class Server(Struct, kw_only=True):
    id: Annotated[str, Meta(examples=["main"])]
    name: Annotated[str, Meta(examples=["main"])]
    host: Annotated[str, Meta(description="As clients reach it.", examples=["db.park.example"])]
    port: Annotated[int, Meta(examples=[5432])]
    version: Annotated[str | None, Meta(examples=["18.6"])]
    started_at: Moment | None
    connections: Annotated[int | None, Meta(description="In use at the last contact.", examples=[12])]
    connections_usable: Annotated[int | None, Meta(description="What ordinary roles may use in all.", examples=[97])]
    rights: Annotated[
        dict[str, bool], Meta(description="What our own role may do there.", examples=[{"create databases": True}])
    ]
    warnings: Annotated[list[str], Meta(description="What to mend, in words; empty if nothing.")]
    databases: Annotated[int, Meta(description="How many we manage there.", examples=[41])]
    contacted_at: Annotated[Moment | None, Meta(description="The last time it answered.")]
    problem: Annotated[str | None, Meta(description="Why it cannot be used just now, in words.")]
    advice: AdviceCount = field(default_factory=AdviceCount)

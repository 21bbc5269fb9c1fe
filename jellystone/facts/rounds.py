"""What looking at a server costs, and whether it works. For operators."""

from typing import Annotated

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment


class RoundsOfKind(Struct, kw_only=True):
    """The last day's rounds of one kind."""

    kind: Annotated[str, Meta(examples=["overview"])]
    every_seconds: Annotated[int, Meta(description="How often we look while all is well.", examples=[60])]
    rounds: Annotated[int, Meta(examples=[1440])]
    failed: Annotated[int, Meta(examples=[2])]
    mean_ms: Annotated[float | None, Meta(description="Of those that went well.", examples=[21.5])]
    longest_ms: Annotated[int | None, Meta(examples=[140])]
    rows: Annotated[int | None, Meta(description="What the last one read.", examples=[1000])]
    last_at: Moment | None
    problem: Annotated[str | None, Meta(description="What went wrong last; null if nothing did.")]
    problem_at: Moment | None


class Rounds(Struct, kw_only=True):
    id: Annotated[str, Meta(examples=["main"])]
    connections: Annotated[int, Meta(description="How many connections it takes at most.", examples=[2])]
    kinds: list[RoundsOfKind]

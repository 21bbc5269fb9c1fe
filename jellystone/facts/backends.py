"""Who is connected to a database at this moment."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from jellystone.facts.lists import Listing
from jellystone.facts.moments import Moment

BackendSort = Literal["since", "connected", "role", "application", "client", "state"]


class Backend(Struct, kw_only=True):
    """`id` names this very session: another one that gets the same process id later has another."""

    id: Annotated[str, Meta(examples=["41231-1779874200123456"])]
    pid: Annotated[int, Meta(examples=[41231])]
    role: Annotated[str, Meta(examples=["orders_app"])]
    application: Annotated[str, Meta(examples=["psql"])]
    client: Annotated[str | None, Meta(description="Its network address; null: a socket.", examples=["203.0.113.7"])]
    connected_at: Annotated[Moment | None, Meta(description="null: not ours to see.")]
    state: Annotated[str | None, Meta(description="As PostgreSQL has it.", examples=["idle in transaction"])]
    since: Annotated[Moment | None, Meta(description="When it came to this state.")]
    transaction_since: Moment | None
    query: Annotated[str | None, Meta(description="Running, or the last, with its literals hidden. null: unknown.")]
    wait: Annotated[str | None, Meta(description="What it waits for.", examples=["Lock: transactionid"])]
    waits_for: Annotated[list[int], Meta(description="Process ids that hold what it needs.", examples=[[41230]])]
    endable: Annotated[bool, Meta(description="false: a superuser's, our own, or we lack the right.")]


class Backends(Listing[Backend], kw_only=True):
    asked_at: Moment
    idle: Annotated[int, Meta(description="How many of all are idle and can be ended.")]
    problem: Annotated[str | None, Meta(description="What keeps us from seeing all, and what to do; null: nothing.")]

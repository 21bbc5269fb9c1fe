"""What a database's queries cost, and which ones ran long. Unknown is null, never 0."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from jellystone.facts.lists import Listing
from jellystone.facts.moments import Moment

Sort = Literal["total", "mean", "calls", "rows", "reads", "temp"]

Queryid = Annotated[
    str,
    Meta(
        description="PostgreSQL's own, a signed number of 64 bits: as text, for JavaScript's numbers have but 53.",
        examples=["-4398726137652718113"],
    ),
]
Problem = Annotated[str | None, Meta(description="What keeps us from seeing all, and what to do; null: nothing.")]


class Spent(Struct, kw_only=True):
    """Blocks are PostgreSQL's, of 8 kB as a rule: found in its cache, read from the system, written for sorting."""

    calls: Annotated[int, Meta(examples=[120_311])]
    total_ms: Annotated[float, Meta(description="Time of all calls together.", examples=[84_211.5])]
    mean_ms: Annotated[float | None, Meta(description="Time of one call; null: it was not called.", examples=[0.7])]
    rows: Annotated[int, Meta(description="Returned or changed.", examples=[120_311])]
    blocks_hit: int
    blocks_read: int
    temp_blocks: int
    wal_bytes: int


class Query(Spent, kw_only=True):
    """One statement, its literals replaced by $1, $2, … and its cost within the range that was asked for."""

    id: Annotated[str, Meta(examples=["main/orders/-4398726137652718113"])]
    server: Annotated[str, Meta(examples=["main"])]
    database: Annotated[str, Meta(examples=["orders"])]
    queryid: Queryid
    text: Annotated[
        str | None, Meta(description="null: not known (yet).", examples=["SELECT * FROM jam WHERE id = $1"])
    ]
    share: Annotated[
        float | None, Meta(description="Of the time of all queries, 0 to 1; null: none took any.", examples=[0.42])
    ]
    first_seen_at: Moment | None


class Queries(Listing[Query], kw_only=True):
    """`total` counts the queries found, `total_ms` is the time of all queries of the range, found or not."""

    since: Moment
    until: Moment
    total_ms: float
    problem: Problem


class QueryOfRole(Spent, kw_only=True):
    """Roles with access `owner` act as their group, and so appear under its name."""

    role: Annotated[str, Meta(examples=["orders_app"])]


class QueryStep(Struct, kw_only=True):
    """What was spent from `at` on. All is null where nobody looked, zero where it was not called."""

    at: Moment
    calls: int | None
    total_ms: float | None
    mean_ms: float | None
    rows: int | None
    blocks_read: int | None


class QueryHistory(Query, kw_only=True):
    since: Moment
    until: Moment
    roles: list[QueryOfRole]
    step_seconds: Annotated[int, Meta(examples=[900])]
    steps: Annotated[list[QueryStep], Meta(description="In the order of time, without a hole.")]


class SlowRun(Struct, kw_only=True):
    """One run that took longer than the database's threshold, as seen by looking every ten seconds."""

    started_at: Moment
    last_seen_at: Annotated[Moment, Meta(description="It ended within ten seconds after, or is running.")]
    duration_ms: Annotated[int, Meta(description="At least; up to ten seconds more.", examples=[42_100])]
    role: Annotated[str | None, Meta(examples=["orders_app"])]
    application: Annotated[str, Meta(examples=["psql"])]
    client: Annotated[str | None, Meta(description="Its network address; null: a socket.", examples=["203.0.113.7"])]
    wait: Annotated[str | None, Meta(description="What it waited for when last seen.", examples=["Lock: relation"])]
    queryid: Queryid | None
    text: Annotated[str, Meta(description="Its literals hidden, but for moments, units and the like.")]


class SlowRuns(Listing[SlowRun], kw_only=True):
    threshold_ms: Annotated[int, Meta(description="Runs shorter than this are not kept.", examples=[1000])]

"""What was measured, as figures and as curves. Null is never zero: it says that nobody looked, or that nobody knows."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment

Span = Literal["hour", "day", "week", "month", "year"]
Rate = Annotated[float | None, Meta(examples=[12.5])]
Mean = Annotated[float | None, Meta(description="Mean of the step.", examples=[3.2])]


class Point(Struct, kw_only=True):
    """One step: what happened from `at` on, for as long as we looked. All of it is null where nobody looked."""

    at: Moment
    size_bytes: Annotated[int | None, Meta(description="The last known at the end of the step.")]
    connections: Mean
    connections_most: Annotated[int | None, Meta(description="The most at one time.")]
    connections_active: Mean
    connections_idle: Mean
    connections_idle_in_transaction: Mean
    connections_waiting: Annotated[float | None, Meta(description="Mean number of those active that wait for a lock.")]
    commits_per_second: Rate
    rollbacks_per_second: Rate
    rows_read_per_second: Annotated[float | None, Meta(description="Rows that scans went through.")]
    rows_inserted_per_second: Rate
    rows_updated_per_second: Rate
    rows_deleted_per_second: Rate
    cache_hit_percent: Annotated[float | None, Meta(description="Also null where no block was read.", examples=[99.1])]
    temp_bytes_per_second: Annotated[float | None, Meta(description="Written to disk because memory was too small.")]
    temp_files: int | None
    deadlocks: int | None
    query_ms_per_second: Annotated[float | None, Meta(description="1,000 is one connection at work all the time.")]
    private_bytes: Annotated[int | None, Meta(description="Memory of its sessions, where the server tells.")]


class Now(Struct, kw_only=True):
    """As last measured. `stale`: the last measuring is too long ago for these to be the figures of now."""

    measured_at: Moment | None
    stale: bool
    size_bytes: int | None
    connections: int | None
    connection_limit: Annotated[int | None, Meta(description="null: no limit of its own")]
    connections_active: int | None
    connections_idle: int | None
    connections_idle_in_transaction: int | None
    connections_waiting: int | None
    last_query_at: Annotated[Moment | None, Meta(description="By anybody, in any way; null: not known.")]
    last_write_at: Moment | None
    accuracy_seconds: Annotated[int, Meta(description="How far off those two moments may be.", examples=[60])]
    cache_hit_percent: Annotated[float | None, Meta(description="Over the last hour.")]
    temp_bytes: Annotated[int | None, Meta(description="Spilled to disk in the last hour.")]
    temp_files: Annotated[int | None, Meta(description="Made in the last hour.")]
    private_bytes: int | None


class Series(Struct, kw_only=True):
    """Points in the order of time, each `step_seconds` after the one before."""

    span: Span
    step_seconds: int
    since: Moment
    until: Moment
    points: list[Point]


class Statistics(Series, kw_only=True):
    """Of a database or, over all of its databases, of a server."""

    now: Now

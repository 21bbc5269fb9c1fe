"""What a look inside a database has found."""

from typing import Annotated

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment


class TableInside(Struct, kw_only=True):
    """A table, or a materialized view, as PostgreSQL's own counters tell of it."""

    schema: Annotated[str, Meta(examples=["public"])]
    name: Annotated[str, Meta(examples=["baskets"])]
    owner: Annotated[str, Meta(examples=["orders_owner"])]
    size_bytes: Annotated[
        int | None, Meta(description="With its indexes, when it was last vacuumed or analyzed; null: it never was.")
    ]
    rows_live: Annotated[int, Meta(examples=[1_200_000])]
    rows_dead: Annotated[int, Meta(description="Changed or deleted, and not cleaned up yet.", examples=[340_000])]
    dead_percent: Annotated[float | None, Meta(description="Of the living; null: there are none.", examples=[28.3])]
    lagging: Annotated[bool, Meta(description="More than 100,000 dead rows, and more than 20 % of the living.")]
    sql: Annotated[str | None, Meta(description="What an owner runs in the database to clean up; null: no need.")]
    vacuumed_at: Moment | None
    analyzed_at: Moment | None


class Inside(Struct, kw_only=True):
    """As of `looked_at`. Nobody looks by itself: that takes a session inside the database."""

    looked_at: Annotated[Moment | None, Meta(description="null: nobody has looked yet; then nothing is known.")]
    looked_by: str | None
    total: Annotated[int | None, Meta(description="How many tables there are.", examples=[42])]
    tables: Annotated[list[TableInside], Meta(description="At most a hundred, those with the most dead rows first.")]
    strays: Annotated[
        list[str],
        Meta(description="What belongs to the server's first superuser; nobody of the team can change it."),
    ]
    sql: Annotated[str | None, Meta(description="What an operator runs in the database to mend that.")]

"""A team, as its members and their programs see it."""

from typing import Annotated

from msgspec import Meta, Struct

from jellystone.facts.moments import Moment


class Team(Struct, kw_only=True):
    id: Annotated[str, Meta(description="The slug: unique, and never changed.", examples=["rangers"])]
    slug: Annotated[str, Meta(examples=["rangers"])]
    name: Annotated[str, Meta(examples=["Rangers"])]
    members: Annotated[int, Meta(examples=[4])]
    databases: Annotated[int, Meta(examples=[2])]
    rank: Annotated[
        str | None, Meta(description="The rank of who asks; null for team tokens and operators.", examples=["owner"])
    ]
    created_at: Moment


class FoundedTeam(Team, kw_only=True):
    """Also carries the first team token: this answer is the only one that shows it."""

    token: Annotated[str, Meta(examples=["jst_…"])]

"""A team, as its members and their programs see it."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct


class Team(Struct, kw_only=True):
    id: Annotated[str, Meta(description="The slug: unique, and never changed.", examples=["rangers"])]
    slug: Annotated[str, Meta(examples=["rangers"])]
    name: Annotated[str, Meta(examples=["Rangers"])]
    members: int
    databases: int
    rank: Annotated[str | None, Meta(description="The rank of who asks; null for team tokens and operators.")]
    created_at: datetime


class FoundedTeam(Team, kw_only=True):
    """Also carries the first team token: this answer is the only one that shows it."""

    token: Annotated[str, Meta(examples=["jst_…"])]

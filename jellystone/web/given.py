"""What a handler may ask for, by type. Where it comes from is wired in app.py and in the routes that load it."""

from typing import Annotated, Any

from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import JSONBody as Sent  # a form or JSON, all the same: see web/bodies.py
from litestar.params import PathParameter, QueryParameter

from jellystone.services.actors import Actor, Origin
from jellystone.services.lists import Slice
from jellystone.services.versions import Condition
from jellystone.tables.teams import Team

Asking = NamedDependency[Actor]  # who asks
Visiting = NamedDependency[Actor | None]  # who asks, or nobody
From = NamedDependency[Origin]  # where the request came from
ThisTeam = NamedDependency[Team]  # the team in the address, if the actor may see it
Part = NamedDependency[Slice]  # which page of a list
Unless = NamedDependency[Condition]  # what must (not) be there for a change to be made: `If-Match`

Search = Annotated[str, QueryParameter(max_length=200, description="Only what contains this text.")]
PageNumber = Annotated[int, QueryParameter(ge=1, le=100_000, description="Counts from 1.")]
PerPage = Annotated[int, QueryParameter(ge=1, le=200, description="Rows a page.")]


def in_path(words: str, example: str) -> Any:
    """A part of an address: `Annotated[str, in_path("A team's slug.", "rangers")]`."""
    return PathParameter(description=words, examples=[Example(value=example)])


async def which_part(page: PageNumber = 1, per_page: PerPage = 50) -> Slice:
    return Slice(page, per_page)


__all__ = ["Asking", "From", "Part", "Search", "Sent", "ThisTeam", "Unless", "Visiting", "in_path", "which_part"]

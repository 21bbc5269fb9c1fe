"""What a handler may ask for, by type. Where it comes from is wired in app.py and in the routes that load it."""

from typing import Annotated, Any

from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import JSONBody as Sent  # a form or JSON, all the same: see web/bodies.py
from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

from jellystone.errors import Invalid
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
AsAddressed = Annotated[
    Annotated[str, Meta(max_length=63)] | None,
    Meta(description="As in the address, or left out: for clients that send again what they have made."),
]
UNCHANGING = "It is {} here, and cannot be changed in this way. Leave it out."


def in_path(words: str, example: str) -> Any:
    """A part of an address: `Annotated[str, in_path("A team's slug.", "rangers")]`."""
    return PathParameter(description=words, examples=[Example(value=example)])


def must_agree(**named: tuple[str | None, str]) -> None:
    """What is sent must be what stands in the address, or be left out: `must_agree(name=(sent, addressed))`."""
    wrong = {name: UNCHANGING.format(is_now) for name, (sent, is_now) in named.items() if sent not in (None, is_now)}
    if wrong:
        raise Invalid(**wrong)


async def which_part(page: PageNumber = 1, per_page: PerPage = 50) -> Slice:
    return Slice(page, per_page)


__all__ = [
    "AsAddressed",
    "Asking",
    "From",
    "Part",
    "Search",
    "Sent",
    "ThisTeam",
    "Unless",
    "Visiting",
    "in_path",
    "must_agree",
    "which_part",
]

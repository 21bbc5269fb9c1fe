"""What a list of databases can be narrowed by, and in which order it comes."""

from typing import Annotated, Any

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from jellystone.facts.databases import Databases, Order, Sort
from jellystone.services import catalog, sparks
from jellystone.services.actors import Actor
from jellystone.web.given import Search

OfTeam = Annotated[str, QueryParameter(max_length=200, description="Only those of the team with this slug.")]
OnServer = Annotated[str, QueryParameter(max_length=200, description="Only those on the server of this name.")]
Unused = Annotated[
    int, QueryParameter(ge=0, le=3650, description="Only those that nobody has used for so many days; 0: all.")
]
SortBy = Annotated[Sort, QueryParameter(description="By which column.")]
Ordering = Annotated[
    Order | None,
    QueryParameter(description="Left out: words from a to z, figures from the largest, moments from the latest."),
]


async def which_databases(
    q: Search = "",
    team: OfTeam = "",
    server: OnServer = "",
    unused_days: Unused = 0,
    sort: SortBy = "name",
    order: Ordering = None,
) -> dict[str, Any]:
    """What `catalog.visible_to` takes."""
    return {"matching": q, "team": team, "server": server, "unused_days": unused_days, "sort": sort, "order": order}


Narrowed = NamedDependency[dict[str, Any]]
NARROWED = {"narrowed": Provide(which_databases)}


async def around(actor: Actor, found: Databases) -> dict[str, Any]:
    """What a page shows around the list: by what it can be narrowed, and each one's last day."""
    return {**await catalog.narrowed_by(actor), "sparks": await sparks.of_databases(actor, found.items)}

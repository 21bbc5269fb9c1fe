"""/: your teams, your databases, and what needs you."""

from typing import Any

from litestar import Controller, get
from litestar.response import Response
from msgspec import Struct

from jellystone.errors import NotSignedIn
from jellystone.facts.advice import Advice
from jellystone.facts.databases import Database
from jellystone.facts.mails import Mail
from jellystone.facts.teams import Team
from jellystone.routes.narrowing import Ordering, SortBy
from jellystone.services import advice, catalog, outbox, sparks, teams
from jellystone.services.lists import Slice
from jellystone.web.answers import Page
from jellystone.web.given import Visiting
from jellystone.web.negotiation import AnyRequest, is_htmx, wants_json
from jellystone.web.pages import html, redirect

FIRST = Slice(per_page=20)


class Overview(Struct, kw_only=True):
    teams: list[Team]
    databases: list[Database]
    total_databases: int
    total_size_bytes: int | None
    total_connections: int | None
    problems: list[Database]
    advice: list[Advice]
    advice_of_all: int
    unsent_mails: list[Mail]
    unsent_mails_of_all: int


class HomeRoutes(Controller):
    path = "/"
    tags = ["Overview"]
    opt = {"public": True, "landing": True}

    @get("/", operation_id="getOverview")
    async def show(
        self, request: AnyRequest, actor: Visiting, sort: SortBy = "name", order: Ordering = None
    ) -> Page[Overview]:
        """Your teams and newest databases, what has a problem or needs you, and your mails that could not be sent."""
        if actor is None:
            if wants_json(request):
                raise NotSignedIn("Sign in, or send a token: `Authorization: Bearer …`.")
            return Landing()
        found = await catalog.visible_to(actor, FIRST, sort=sort, order=order)
        advised = await advice.of_actor(actor, Slice(per_page=5))
        overview = Overview(
            teams=(await teams.visible_to(actor, FIRST)).items,
            databases=found.items,
            total_databases=found.total,
            total_size_bytes=found.total_size_bytes,
            total_connections=found.total_connections,
            problems=await catalog.with_problems(actor),
            advice=advised.items,
            advice_of_all=advised.total,
            unsent_mails=await outbox.troubles(actor),
            unsent_mails_of_all=await outbox.stuck(actor),
        )

        async def more() -> dict[str, Any]:
            return {"sparks": await sparks.of_databases(actor, found.items)}

        return Page("home.html", overview=overview, later=more)


class Landing(Page[Overview]):
    """What a visitor sees; who has signed out elsewhere sees it instead of the figures that asked for themselves."""

    def __init__(self) -> None:
        super().__init__("landing.html", overview=None)  # type: ignore[arg-type]

    def as_html(self, request: AnyRequest) -> Response[str]:
        return redirect(request, "/") if is_htmx(request) else html(request, "landing.html", {})

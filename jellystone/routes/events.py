"""/teams/{team}/events, /account/events and /events: who did what, when and from where."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from jellystone.errors import Invalid
from jellystone.facts.events import Event
from jellystone.facts.lists import Listing
from jellystone.facts.teams import Team
from jellystone.routes.teams import load_team
from jellystone.services import events, teams
from jellystone.services.events import Filter
from jellystone.services.lists import Slice
from jellystone.services.permissions import Scope
from jellystone.web.given import Asking, PageNumber, PerPage, Search, ThisTeam
from jellystone.web.negotiation import AnyRequest, wants_csv
from jellystone.web.tables import Record

LONGEST_TABLE = 10_000
Day = Annotated[
    str,
    QueryParameter(
        pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="A day in UTC, such as 2030-01-31; included."
    ),
]
As = Annotated[
    Literal["csv"] | None,
    QueryParameter(
        description=f"As `Accept: text/csv`, for links: {LONGEST_TABLE} rows a page, whatever `per_page` says."
    ),
]


async def wanted_events(
    person: Search = "", object: Search = "", action: Search = "", since: Day = "", until: Day = ""
) -> Filter:
    """From the start of one day to the end of another."""
    return Filter(
        person=person,
        object=object,
        action=action,
        since=_start(since=since),
        until=_end(_start(until=until)),
    )


def _start(**named: str) -> datetime | None:
    ((name, day),) = named.items()
    try:
        return datetime.combine(date.fromisoformat(day), time.min, UTC) if day else None
    except ValueError:
        raise Invalid(**{name: "Give a day that there is, such as 2030-01-31."}) from None


def _end(day: datetime | None) -> datetime | None:
    """The next day's start; after the last day there is, nothing."""
    return None if day is None or day.date() == date.max else day + timedelta(days=1)


async def rows_wanted(request: AnyRequest, page: PageNumber = 1, per_page: PerPage = 50, format: As = None) -> Slice:
    """The pages of a table for a spreadsheet are long."""
    return Slice(page, LONGEST_TABLE if wants_csv(request) else per_page)


Wanted = NamedDependency[Filter]
Rows = NamedDependency[Slice]
FILTERED = {"wanted": Provide(wanted_events), "rows": Provide(rows_wanted)}


class TeamEventRoutes(Controller):
    path = "/teams/{slug:str}/events"
    tags = ["Events"]
    dependencies = {"team": Provide(load_team), **FILTERED}

    @get("/", operation_id="listTeamEvents")
    async def index(self, actor: Asking, team: ThisTeam, rows: Rows, wanted: Wanted) -> Record[Listing[Event]]:
        """List what was done in a team. The newest comes first."""
        found = await events.of_team(actor, team.id, rows, wanted)
        shown = await teams.show(actor, team)
        about = _about(shown.name, f"/teams/{shown.slug}/events", team=shown)
        return Record("events/index.html", row=Event, events=found, extra=about)


class EventRoutes(Controller):
    tags = ["Events"]
    dependencies = FILTERED

    @get("/account/events", operation_id="listAccountEvents", holder="person")
    async def of_account(self, actor: Asking, rows: Rows, wanted: Wanted) -> Record[Listing[Event]]:
        """List what you did, or was done in your name or to your account. The newest comes first."""
        found = await events.of_account(actor, rows, wanted)
        return Record("events/index.html", row=Event, events=found, extra=_about("your account", "/account/events"))

    @get("/events", operation_id="listEvents", holder="person", scope=Scope.ADMIN)
    async def of_instance(self, actor: Asking, rows: Rows, wanted: Wanted) -> Record[Listing[Event]]:
        """List everything that was done, for operators. The newest comes first."""
        found = await events.of_instance(actor, rows, wanted)
        return Record("events/index.html", row=Event, events=found, extra=_about("this instance", "/events"))


def _about(of: str, base: str, *, team: Team | None = None) -> dict[str, Any]:
    return {"team": team, "of": of, "base": base, "longest": LONGEST_TABLE, "counted": events.COUNTED}

"""What a database's queries cost, and which of them ran long."""

from datetime import UTC, datetime
from typing import Any, Literal

from jellystone.client.calls import Call, Noun, Way, as_, at, in_database, listed, sent
from jellystone.facts.lists import Listing
from jellystone.facts.queries import Queries as QueriesFact
from jellystone.facts.queries import Query, QueryHistory, SlowRun, Sort
from jellystone.facts.queries import SlowRuns as SlowRunsFact
from jellystone.facts.statistics import Span

LISTED, QUERY, RUNS = as_(QueriesFact), as_(QueryHistory), as_(SlowRunsFact)
By = Literal["newest", "longest"]
Moment = datetime | None


class Queries(Noun[Way]):
    """Of the last hour, day … (`span`), or from `since` to `until`. A moment without a zone is in UTC."""

    @listed
    def list(
        self,
        database: str,
        *,
        span: Span = "day",
        since: Moment = None,
        until: Moment = None,
        q: str = "",
        sort: Sort = "total",
        per_page: int = 200,
    ) -> Call[Listing[Query]]:
        """The most expensive first; `q` is what their text contains. None at all? Then see `page`."""
        query = {**_range(span, since, until), "q": q, "sort": sort, "per_page": per_page}
        return Call("GET", in_database(database) + "/queries", LISTED, query=query)

    @sent
    def page(
        self,
        database: str,
        *,
        span: Span = "day",
        since: Moment = None,
        until: Moment = None,
        q: str = "",
        sort: Sort = "total",
        page: int = 1,
        per_page: int = 50,
    ) -> Call[QueriesFact]:
        """A part of the list with what holds for all of it: `total_ms`, and the `problem` that keeps us from seeing."""
        query = {**_range(span, since, until), "q": q, "sort": sort, "page": page, "per_page": per_page}
        return Call("GET", in_database(database) + "/queries", LISTED, query=query)

    @sent
    def get(
        self, database: str, queryid: str, *, span: Span = "day", since: Moment = None, until: Moment = None
    ) -> Call[QueryHistory]:
        """One query with its history and who runs it; `queryid` is PostgreSQL's own."""
        path = in_database(database) + at("queries", queryid)
        return Call("GET", path, QUERY, query=_range(span, since, until))


class SlowRuns(Noun[Way]):
    """Single runs that took longer than the database's `slow_query_ms`, as seen by looking every ten seconds."""

    @listed
    def list(
        self,
        database: str,
        *,
        span: Span = "day",
        since: Moment = None,
        until: Moment = None,
        q: str = "",
        sort: By = "newest",
        per_page: int = 200,
    ) -> Call[Listing[SlowRun]]:
        query = {**_range(span, since, until), "q": q, "sort": sort, "per_page": per_page}
        return Call("GET", in_database(database) + "/slow-runs", RUNS, query=query)


def _range(span: Span, since: Moment, until: Moment) -> dict[str, Any]:
    return {"span": span, "since": _moment(since), "until": _moment(until)}


def _moment(given: Moment) -> str | None:
    if given is None:
        return None
    moment = given.astimezone(UTC) if given.tzinfo else given
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""Queries and connections as the services hand them to pages."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from jellystone.facts.backends import Backend, Backends
from jellystone.facts.queries import Queries, Query, QueryHistory, QueryOfRole, QueryStep, SlowRun, SlowRuns
from jellystone.web.query_charts import drawings

NOW = datetime.now(UTC)
FOUND = SimpleNamespace(id="main/trail_log", row=SimpleNamespace(name="trail_log"))
AT = "/databases/main/trail_log"
SPENT: dict[str, Any] = {
    "calls": 120_311,
    "total_ms": 84_211.5,
    "mean_ms": 0.7,
    "rows": 4,
    "blocks_hit": 9,
    "blocks_read": 3,
    "temp_blocks": 0,
    "wal_bytes": 812,
}
QUERY: dict[str, Any] = {
    "id": "main/trail_log/-811",
    "server": "main",
    "database": "trail_log",
    "queryid": "-811",
    "text": "SELECT * FROM trails WHERE name <> '<b>' AND id = $1",
    "share": 0.93,
    "first_seen_at": NOW - timedelta(days=3),
}
DAY: dict[str, Any] = {"since": NOW - timedelta(days=1), "until": NOW}
CANNOT = "We cannot see statements. To change that, run CREATE EXTENSION pg_stat_statements;"


def queries(*items: Query, **changed: Any) -> Queries:
    given: dict[str, Any] = {
        "items": list(items),
        "total": 120 * len(items),
        "total_ms": 90_000.0,
        "problem": None,
        **DAY,
    }
    return Queries(**given | changed)


def history(**changed: Any) -> QueryHistory:
    names = ("calls", "total_ms", "mean_ms", "rows", "blocks_read")
    values: list[dict[str, Any]] = [
        dict.fromkeys(names),
        {**dict.fromkeys(names, 0), "mean_ms": None},
        dict.fromkeys(names, 7),
    ]
    steps = [QueryStep(at=NOW - timedelta(minutes=15 * n), **values[n % 3]) for n in range(9, 0, -1)]
    roles = [QueryOfRole(role=role, **SPENT) for role in ("trail_log_owner", "trail_log_app")]
    return QueryHistory(**{**QUERY, **SPENT, **DAY, "roles": roles, "step_seconds": 900, "steps": steps} | changed)


RUN = SlowRun(
    started_at=NOW - timedelta(minutes=9),
    last_seen_at=NOW - timedelta(minutes=8),
    duration_ms=42_100,
    role="trail_log_app",
    application="Metabase <1>",
    client="203.0.113.7",
    wait="Lock: relation",
    queryid="-811",
    text="SELECT 1",
)
STRANGE = SlowRun(
    started_at=NOW,
    last_seen_at=NOW,
    duration_ms=1001,
    role=None,
    application="",
    client=None,
    wait=None,
    queryid=None,
    text="",
)


def runs(*items: SlowRun) -> SlowRuns:
    return SlowRuns(items=list(items), total=120 * len(items), threshold_ms=1000)


def backend(**changed: Any) -> Backend:
    given: dict[str, Any] = {
        "id": "41231-1779874200123456",
        "pid": 41231,
        "role": "trail_log_app",
        "application": "gate <1>",
        "client": "203.0.113.7",
        "connected_at": NOW - timedelta(hours=3),
        "state": "active",
        "since": NOW - timedelta(seconds=4),
        "transaction_since": NOW - timedelta(seconds=9),
        "query": "UPDATE trails SET walked = 1",
        "wait": "Lock: transactionid",
        "waits_for": [41230, 0],
        "endable": True,
    }
    return Backend(**given | changed)


HIDDEN: dict[str, Any] = dict.fromkeys(
    ("connected_at", "state", "since", "transaction_since", "query", "wait", "client")
)
UNSEEN = backend(id="7-0", pid=7, application="", waits_for=[], endable=False, **HIDDEN)
HOLDER = backend(id="41230-1", pid=41230, state="idle in transaction", wait=None, waits_for=[])


def backends(*items: Backend, problem: str | None = None) -> Backends:
    return Backends(items=list(items), total=120 * len(items), asked_at=NOW, idle=len(items), problem=problem)


def _of(template: str, path: str, **given: Any) -> tuple[str, str, dict[str, Any]]:
    return template, f"{AT}/{path}", {"found": FOUND, **given}


ONE = Query(**QUERY, **SPENT)
BARE = Query(**{**QUERY, **SPENT, "text": None, "share": None, "mean_ms": None, "first_seen_at": None})
PAGES = {
    "queries-index": _of("queries/index.html", "queries", queries=queries(ONE, BARE), sort="mean"),
    "queries-missing": _of("queries/index.html", "queries", queries=queries(problem=CANNOT), sort="total"),
    "queries-none": _of("queries/index.html", "queries", queries=queries(), sort="total"),
    "queries-show": _of("queries/show.html", "queries/-811", query=history(), drawings=drawings(history())),
    "queries-show-silent": _of(
        "queries/show.html", "queries/-811", query=history(calls=0, text=None, share=None), drawings=[]
    ),
    "slow-runs": _of(
        "queries/slow.html", "slow-runs", runs=runs(RUN, STRANGE), sort="newest", missing=None, may_change=True
    ),
    "slow-runs-none": _of(
        "queries/slow.html", "slow-runs", runs=runs(), sort="longest", missing=CANNOT, may_change=False
    ),
    "backends-index": _of(
        "backends/index.html", "connections", backends=backends(backend(), HOLDER, UNSEEN), sort="since", may_end=True
    ),
    "backends-none": _of(
        "backends/index.html", "connections", backends=backends(problem=CANNOT), sort="role", may_end=False
    ),
    "backends-show": _of("backends/show.html", "connections/41231-1", backend=backend(), may_end=True),
    "backends-show-unseen": _of("backends/show.html", "connections/7-0", backend=UNSEEN, may_end=True),
    "backends-removal": _of("backends/removal.html", "connections/removal", backends=backends(HOLDER)),
    "backends-removal-none": _of("backends/removal.html", "connections/removal", backends=backends()),
}

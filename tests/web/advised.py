"""What checks may have found, in the words in which pages show it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from jellystone.facts.advice import Advice
from jellystone.facts.inside import Inside, TableInside
from jellystone.facts.lists import Listing
from jellystone.postgres import checks
from jellystone.postgres.checks.kinds import Figure, Finding, State, unknown
from jellystone.services import muted_advice
from jellystone.services.advice import told

NOW = datetime.now(UTC)
FOUND: dict[str, tuple[State, dict[str, Figure], timedelta]] = {
    "open-doors": (
        "act",
        {"number": 1, "which": "everybody has CONNECT", "sql": 'REVOKE CONNECT ON DATABASE "trail_log" FROM PUBLIC;'},
        timedelta(minutes=12),
    ),
    "idle-in-transaction": (
        "act",
        {"longest_seconds": 1_260, "role": "trail_log_app", "pid": 48_213},
        timedelta(minutes=11),
    ),
    "growth": (
        "watch",
        {"grown_bytes": 4 << 30, "grown_percent": 31.4, "size_bytes": 17 << 30},
        timedelta(hours=5),
    ),
}


def of_database(name: str = "main/trail_log", **found: Any) -> list[Advice]:
    given = found or FOUND
    return [
        *(
            told(checks.OF_DATABASES[check], Finding(state, seen), "database", name, "rangers", since=NOW - ago)
            for check, (state, seen, ago) in given.items()
        ),
        told(checks.OF_DATABASES["long-query"], unknown("right"), "database", name, "rangers", since=NOW),
        *(
            told(check, Finding("ok"), "database", name, "rangers")
            for check in checks.OF_DATABASES.values()
            if check.name not in {*given, "long-query"}
        ),
    ]


def of_server() -> list[Advice]:
    seen: dict[str, Figure] = {"used": 92, "usable": 97, "used_percent": 94.8, "busiest": "trail_log"}
    return [
        told(checks.OF_SERVERS["connections"], Finding("act", seen), "server", "main", None, since=NOW),
        told(checks.OF_SERVERS["memory"], unknown("memory"), "server", "main", None, since=NOW),
        *(
            told(check, Finding("ok"), "server", "main", None)
            for check in checks.OF_SERVERS.values()
            if check.name not in ("connections", "memory")
        ),
        *of_database()[:3],
    ]


def listing(items: list[Advice]) -> Listing[Advice]:
    return Listing(items=items, total=len(items))


NONE = [told(check, Finding("ok"), "database", "main/trail_log", "rangers") for check in checks.OF_DATABASES.values()]
UNSEEN = [told(c, unknown("look"), "database", "main/trail_log", "rangers") for c in checks.OF_DATABASES.values()]
CHOICES = muted_advice.choices(operator=True)


def table(name: str, dead: int, live: int, *, lagging: bool = False) -> TableInside:
    return TableInside(
        schema="public",
        name=name,
        owner="trail_log_owner",
        size_bytes=live * 210 or None,
        rows_live=live,
        rows_dead=dead,
        dead_percent=round(100 * dead / live, 1) if live else None,
        lagging=lagging,
        sql=f'VACUUM (ANALYZE) "public"."{name}";' if lagging else None,
        vacuumed_at=None if lagging else NOW - timedelta(hours=3),
        analyzed_at=NOW - timedelta(hours=3),
    )


TABLES = [table("sightings", 2_410_000, 3_900_000, lagging=True), table("hikers", 210, 41_000), table("seasons", 0, 0)]
INSIDE = Inside(
    looked_at=NOW - timedelta(minutes=2),
    looked_by="yogi@park.example",
    total=3,
    tables=TABLES,
    strays=["public.sightings_2019"],
    sql='ALTER TABLE public.sightings_2019 OWNER TO "trail_log_owner";',
)
WELL_INSIDE = Inside(
    looked_at=NOW - timedelta(days=9), looked_by="yogi@park.example", total=240, tables=TABLES[1:], strays=[], sql=None
)
NOT_LOOKED = Inside(looked_at=None, looked_by=None, total=None, tables=[], strays=[], sql=None)

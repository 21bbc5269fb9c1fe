"""What checks may have found, in the words in which pages show it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from jellystone.facts.advice import Advice
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

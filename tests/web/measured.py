"""Figures as the services hand them to pages: a day with a rhythm, a gap, and nothing at all."""

from datetime import UTC, datetime, timedelta
from math import pi, sin
from typing import Any

from jellystone.facts.loads import ServerLoad, ServerMemory, Share
from jellystone.facts.rounds import Rounds, RoundsOfKind
from jellystone.facts.statistics import Now, Point, Span, Statistics

UNTIL = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def now(**changed: Any) -> Now:
    given: dict[str, Any] = {
        "measured_at": datetime.now(UTC) - timedelta(seconds=40),
        "stale": False,
        "size_bytes": 1_503_238_553,
        "connections": 12,
        "connection_limit": 40,
        "connections_active": 2,
        "connections_idle": 9,
        "connections_idle_in_transaction": 1,
        "connections_waiting": 1,
        "last_query_at": datetime.now(UTC) - timedelta(seconds=20),
        "last_write_at": datetime.now(UTC) - timedelta(minutes=4),
        "accuracy_seconds": 60,
        "cache_hit_percent": 99.42,
        "temp_bytes": 31_000_000,
        "temp_files": 4,
        "private_bytes": 48_000_000,
    }
    return Now(**given | changed)


UNKNOWN = now(
    **{name: None for name in Now.__struct_fields__ if name not in ("stale", "accuracy_seconds")} | {"stale": True}
)


def point(at: datetime, level: float | None) -> Point:
    """`level` goes from 0 to 1; None: nobody looked."""
    if level is None:
        return Point(**dict.fromkeys(Point.__struct_fields__) | {"at": at})  # type: ignore[arg-type]
    return Point(
        at=at,
        size_bytes=1_500_000_000 + int(level * 3_000_000),
        connections=12 * level,
        connections_most=int(20 * level),
        connections_active=2 * level,
        connections_idle=9 * level,
        connections_idle_in_transaction=level,
        connections_waiting=0,
        commits_per_second=60 * level,
        rollbacks_per_second=0.5 * level,
        rows_read_per_second=2400 * level,
        rows_inserted_per_second=20 * level,
        rows_updated_per_second=12 * level,
        rows_deleted_per_second=level,
        cache_hit_percent=99 + level if level else None,
        temp_bytes_per_second=0,
        temp_files=0,
        deadlocks=0,
        query_ms_per_second=350 * level,
        private_bytes=None,
    )


def statistics(*levels: float | None, span: Span = "day", **changed: Any) -> Statistics:
    """Its points are 15 minutes each, the last one until 09:30."""
    step = timedelta(minutes=15)
    since = UNTIL - step * len(levels)
    return Statistics(
        span=span,
        step_seconds=900,
        since=since,
        until=UNTIL,
        points=[point(since + step * n, level) for n, level in enumerate(levels)],
        now=now(**changed),
    )


DAY = statistics(*[None if 30 <= n < 34 else 0.5 - 0.45 * sin(2 * pi * n / 96) for n in range(96)])
NOTHING = Statistics(span="day", step_seconds=900, since=UNTIL, until=UNTIL, points=[], now=UNKNOWN)
SPARKS: dict[str, tuple[float | None, ...]] = {
    "main/trail_log": tuple(None if n == 7 else 30 - 25 * sin(2 * pi * n / 24) for n in range(24)),
    "main/geysers": (0.0,) * 24,
}
SHARES = [
    Share(id="main/trail_log", team="rangers", size_bytes=1_503_238_553, connections=12, query_ms_per_second=312.5),
    Share(id="main/geysers", team="geyser-watch", size_bytes=43_234_000, connections=2, query_ms_per_second=None),
]
LOAD = ServerLoad(
    now=now(connection_limit=97),
    memory=ServerMemory(
        total_bytes=16 << 30,
        given_bytes=16 << 30,
        told=False,
        private_bytes=None,
        shared_bytes=128 << 20,
        could_use_bytes=3 << 30,
        could_use_percent=18.8,
    ),
    parameters={
        "max_connections": 100,
        "work_mem": 4 << 20,
        "statement_timeout": 0,
        "ssl": False,
        "lock_timeout": 9000,
    },
    biggest=SHARES,
    busiest=SHARES[:1],
    most_connected=[],
)
UNKNOWN_LOAD = ServerLoad(
    now=UNKNOWN,
    memory=ServerMemory(
        total_bytes=None,
        given_bytes=None,
        told=False,
        private_bytes=None,
        shared_bytes=None,
        could_use_bytes=None,
        could_use_percent=None,
    ),
    parameters={},
    biggest=[],
    busiest=[],
    most_connected=[],
)

ROUNDS = Rounds(
    id="main",
    connections=2,
    kinds=[
        RoundsOfKind(
            kind=kind,
            every_seconds=seconds,
            rounds=86_400 // seconds,
            failed=failed,
            mean_ms=took,
            longest_ms=None if took is None else round(took * 6),
            rows=rows,
            last_at=datetime.now(UTC) - timedelta(seconds=20) if took is not None else None,
            problem="The server main does not answer in time. Try again when it is back." if failed else None,
            problem_at=datetime.now(UTC) - timedelta(hours=5) if failed else None,
        )
        for kind, seconds, failed, took, rows in (
            ("overview", 60, 2, 21.4, 1000),
            ("activity", 10, 12, 3.2, 0),
            ("statements", 60, 0, 48.0, 4750),
            ("sizes", 600, 0, 912.0, 1000),
            ("probe", 600, 0, None, None),
        )
    ],
)

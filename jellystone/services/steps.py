"""The tables of history: which columns they have, which pieces they lie in, and for how long these are kept.

They are partitioned by time, so that what is old goes at once and costs nothing. Pieces are made ahead: a row for which
there is none would be refused.
"""

import logging
from datetime import UTC, datetime, timedelta

from asyncpg import LockNotAvailableError

from jellystone import settings
from jellystone.database import DB
from jellystone.services.spans import Step

log = logging.getLogger(__name__)

COUNTED = {  # our column: pg_stat_database's, in the order of `postgres.overview.Counters`
    "commits": "xact_commit",
    "rollbacks": "xact_rollback",
    "blocks_hit": "blks_hit",
    "blocks_read": "blks_read",
    "rows_returned": "tup_returned",
    "rows_fetched": "tup_fetched",
    "rows_inserted": "tup_inserted",
    "rows_updated": "tup_updated",
    "rows_deleted": "tup_deleted",
    "temp_files": "temp_files",
    "temp_bytes": "temp_bytes",
    "deadlocks": "deadlocks",
    "active_ms": "active_time",
    "idle_in_transaction_ms": "idle_in_transaction_time",
    "sessions": "sessions",
    "sessions_abandoned": "sessions_abandoned",
    "sessions_fatal": "sessions_fatal",
    "sessions_killed": "sessions_killed",
}
MEANS = ("connections", "active", "idle", "idle_in_transaction", "waiting")
NEWEST = ("size_bytes", "private_bytes")
NAMES = ("subject", "at", "seconds", "connections_most", *MEANS, *COUNTED, *NEWEST)

STEPS: tuple[Step, ...] = ("minute", "ten_minutes", "day")
DAY, AHEAD = timedelta(days=1), timedelta(days=2)
PIECES = """
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_name ~ '^(figures|statements)_(minute|ten_minutes|day)_[0-9]{8}$'
    ORDER BY table_name
"""


def kept_for(step: Step) -> timedelta:
    now = settings.current()
    days = {"minute": now.keep_minutes, "ten_minutes": now.keep_ten_minutes, "day": now.keep_days}[step]
    return timedelta(days=days)


async def prepare() -> None:
    """Make the pieces for today and what comes next, drop what is too old. Can be run again after anything."""
    now = datetime.now(UTC)
    for step in STEPS:
        await make_partitions(step, now - DAY, now + AHEAD)
    await _drop_old(now)


async def make_partitions(step: Step, since: datetime, until: datetime) -> None:
    """Those that are not there yet: one a day, of days one a month, for figures and for statements."""
    there = {row["name"] for row in await DB.fetch(PIECES)}
    begin, end = _piece(step, since)
    while begin <= until:
        for table in (f"figures_{step}", f"statements_{step}"):
            if f"{table}_{begin:%Y%m%d}" not in there:
                await _make(table, begin, end)
        begin, end = _piece(step, end)


def _piece(step: Step, at: datetime) -> tuple[datetime, datetime]:
    """Where the piece begins and ends that `at` falls into."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if step != "day":
        return day, day + timedelta(days=1)
    month = day.replace(day=1)
    return month, (month + timedelta(days=32)).replace(day=1)


async def _make(table: str, begin: datetime, end: datetime) -> None:
    """Attached, not made as a part: that would shut everybody out who reads the table just now."""
    name = f"{table}_{begin:%Y%m%d}"
    async with DB.transaction():
        await DB.fetch("SET LOCAL lock_timeout = '5s'")
        await DB.fetch(f"CREATE TABLE IF NOT EXISTS {name} (LIKE {table} INCLUDING ALL)")
        values = f"FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
        await DB.fetch(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES {values}")


async def _drop_old(now: datetime) -> None:
    """One that somebody reads just now waits for the next time."""
    for row in await DB.fetch(PIECES):
        table, _, begin = row["name"].rpartition("_")
        step: Step = next(step for step in STEPS if table.endswith(step))
        _, end = _piece(step, datetime.strptime(begin, "%Y%m%d").replace(tzinfo=UTC))
        if end < now - kept_for(step):
            await _drop(row["name"])


async def _drop(name: str) -> None:
    try:
        async with DB.transaction():
            await DB.fetch("SET LOCAL lock_timeout = '2s'")
            await DB.fetch(f"DROP TABLE {name}")
    except LockNotAvailableError:
        log.info("%s is in use: it goes next time", name)

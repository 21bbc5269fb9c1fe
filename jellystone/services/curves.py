"""Stored steps as curves: one query for a span or any other stretch of time, whatever its length. No server is asked.

A step without a row of the server's own is a gap. Where the server has a row and the database has none, nothing
happened there: zero, and its size is what it was.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from jellystone.database import DB
from jellystone.facts.statistics import Point, Series, Span
from jellystone.services.spans import Step, Stretch


class Scale(NamedTuple):
    """How a span is drawn: its length, how much of it is a point, and whose steps it is made of, coarse ones first."""

    length: timedelta
    step: timedelta
    tables: tuple[str, ...]


SCALES: dict[Span, Scale] = {
    "hour": Scale(timedelta(hours=1), timedelta(minutes=1), ("minute",)),
    "day": Scale(timedelta(days=1), timedelta(minutes=15), ("minute",)),
    "week": Scale(timedelta(days=7), timedelta(hours=2), ("ten_minutes", "minute")),
    "month": Scale(timedelta(days=30), timedelta(hours=6), ("ten_minutes", "minute")),
    "year": Scale(timedelta(days=364), timedelta(days=7), ("day", "ten_minutes", "minute")),
}
TABLES: dict[Step, tuple[str, ...]] = {
    "minute": ("minute",),
    "ten_minutes": ("ten_minutes", "minute"),
    "day": ("day", "ten_minutes", "minute"),
}
LATE = {"day": timedelta(days=2), "ten_minutes": timedelta(hours=3), "minute": timedelta(0)}
"""How far back steps may still be missing in a table: the finer ones of that time are summed up soon."""
STEPS = {"minute": timedelta(minutes=1), "ten_minutes": timedelta(minutes=10), "day": timedelta(days=1)}
MONDAY = datetime(2001, 1, 1, tzinfo=UTC)  # steps begin at full hours, at midnight, on Mondays; all of it UTC
SETTLING = timedelta(minutes=3)  # a step so young may still get its first row

MEANS = ("connections", "active", "idle", "idle_in_transaction", "waiting")
SUMS = (
    *("commits", "rollbacks", "blocks_hit", "blocks_read", "rows_returned", "rows_inserted", "rows_updated"),
    *("rows_deleted", "temp_files", "temp_bytes", "deadlocks", "active_ms"),
)
LASTS = ("size_bytes", "private_bytes")
LAST = "(array_agg({0} ORDER BY at DESC) FILTER (WHERE {0} IS NOT NULL))[1] AS {0}"
COLUMNS = ", ".join(("at", "seconds", "connections_most", *MEANS, *SUMS, *LASTS))
CURVE = f"""
    WITH looked AS (
        SELECT date_bin($3, at, $4) AS at, sum(seconds)::float8 AS looked FROM ({{of_server}}) s GROUP BY 1
    ), own AS (
        SELECT date_bin($3, at, $4) AS at, max(connections_most) AS connections_most,
            {", ".join(f"sum({name} * seconds)::float8 AS {name}" for name in MEANS)},
            sum(seconds) FILTER (WHERE active IS NULL) AS hidden,
            {", ".join(f"sum({name})::bigint AS {name}" for name in SUMS)},
            {", ".join(LAST.format(name) for name in LASTS)}
        FROM ({{of_subject}}) s GROUP BY 1
    )
    SELECT * FROM looked LEFT JOIN own USING (at) WHERE at <= $6 AND at < $7 ORDER BY at
"""
EARLIER = """
    SELECT coalesce({}) AS size_bytes
""".format(
    ", ".join(
        f"(SELECT size_bytes FROM figures_{step} WHERE subject = $1 AND at < $2 AND size_bytes IS NOT NULL"
        " ORDER BY at DESC LIMIT 1)"
        for step in STEPS
    )
)


async def drawn(
    asked: Span | Stretch, *, subject: UUID, server: UUID, since: datetime | None = None, size_bytes: int | None = None
) -> Series:
    """The curves of a database or server. Nothing is known `since` before; `size_bytes` is what is known now."""
    now = datetime.now(UTC)
    if isinstance(asked, Stretch):
        span, end = asked.span, asked.until
        scale = Scale(asked.until - asked.since, asked.stride, TABLES[asked.step])
        first = _floor(asked.since, scale.step)
    else:
        span, end, scale = asked, now, SCALES[asked]
        first = _floor(now - scale.length + scale.step, scale.step)
    of_server, of_subject = _steps(scale, "$1", COLUMNS), _steps(scale, "$5", COLUMNS)
    sql = CURVE.format(of_server=of_server, of_subject=of_subject)
    rows = {row["at"]: row for row in await DB.fetch(sql, server, first, scale.step, MONDAY, subject, now, end)}
    size = await _size_before(first, subject, rows, size_bytes if now - end < SETTLING else None)
    points = []
    for at in _moments(first, end, scale.step):
        row = None if since and at + scale.step <= since else rows.get(at)
        if row is None and at + scale.step > now - SETTLING:
            break  # not yet a gap
        size = size if row is None or row["size_bytes"] is None else row["size_bytes"]
        points.append(_point(at, row, size))
    until = points[-1].at + scale.step if points else now
    return Series(span=span, step_seconds=int(scale.step.total_seconds()), since=first, until=until, points=points)


def _steps(scale: Scale, subject: str, columns: str) -> str:
    """Each table from where the coarser one before it ends: what is of today is not yet among the days.

    That end is looked for within `LATE` only, so that few partitions are planned.
    """
    parts, begins = [], "$2"
    for place, table in enumerate(scale.tables):
        parts.append(f"SELECT {columns} FROM figures_{table} WHERE subject = {subject} AND at >= {begins}")
        late = f"greatest($2, $6::timestamptz - interval '{LATE[table].total_seconds():.0f} s')"
        ended = f"max(at) + interval '{STEPS[table].total_seconds():.0f} s'"
        edge = f"(SELECT coalesce({ended}, {late}) FROM figures_{table} WHERE subject = $1 AND at >= {late})"
        begins = f"{late} AND at >= {edge}" if place + 1 < len(scale.tables) else ""
    return " UNION ALL ".join(parts)


async def _size_before(first: datetime, subject: UUID, rows: dict[datetime, Any], now: int | None) -> int | None:
    """A database that left no step since then has not changed, so its size was what it is now."""
    if rows and rows[min(rows)]["size_bytes"] is not None:
        return None
    row = await DB.fetch_row(EARLIER, subject, first)
    known = row["size_bytes"] if row else None
    return known if known is not None or any(row["size_bytes"] is not None for row in rows.values()) else now


def _floor(at: datetime, step: timedelta) -> datetime:
    return at - (at - MONDAY) % step


def _moments(first: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while first < end:
        yield first
        first += step


def _point(at: datetime, row: Any, size: int | None) -> Point:
    if row is None:
        unknown: dict[str, Any] = dict.fromkeys(Point.__struct_fields__)
        return Point(**unknown | {"at": at})
    looked = float(row["looked"])

    def per_second(name: str) -> float:
        return round(float(row[name] or 0) / looked, 4)

    def of_state(name: str) -> float | None:
        """Over the time in which states were not hidden from us."""
        if row["hidden"] is None:
            return per_second(name)
        return None if row[name] is None else round(row[name] / max(looked - row["hidden"], 1), 4)

    blocks = (row["blocks_hit"] or 0) + (row["blocks_read"] or 0)
    return Point(
        at=at,
        size_bytes=size,
        connections=per_second("connections"),
        connections_most=row["connections_most"] or 0,
        connections_active=of_state("active"),
        connections_idle=of_state("idle"),
        connections_idle_in_transaction=of_state("idle_in_transaction"),
        connections_waiting=of_state("waiting"),
        commits_per_second=per_second("commits"),
        rollbacks_per_second=per_second("rollbacks"),
        rows_read_per_second=per_second("rows_returned"),
        rows_inserted_per_second=per_second("rows_inserted"),
        rows_updated_per_second=per_second("rows_updated"),
        rows_deleted_per_second=per_second("rows_deleted"),
        cache_hit_percent=round(100 * row["blocks_hit"] / blocks, 2) if blocks else None,
        temp_bytes_per_second=per_second("temp_bytes"),
        temp_files=row["temp_files"] or 0,
        deadlocks=row["deadlocks"] or 0,
        query_ms_per_second=per_second("active_ms"),
        private_bytes=row["private_bytes"],
    )

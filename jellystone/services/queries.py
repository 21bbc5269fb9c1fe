"""What the queries of a database cost, from our own samples of pg_stat_statements."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.queries import Queries, Query, QueryHistory, QueryOfRole, QueryStep, Sort
from jellystone.postgres.probe import NO_STATEMENTS, NO_STATISTICS
from jellystone.services import history
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Permission
from jellystone.services.spans import MONDAY, Stretch

SETTLING = timedelta(minutes=3)
"""A step so young may still get its first row."""
SUMS = """
    sum(calls)::bigint AS calls, sum(total_ms) AS total_ms, sum(total_ms) / nullif(sum(calls), 0) AS mean_ms,
    sum(rows)::bigint AS rows, sum(blocks_hit)::bigint AS blocks_hit, sum(blocks_read)::bigint AS blocks_read,
    sum(temp_blocks)::bigint AS temp_blocks, sum(wal_bytes)::bigint AS wal_bytes
"""
SPENT_BY_QUERY = f"""
    SELECT s.*, q.text, q.first_seen_at, s.total_ms / nullif(sum(s.total_ms) OVER (), 0) AS share,
        sum(s.total_ms) OVER () AS whole
    FROM (SELECT queryid, {SUMS} FROM {{steps}} GROUP BY queryid) s
    LEFT JOIN queries q ON q.database = $1 AND q.queryid = s.queryid
"""
ORDERS: dict[Sort, str] = {
    "total": "total_ms",
    "mean": "mean_ms",
    "calls": "calls",
    "rows": "rows",
    "reads": "blocks_read",
    "temp": "temp_blocks",
}


async def of_database(
    actor: Actor, database: Found, part: Slice, asked: Stretch, *, sort: Sort = "total", matching: str = ""
) -> Queries:
    """The dearest first. What is searched is the text; the shares are of all queries, found or not."""
    actor.must(Permission.VIEW, database.team.id)
    steps = await history.rows("statements", database.row.id, asked)
    rows = await DB.fetch(
        f"""
        WITH spent AS ({SPENT_BY_QUERY.format(steps=steps)}),
            found AS (SELECT * FROM spent WHERE $2 = '%%' OR text ILIKE $2 OR queryid::text = $3)
        SELECT f.*, t.found, t.whole AS total_of_all
        FROM (SELECT (SELECT count(*) FROM found) AS found, (SELECT max(whole) FROM spent) AS whole) t
        LEFT JOIN (SELECT * FROM found ORDER BY {ORDERS[sort]} DESC NULLS LAST, queryid LIMIT $4 OFFSET $5) f ON true
        """,
        *(database.row.id, like(matching), matching.strip(), part.per_page, part.offset),
    )
    return Queries(
        items=[Query(**_query(database, row)) for row in rows if row["queryid"] is not None],
        total=rows[0]["found"],
        page=part.page,
        per_page=part.per_page,
        since=asked.since,
        until=asked.until,
        total_ms=rows[0]["total_of_all"] or 0.0,
        problem=problem(database),
    )


async def of_id(actor: Actor, database: Found, queryid: str, asked: Stretch) -> QueryHistory:
    """One query with its history and who runs it. NotFound if it is not known and was not called."""
    actor.must(Permission.VIEW, database.team.id)
    number = _number(queryid)
    values = (database.row.id, number)
    steps = await history.rows("statements", database.row.id, asked)
    row = await DB.fetch_row(f"SELECT * FROM ({SPENT_BY_QUERY.format(steps=steps)}) s WHERE queryid = $2", *values)
    spent = f"FROM {steps} WHERE queryid = $2 AND database = $1"
    roles = await DB.fetch(f"SELECT role, {SUMS} {spent} GROUP BY role ORDER BY total_ms DESC, role", *values)
    curve = await DB.fetch(f"SELECT date_bin($3, at, $4) AS at, {SUMS} {spent} GROUP BY 1", *values, *_binned(asked))
    servers = await history.rows("figures", database.server.id, asked)
    looked = await DB.fetch(f"SELECT DISTINCT date_bin($1, at, $2) AS at FROM {servers}", *_binned(asked))
    fields = _query(database, row) if row else await _silent(database, number)
    return QueryHistory(
        **fields,
        since=asked.since,
        until=asked.until,
        roles=[QueryOfRole(**one) for one in roles],
        step_seconds=int(asked.stride.total_seconds()),
        steps=_steps(asked, {one["at"]: one for one in curve}, {one["at"] for one in looked}),
    )


def _binned(asked: Stretch) -> tuple[timedelta, datetime]:
    return asked.stride, MONDAY


def _steps(asked: Stretch, spent: dict[datetime, Any], looked: set[datetime]) -> list[QueryStep]:
    """All of them: zero where we looked and it was not called, null where we did not look."""
    names = [name for name in QueryStep.__struct_fields__ if name != "at"]
    silent = {name: None if name == "mean_ms" else 0 for name in names}
    unknown = dict.fromkeys(names)
    found = []
    for at in sorted({*asked.moments(), *spent}):
        values = spent.get(at) or (silent if at in looked else unknown)
        found.append(QueryStep(at=at, **{name: values[name] for name in names}))
    while len(found) > 1 and found[-1].calls is None and found[-1].at + asked.stride > datetime.now(UTC) - SETTLING:
        found.pop()  # not yet a gap
    return found


def problem(database: Found) -> str | None:
    """Why there may be nothing, in the words that the server's owner can act upon."""
    warnings: list[str] = msgspec.json.decode(database.server.warnings)
    told = [words for words in warnings if words.startswith((NO_STATEMENTS, NO_STATISTICS))]
    return " ".join(told) or None


def _query(database: Found, row: Any) -> dict[str, Any]:
    fields = {name: row[name] for name in Query.__struct_fields__ if name in row.keys()}  # noqa: SIM118
    return fields | _named(database, row["queryid"])


def _named(database: Found, queryid: int) -> dict[str, Any]:
    id = f"{database.id}/{queryid}"
    return {"id": id, "server": database.server.name, "database": database.row.name, "queryid": str(queryid)}


async def _silent(database: Found, queryid: int) -> dict[str, Any]:
    """A query that we know, and that was not called within the range."""
    row = await DB.fetch_row(
        """
        SELECT text, first_seen_at, 0 AS calls, 0.0::float8 AS total_ms, NULL AS mean_ms, NULL AS share,
            0 AS rows, 0 AS blocks_hit, 0 AS blocks_read, 0 AS temp_blocks, 0 AS wal_bytes
        FROM queries WHERE database = $1 AND queryid = $2
        """,
        *(database.row.id, queryid),
    )
    if row is None:
        raise _unknown(str(queryid))
    return dict(row) | _named(database, queryid)


def _number(queryid: str) -> int:
    """PostgreSQL's own: 64 bits with a sign."""
    digits = queryid.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and -(2**63) <= int(queryid) < 2**63):
        raise _unknown(queryid)
    return int(queryid)


def _unknown(queryid: str) -> NotFound:
    return NotFound(f"There is no query {queryid[:40]} here. Choose one in the list; it may have been long ago.")

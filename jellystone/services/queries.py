"""What the queries of a database cost, from our own samples of pg_stat_statements."""

from typing import Any

import msgspec

from jellystone.database import DB
from jellystone.facts.queries import Queries, Query, Sort
from jellystone.postgres.probe import NO_STATEMENTS, NO_STATISTICS
from jellystone.services import history
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Permission
from jellystone.services.spans import Stretch

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
        items=[_query(database, row) for row in rows if row["queryid"] is not None],
        total=rows[0]["found"],
        page=part.page,
        per_page=part.per_page,
        since=asked.since,
        until=asked.until,
        total_ms=rows[0]["total_of_all"] or 0.0,
        problem=problem(database),
    )


def problem(database: Found) -> str | None:
    """Why there may be nothing, in the words that the server's owner can act upon."""
    warnings: list[str] = msgspec.json.decode(database.server.warnings)
    told = [words for words in warnings if words.startswith((NO_STATEMENTS, NO_STATISTICS))]
    return " ".join(told) or None


def named(database: Found, queryid: int) -> dict[str, Any]:
    id = f"{database.id}/{queryid}"
    return {"id": id, "server": database.server.name, "database": database.row.name, "queryid": str(queryid)}


def _query(database: Found, row: Any) -> Query:
    fields = {name: row[name] for name in Query.__struct_fields__ if name in row.keys()}  # noqa: SIM118
    return Query(**fields | named(database, row["queryid"]))

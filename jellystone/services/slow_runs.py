"""The slow query log: runs that took longer than their database's threshold, as sampled every ten seconds."""

from jellystone.database import DB
from jellystone.facts.queries import SlowRun, SlowRuns
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Permission
from jellystone.services.spans import Stretch

RUNS = """
    FROM slow_runs WHERE database = $1 AND query_start >= $2 AND query_start < $3
        AND ($4 = '%%' OR text ILIKE $4 OR role ILIKE $4 OR application ILIKE $4)
"""
ORDERS = {"newest": "query_start", "longest": "duration_ms"}


async def of_database(
    actor: Actor, database: Found, part: Slice, asked: Stretch, *, sort: str = "newest", matching: str = ""
) -> SlowRuns:
    """The newest or the longest first; `matching` looks into text, role and application."""
    actor.must(Permission.VIEW, database.team.id)
    values = (database.row.id, asked.since, asked.until, like(matching))
    rows = await DB.fetch(
        f"""
        SELECT query_start AS started_at, last_seen_at, duration_ms, role, application, client, wait,
            queryid::text AS queryid, text
        {RUNS} ORDER BY {ORDERS[sort]} DESC, id DESC LIMIT $5 OFFSET $6
        """,
        *(*values, part.per_page, part.offset),
    )
    total = await DB.fetch_row(f"SELECT count(*) AS found {RUNS}", *values)
    return SlowRuns(
        items=[SlowRun(**row) for row in rows],
        total=total["found"] if total else 0,
        page=part.page,
        per_page=part.per_page,
        threshold_ms=database.row.slow_query_ms,
    )

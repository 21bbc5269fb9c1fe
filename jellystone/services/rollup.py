"""From minutes to ten minutes, from these to days: each step once it is over, again without harm."""

from datetime import datetime, timedelta

from jellystone.database import DB
from jellystone.services.looks import LONGEST
from jellystone.services.spans import SECONDS, Step
from jellystone.services.steps import COUNTED, DAY, MEANS, NAMES, kept_for

LATE = LONGEST + 120
"""Seconds after a step's end in which its last rows may still come: a look tells of all since the one before."""
FROM: dict[Step, Step] = {"ten_minutes": "minute", "day": "ten_minutes"}
AT_ONCE: dict[Step, timedelta] = {"ten_minutes": timedelta(hours=2), "day": timedelta(days=1)}
"""How much is summed up at once: with 10,000 busy databases it is more than a million rows, and takes seconds."""

DUE = """
    SELECT date_bin($2 * interval '1 second', greatest(
            coalesce((SELECT until FROM rolled_up WHERE step = $1), '-infinity'), now() - $3::interval
        ), 'epoch') AS since,
        date_bin($2 * interval '1 second', now() - $4 * interval '1 second', 'epoch') AS until
"""
DONE = """
    INSERT INTO rolled_up (step, until) VALUES ($1, $2) ON CONFLICT (step) DO UPDATE SET until = excluded.until
"""
# A database has no row for the time in which nothing happened: means are of the time in which we looked at its server,
# but for the time in which it was hidden from us.
MEAN = """
    CASE WHEN count(r.{0}) > 0 THEN least(1e9, sum(r.{0} * r.seconds)
        / nullif(max(l.seconds) - coalesce(sum(r.seconds) FILTER (WHERE r.{0} IS NULL), 0), 0)) END
"""
FIGURES = f"""
    WITH rows AS MATERIALIZED (
        SELECT *, date_bin($3 * interval '1 second', at, 'epoch') AS step FROM figures_{{finer}}
        WHERE at >= $1 AND at < $2
    ), looked AS (
        SELECT subject AS server, step, sum(seconds) AS seconds FROM rows JOIN servers ON servers.id = rows.subject
        GROUP BY subject, step
    )
    INSERT INTO figures_{{step}} ({", ".join(NAMES)})
    SELECT r.subject, r.step, max(l.seconds), max(r.connections_most),
        {", ".join(MEAN.format(name) for name in MEANS)},
        {", ".join(f"sum(r.{name})" for name in COUNTED)},
        (array_agg(r.size_bytes ORDER BY r.at DESC) FILTER (WHERE r.size_bytes IS NOT NULL))[1],
        (array_agg(r.private_bytes ORDER BY r.at DESC) FILTER (WHERE r.private_bytes IS NOT NULL))[1]
    FROM rows r LEFT JOIN databases d ON d.id = r.subject
        JOIN looked l ON l.server = coalesce(d.server, r.subject) AND l.step = r.step
    GROUP BY r.subject, r.step
    ON CONFLICT (subject, at) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in NAMES if name not in ("subject", "at"))}
"""
SUMS = ("calls", "total_ms", "rows", "blocks_hit", "blocks_read", "temp_blocks", "wal_bytes")
STATEMENTS = f"""
    INSERT INTO statements_{{step}} (database, at, queryid, role, seconds, {", ".join(SUMS)})
    SELECT database, date_bin($3 * interval '1 second', at, 'epoch'), queryid, role, sum(seconds),
        {", ".join(f"sum({name})" for name in SUMS)}
    FROM statements_{{finer}} WHERE at >= $1 AND at < $2 GROUP BY 1, 2, 3, 4
    ON CONFLICT (database, at, queryid, role) DO UPDATE SET seconds = excluded.seconds,
        {", ".join(f"{name} = excluded.{name}" for name in SUMS)}
"""


async def roll_up() -> None:
    """What is over since the last time, however long that is ago. After a crash the same again."""
    for step in FROM:
        while await _roll_up(step):
            pass


async def _roll_up(step: Step) -> bool:
    """The next part of it, in a transaction of its own; whether there was any."""
    finer = FROM[step]
    async with DB.transaction():
        await DB.fetch("SET LOCAL synchronous_commit = off")
        since, until = await _due(step, finer)
        if until <= since:
            return False
        until = min(until, since + AT_ONCE[step])
        for table in (FIGURES, STATEMENTS):
            await DB.fetch(table.format(step=step, finer=finer), since, until, SECONDS[step])
        await DB.fetch(DONE, step, until)
        return True


async def _due(step: Step, finer: Step) -> tuple[datetime, datetime]:
    """From the last time on, or as far back as there may be rows (pieces go as a whole). Days wait for ten minutes."""
    late = LATE + (SECONDS[finer] if finer != "minute" else 0)
    row = (await DB.fetch(DUE, step, SECONDS[step], kept_for(finer) + DAY, late))[0]
    return row["since"], row["until"]

"""How busy the last day was, hour by hour, for each database of a list: one query for all of them.

Its rows lie all over the table (one of each database in every ten minutes), so what was read is kept for a while: it
is about to change every ten minutes only.
"""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from time import monotonic

from jellystone.database import DB
from jellystone.facts.databases import Database
from jellystone.services.actors import Actor
from jellystone.services.permissions import Scope

Spark = tuple[float | None, ...]
Key = tuple[str, datetime]
HOURS = 24
KEPT = 300.0  # seconds
MOST_KEPT = 5000
_kept: dict[Key, tuple[float, Spark]] = {}
TRANSACTIONS = """
    WITH shown AS (
        SELECT d.id, d.server, s.name || '/' || d.name AS key
        FROM unnest($1::text[], $2::text[]) AS asked (server, name)
        JOIN servers s ON s.name = asked.server JOIN databases d ON d.server = s.id AND d.name = asked.name
    ), hours AS (
        SELECT subject, date_bin('1 hour', at, 'epoch') AS at, sum(commits + rollbacks)::float8 AS transactions,
            sum(seconds)::float8 AS seconds
        FROM figures_ten_minutes
        WHERE subject = ANY (SELECT id FROM shown UNION SELECT server FROM shown) AND at >= $3
        GROUP BY 1, 2
    )
    SELECT shown.key, looked.at, coalesce(own.transactions, 0) / looked.seconds AS per_second
    FROM shown JOIN hours looked ON looked.subject = shown.server
        LEFT JOIN hours own ON own.subject = shown.id AND own.at = looked.at
    WHERE looked.seconds > 0 ORDER BY shown.key
"""


async def of_databases(actor: Actor, shown: list[Database]) -> dict[str, Spark]:
    """Transactions a second in each hour of the last day, by id; null where nobody looked. Who sees it, may see it."""
    actor.must_have(Scope.READ)
    now = monotonic()
    missing = [one for one in shown if _kept.get(_key(one), (0.0, ()))[0] < now]
    if missing:
        found = await _read(missing)
        if len(_kept) + len(missing) > MOST_KEPT:
            _kept.clear()
        _kept.update({_key(one): (now + KEPT, found.get(one.id, ())) for one in missing})
    return {one.id: spark for one in shown if (spark := _kept[_key(one)][1])}


def _key(one: Database) -> Key:
    """Another one of the same name is another one."""
    return one.id, one.created_at


async def _read(shown: list[Database]) -> dict[str, Spark]:
    this = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    since = this - timedelta(hours=HOURS - 1)
    rows = await DB.fetch(TRANSACTIONS, [one.server for one in shown], [one.name for one in shown], since)
    found = {}
    for key, of_one in groupby(rows, key=lambda row: str(row["key"])):
        at = {row["at"]: float(row["per_second"]) for row in of_one}
        found[key] = tuple(at.get(since + timedelta(hours=hour)) for hour in range(HOURS))
    return found

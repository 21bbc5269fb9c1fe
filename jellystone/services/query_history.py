"""One query: what it cost from step to step, and who ran it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.queries import QueryHistory, QueryOfRole, QueryStep, Spent
from jellystone.services import history
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.permissions import Permission
from jellystone.services.queries import SUMS, named
from jellystone.services.spans import MONDAY, Stretch

SETTLING = timedelta(minutes=3)
"""A step so young may still get its first row."""
NAMES = [name for name in Spent.__struct_fields__ if name != "mean_ms"]
KNOWN = "SELECT text, first_seen_at FROM queries WHERE database = $1 AND queryid = $2"


async def of_id(actor: Actor, database: Found, queryid: str, asked: Stretch) -> QueryHistory:
    """NotFound if it is not known and was not called. Two reads of the steps: its own, and what all queries took."""
    actor.must(Permission.VIEW, database.team.id)
    number = _number(queryid)
    known = await DB.fetch_row(KNOWN, database.row.id, number)
    steps = await history.rows("statements", database.row.id, asked)
    binned = asked.stride, MONDAY
    spent = await DB.fetch(
        f"SELECT date_bin($2, at, $3) AS at, role, {SUMS} FROM {steps} WHERE queryid = $1 GROUP BY 1, 2",
        number,
        *binned,
    )
    if known is None and not spent:
        raise _unknown(queryid)
    whole = await DB.fetch_row(f"SELECT sum(total_ms) AS ms FROM {steps}")
    servers = await history.rows("figures", database.server.id, asked)
    looked = await DB.fetch(f"SELECT DISTINCT date_bin($1, at, $2) AS at FROM {servers}", *binned)
    in_all = _added(spent)
    roles = [QueryOfRole(role=role, **_added(own)) for role, own in _by(spent, "role").items()]
    return QueryHistory(
        **named(database, number),
        **in_all,
        text=known["text"] if known else None,
        first_seen_at=known["first_seen_at"] if known else None,
        share=in_all["total_ms"] / whole["ms"] if whole and whole["ms"] else None,
        since=asked.since,
        until=asked.until,
        roles=sorted(roles, key=lambda one: (-one.total_ms, one.role)),
        step_seconds=int(asked.stride.total_seconds()),
        steps=_steps(asked, _by(spent, "at"), {one["at"] for one in looked}),
    )


def _by(rows: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _added(rows: Iterable[Any]) -> dict[str, Any]:
    rows = list(rows)
    sums: dict[str, Any] = {name: sum(row[name] for row in rows) for name in NAMES}
    sums["total_ms"] = float(sums["total_ms"])
    return sums | {"mean_ms": sums["total_ms"] / sums["calls"] if sums["calls"] else None}


def _steps(asked: Stretch, spent: dict[datetime, list[Any]], looked: set[datetime]) -> list[QueryStep]:
    """All of them: zero where we looked and it was not called, null where we did not look."""
    names = [name for name in QueryStep.__struct_fields__ if name != "at"]
    found = []
    for at in sorted({*asked.moments(), *spent}):
        values = _added(spent.get(at, [])) if at in spent or at in looked else dict.fromkeys(names)
        found.append(QueryStep(at=at, **{name: values[name] for name in names}))
    while len(found) > 1 and found[-1].calls is None and found[-1].at + asked.stride > datetime.now(UTC) - SETTLING:
        found.pop()  # not yet a gap
    return found


def _number(queryid: str) -> int:
    """PostgreSQL's own: 64 bits with a sign."""
    digits = queryid.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and -(2**63) <= int(queryid) < 2**63):
        raise _unknown(queryid)
    return int(queryid)


def _unknown(queryid: str) -> NotFound:
    return NotFound(f"There is no query {queryid[:40]} here. Choose one in the list; it may have been long ago.")

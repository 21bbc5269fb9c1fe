"""What checks have found, for who may know of it: of a database, of a server, of all that somebody has."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.facts.advice import Advice, AdviceCount, Kind, State
from jellystone.facts.lists import Listing
from jellystone.postgres import checks
from jellystone.postgres.checks.kinds import MISSING, RANK, Check, Finding, Look, unknown
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.lists import Slice
from jellystone.services.permissions import Permission, Scope

FRESH: dict[Look, timedelta] = {
    "now": timedelta(minutes=5),
    "hour": timedelta(minutes=20),
    "rights": timedelta(minutes=30),
}
"""For how long we believe what was found; then it is unknown, and never green."""
KNOWN: dict[Kind, Mapping[str, Check[Any]]] = {"database": checks.OF_DATABASES, "server": checks.OF_SERVERS}
NEEDING = {kind: Counter(check.needs for check in known.values()) for kind, known in KNOWN.items()}
COLUMNS = """
    a.check_name, a.state, a.seen::text AS seen, a.since, s.name AS server, d.name AS database, t.slug AS team,
    CASE a.state WHEN 'act' THEN 3 WHEN 'watch' THEN 2 ELSE 1 END AS weight
    FROM advice a JOIN servers s ON s.id = a.server LEFT JOIN databases d ON d.id = a.database
    LEFT JOIN teams t ON t.id = d.team
"""
MINE = f"""
    SELECT count(*) OVER () AS total, {COLUMNS}
    WHERE a.state = ANY ($3) AND (d.team = ANY ($1::uuid[]) OR $2 AND (a.database IS NULL OR $4 <> ''))
        AND ($4::text = '' OR t.slug = $4) AND ($5::text = '' OR s.name = $5)
    ORDER BY weight DESC, a.since DESC, a.id LIMIT $6 OFFSET $7
"""
OF_DATABASE = f"SELECT {COLUMNS} WHERE a.database = $1"
OF_SERVER = f"SELECT {COLUMNS} WHERE s.name = $1 AND a.database IS NULL"
ON_SERVER = f"""
    SELECT {COLUMNS} WHERE s.name = $1 AND ($2 OR d.team = ANY ($3::uuid[])) AND a.database IS NOT NULL
    ORDER BY weight DESC, a.since DESC LIMIT 500
"""
ADVISED = "SELECT advised::text AS advised FROM servers WHERE name = $1"


async def of_database(actor: Actor, database: Found) -> Listing[Advice]:
    """Every check there is, worst first."""
    actor.must(Permission.VIEW, database.team.id)
    rows = {row["check_name"]: row for row in await DB.fetch(OF_DATABASE, database.row.id)}
    advised = await _advised(database.server.name)
    begun = database.row.status == "ready"
    found = [
        _of(check, rows.get(name), advised if begun else {}, "database", database.id, database.team.slug)
        for name, check in checks.OF_DATABASES.items()
    ]
    return _listing(found)


async def of_server(actor: Actor, name: str) -> Listing[Advice]:
    """To operators all checks of the server and what was found in its databases; to others what concerns theirs."""
    actor.must_have(Scope.READ)
    advised = await _advised(name)
    found = []
    if actor.operator:
        rows = {row["check_name"]: row for row in await DB.fetch(OF_SERVER, name)}
        found = [
            _of(check, rows.get(check_name), advised, "server", name, None)
            for check_name, check in checks.OF_SERVERS.items()
        ]
    inside = await DB.fetch(ON_SERVER, name, actor.operator, list(actor.ranks))
    return _listing(found + _all(inside))


async def of_actor(
    actor: Actor, part: Slice, *, state: State | None = None, team: str = "", server: str = ""
) -> Listing[Advice]:
    """What was found in the databases of the actor's teams, and for operators about servers; worst first."""
    actor.must_have(Scope.READ)
    states = [state] if state else ["act", "watch"]
    asked = (list(actor.ranks), actor.operator, states, team, server)
    rows = await DB.fetch(MINE, *asked, part.per_page, part.offset)
    if not rows and part.page > 1:
        return part.of([], (await of_actor(actor, Slice(per_page=1), state=state, team=team, server=server)).total)
    return part.of(_all(rows), rows[0]["total"] if rows else 0)


def count(kind: Kind, found: str | None, advised: str) -> AdviceCount:
    """For lists: `found` is a JSON object of checks and states, `advised` the server's column."""
    return counted(kind, msgspec.json.decode(found) if found else {}, _moments(advised))


def counted(kind: Kind, states: Mapping[str, State], advised: Mapping[str, datetime]) -> AdviceCount:
    known, now = KNOWN[kind], datetime.now(UTC)
    found = {name: state for name, state in states.items() if name in known}
    stale = [look for look in FRESH if not _fresh(look, advised, now)]
    unseen = sum(NEEDING[kind][look] for look in stale) - sum(known[name].needs in stale for name in found)
    tally = [*found.values()]
    return AdviceCount(
        act=tally.count("act"), watch=tally.count("watch"), unknown=tally.count("unknown") + unseen, checks=len(known)
    )


async def _advised(server: str) -> dict[str, datetime]:
    row = await DB.fetch_row(ADVISED, server)
    if row is None:
        raise NotFound(f"There is no server {server!r}.")
    return _moments(row["advised"])


def _moments(advised: str) -> dict[str, datetime]:
    return msgspec.json.decode(advised, type=dict[str, datetime])


def _fresh(look: Look, advised: Mapping[str, datetime], now: datetime) -> bool:
    at = advised.get(look)
    return at is not None and now - at < FRESH[look]


def _listing(found: list[Advice]) -> Listing[Advice]:
    found.sort(key=lambda one: -RANK[one.state])
    return Listing(items=found, total=len(found), per_page=max(50, len(found)))


def _all(rows: list[Any]) -> list[Advice]:
    found = []
    for row in rows:
        of_database = row["database"] is not None
        check = (checks.OF_DATABASES if of_database else checks.OF_SERVERS).get(row["check_name"])
        name = f"{row['server']}/{row['database']}" if of_database else row["server"]
        if check:
            found.append(show(check, row, "database" if of_database else "server", name, row["team"]))
    return found


def _of(
    check: Check[Any], row: Any, advised: Mapping[str, datetime], kind: Kind, name: str, team: str | None
) -> Advice:
    if row is None and not _fresh(check.needs, advised, datetime.now(UTC)):
        return told(check, unknown("look"), kind, name, team)
    return show(check, row, kind, name, team) if row else told(check, Finding("ok"), kind, name, team)


def show(check: Check[Any], row: Any, kind: Kind, name: str, team: str | None) -> Advice:
    """A row of `advice`, in words."""
    finding = Finding(row["state"], msgspec.json.decode(row["seen"]))
    return told(check, finding, kind, name, team, since=row["since"])


def told(
    check: Check[Any], finding: Finding, kind: Kind, name: str, team: str | None, *, since: datetime | None = None
) -> Advice:
    seen = {figure: value for figure, value in finding.seen.items() if figure != "sql"}
    missing = MISSING.get(str(seen.get("missing")), MISSING["look"]) if finding.state == "unknown" else None
    helps = finding.state in ("watch", "act")
    sql = (str(finding.seen.get("sql") or "") or check.words(check.sql, finding.seen)) if helps else ""
    words = ("Nothing was found.", "Nothing to do.") if not helps else (check.words(check.said, seen), "")
    return Advice(
        check=check.name,
        state=finding.state,
        title=check.title,
        object_kind=kind,
        object=name,
        team=team,
        seen=seen,
        summary=missing[0] if missing else words[0],
        why=check.why,
        what=missing[1] if missing else words[1] or check.words(check.what, seen),
        sql=sql or None,
        run_by=check.by if sql else None,
        page=f"/databases/{name}/{check.page}" if check.page and helps and kind == "database" else None,
        limits=check.limits,
        since=since,
    )

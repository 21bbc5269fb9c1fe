"""Mails to those who can help: when something is to be acted on, and when that is over.

Owners of a database's team, and operators for servers. At most one a day for each check of a database or server, and
whatever is new in a round goes to a person in one mail. `advice_mails` remembers what was told and is not over yet.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.facts.advice import Advice
from jellystone.postgres.checks.kinds import Finding
from jellystone.services import mail, muted_advice
from jellystone.services.advice import told
from jellystone.services.advice_store import check_of

SETTLED = 3  # minutes that it must have been so: what passes by itself is not worth a mail
NAMES = """
    s.name AS server, d.name AS database, t.slug AS team, d.team AS team_id, w.check_name
"""
WHOSE = """
    JOIN servers s ON s.id = w.server LEFT JOIN databases d ON d.id = w.database LEFT JOIN teams t ON t.id = d.team
"""
OPENED = f"""
    SELECT {NAMES}, w.server AS server_id, w.database AS database_id, w.seen::text AS seen, w.since
    FROM advice w {WHOSE} LEFT JOIN advice_mails m
        ON m.server = w.server AND m.database IS NOT DISTINCT FROM w.database AND m.check_name = w.check_name
    WHERE w.state = 'act' AND w.since <= $1::timestamptz - make_interval(mins => {SETTLED})
        AND (m.at IS NULL OR m.over_at IS NOT NULL AND m.at <= $1::timestamptz - interval '1 day')
    ORDER BY w.since LIMIT 500
"""
OVER = f"""
    SELECT {NAMES}, w.server AS server_id, w.database AS database_id
    FROM advice_mails w {WHOSE}
    WHERE w.over_at IS NULL AND NOT EXISTS (
        SELECT FROM advice a WHERE a.server = w.server AND a.database IS NOT DISTINCT FROM w.database
            AND a.check_name = w.check_name AND a.state IN ('act', 'unknown'))
    ORDER BY w.at LIMIT 500
"""
NOTE = """
    INSERT INTO advice_mails (server, database, check_name, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (server, coalesce(database, '00000000-0000-0000-0000-000000000000'), check_name)
    DO UPDATE SET at = excluded.at, over_at = NULL
"""
MAILED = """
    UPDATE advice SET mailed_at = $4
    WHERE server = $1 AND database IS NOT DISTINCT FROM $2 AND check_name = $3
"""
ENDED = """
    UPDATE advice_mails SET over_at = $4
    WHERE server = $1 AND database IS NOT DISTINCT FROM $2 AND check_name = $3
"""
PEOPLE = """
    SELECT u.id, u.email, m.team, u.operator,
        ARRAY(SELECT check_name FROM muted_advice x WHERE x.user = u.id)::text[] AS muted
    FROM users u LEFT JOIN memberships m ON m.user = u.id AND m.rank = 'owner' AND m.team = ANY ($1::uuid[])
    WHERE u.disabled_at IS NULL AND (m.team IS NOT NULL OR u.operator AND $2)
"""


async def write(at: datetime) -> None:
    """Everything that is due, in one transaction with the note that it was told."""
    async with DB.transaction():
        opened, over = await DB.fetch(OPENED, at), await DB.fetch(OVER)
        if not opened and not over:
            return
        for row in opened:
            await DB.fetch(NOTE, row["server_id"], row["database_id"], row["check_name"], at)
            await DB.fetch(MAILED, row["server_id"], row["database_id"], row["check_name"], at)
        for row in over:
            await DB.fetch(ENDED, row["server_id"], row["database_id"], row["check_name"], at)
        await _send(opened, over)


async def _send(opened: list[Any], over: list[Any]) -> None:
    teams = [row["team_id"] for row in [*opened, *over] if row["team_id"]]
    of_servers = any(row["database"] is None for row in [*opened, *over])
    people: dict[UUID, str] = {}
    new: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    done: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for person in await DB.fetch(PEOPLE, teams, of_servers):
        people[person["id"]] = person["email"]
        for rows, letters in ((opened, new), (over, done)):
            for row in rows:
                if _concerns(person, row) and (words := _words(row)) and words not in letters[person["id"]]:
                    letters[person["id"]].append(words)
    for id, email in people.items():
        if new[id] or done[id]:
            stop = mail.link(f"/unsubscriptions/{muted_advice.secret(id)}")
            choose = mail.link("/account/advice")
            facts = {"opened": new[id], "over": done[id], "link": mail.link(_page([*new[id], *done[id]]))}
            await mail.queue(email, "advice", caused_by=None, unsubscribe=stop, choose=choose, **facts)


def _concerns(person: Any, row: Any) -> bool:
    mine = person["operator"] if row["database"] is None else person["team"] == row["team_id"]
    return bool(mine) and not {"", row["check_name"]} & set(person["muted"])


def _words(row: Any) -> dict[str, Any] | None:
    check = check_of(row["database_id"], row["check_name"])
    if check is None:
        return None
    of_database = row["database"] is not None
    name = f"{row['server']}/{row['database']}" if of_database else row["server"]
    seen = msgspec.json.decode(row["seen"]) if "seen" in row else {}
    advice: Advice = told(check, Finding("act", seen), "database" if of_database else "server", name, row["team"])
    page = f"/{advice.object_kind}s/{name}/advice"
    words = {"title": check.title, "object": name, "kind": advice.object_kind, "page": page, "link": mail.link(page)}
    return words | {"summary": advice.summary if "seen" in row else "", "what": advice.what}


def _page(told: list[dict[str, Any]]) -> str:
    """To the page of the one that it is about, or of all of them."""
    pages = {one["page"] for one in told}
    return str(pages.pop()) if len(pages) == 1 else "/advice"

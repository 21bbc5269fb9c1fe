"""Passwords that somebody may still know who has left since they were last changed, and changing them all."""

from typing import Any

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound, Problem
from jellystone.facts.members import Exposure
from jellystone.postgres.scram import generated_password
from jellystone.services import databases, events, provisioning, role_passwords, roles
from jellystone.services.actors import Actor
from jellystone.services.permissions import Permission
from jellystone.tables.teams import Team

EXPOSED = """
    WITH gone AS (
        SELECT who, max(at) AS at, max(at) FILTER (WHERE held) AS held_at
        FROM (
            SELECT e.at, (e.details->>'held_the_key')::boolean AS held, CASE e.object_kind
                WHEN 'token' THEN 'the token ' || e.object ELSE substr(e.object, strpos(e.object, '/') + 1) END AS who
            FROM events e WHERE e.team = $1 AND e.details ? 'held_the_key'
        ) AS left_ WHERE who NOT IN (
            SELECT u.email FROM memberships m JOIN users u ON u.id = m.user
            WHERE m.team = $1 AND m.sealed_key IS NOT NULL
        )
        GROUP BY who
    ),
    kept AS (
        SELECT r.id, r.name, r.password_changed_at, r.problem, d.name AS database, s.name AS server,
            s.name || '/' || d.name || '/' || r.name AS role, r.made AND r.pending_verifier IS NOT NULL AS changing,
            CASE WHEN r.pending_verifier IS NULL THEN r.password_changed_at ELSE r.created_at END AS since
        FROM roles r JOIN databases d ON d.id = r.database JOIN servers s ON s.id = r.server
        WHERE d.team = $1 AND r.status <> 'deleting'
    )
    SELECT k.role, k.name, k.database, k.server, k.changing, k.problem, k.password_changed_at,
        array_agg(g.who ORDER BY g.who) AS who, bool_or(seen.it) AS revealed
    FROM kept k CROSS JOIN gone g CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM events e
            WHERE e.team = $1 AND e.object = k.role AND e.action = 'revealed the password of' AND e.at > k.since
                AND g.who = CASE e.actor_kind WHEN 'team token' THEN 'the token ' || e.actor ELSE e.actor END
        ) AS it
    ) AS seen
    WHERE g.held_at > k.since OR (g.at > k.since AND seen.it)
    GROUP BY k.role, k.name, k.database, k.server, k.changing, k.problem, k.password_changed_at
    ORDER BY 1
"""


async def of_team(actor: Actor, team: Team) -> list[Exposure]:
    """Those revealed and those that could have been: a copy of the team's key opens them all.

    One stays in the list until the server has the new password, because until then the old one still works.
    """
    actor.must(Permission.VIEW, team.id)
    return [_fact(row) for row in await DB.fetch(EXPOSED, team.id)]


async def change_all(actor: Actor, team: Team) -> int:
    """Give every one of them a new password; how many. What is wanted is recorded at once, the servers follow.

    Programs that use them must be told: the record lists each change as if it had been made by hand.
    """
    actor.must(Permission.CHANGE_ROLES, team.id)
    actor.must_be_fresh()
    count = 0
    for row in await DB.fetch(EXPOSED, team.id):
        if not row["changing"]:
            count += await _change(actor, row)
    if count:
        await events.record(actor, "changed all exposed passwords of", "team", team.slug, team=team.id, roles=count)
    return count


async def finish(team: Team) -> None:
    """Bring the servers to it, one role after the other; what fails is the reconciler's."""
    rows = await DB.fetch(
        "SELECT r.id FROM roles r JOIN databases d ON d.id = r.database WHERE d.team = $1 AND r.status = 'changing'",
        team.id,
    )
    for row in rows:
        try:
            await provisioning.bring_role(row["id"])
        except Problem:  # kept with the row, and shown there
            continue


async def _change(actor: Actor, row: Any) -> bool:
    """Whether it is going to be changed: not where it is being made or deleted just now."""
    try:
        database = await databases.find(actor, row["server"], row["database"])
        role = await roles.find(actor, database, row["name"])
        await role_passwords.intend(actor, role, generated_password())
    except (Conflict, NotFound):
        return False
    return True


def _fact(row: Any) -> Exposure:
    names = ("role", "who", "revealed", "changing", "problem", "password_changed_at")
    return Exposure(**{name: row[name] for name in names})

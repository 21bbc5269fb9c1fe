"""Passwords that somebody may still know who has left since they were last changed, and changing them all."""

from typing import Any

from jellystone.database import DB
from jellystone.errors import Problem
from jellystone.facts.members import Exposure
from jellystone.postgres.scram import generated_password
from jellystone.services import databases, events, provisioning, role_passwords, roles
from jellystone.services.actors import Actor
from jellystone.services.permissions import Permission
from jellystone.tables.teams import Team

EXPOSED = """
    WITH gone AS (
        SELECT split_part(e.object, '/', 2) AS who, max(e.at) AS at FROM events e
        WHERE e.team = $1 AND e.object_kind = 'member' AND e.action IN ('removed', 'left')
            AND e.details->>'held_the_key' = 'true'
        GROUP BY 1
        UNION ALL
        SELECT 'the token ' || e.object, max(e.at) FROM events e
        WHERE e.team = $1 AND e.object_kind = 'token' AND e.action = 'revoked' AND e.details->>'held_the_key' = 'true'
        GROUP BY 1
    )
    SELECT s.name || '/' || d.name || '/' || r.name AS role, d.name AS database, s.name AS server, r.name,
        array_agg(g.who::text ORDER BY g.who) AS who, r.status <> 'ready' AS changing, r.password_changed_at,
        EXISTS (
            SELECT FROM events e
            WHERE e.team = $1 AND e.action = 'revealed the password of'
                AND ARRAY[e.actor::text, 'the token ' || e.actor] && array_agg(g.who::text)
                AND e.object = s.name || '/' || d.name || '/' || r.name AND e.at > r.password_changed_at
        ) AS revealed
    FROM roles r JOIN databases d ON d.id = r.database JOIN servers s ON s.id = r.server
        JOIN gone g ON g.at > r.password_changed_at
    WHERE d.team = $1 AND r.status <> 'deleting'
    GROUP BY s.name, d.name, r.id
    ORDER BY 1
"""


async def of_team(actor: Actor, team: Team) -> list[Exposure]:
    """Those revealed and those that could have been: a copy of the team's key opens them all."""
    actor.must(Permission.VIEW, team.id)
    return [_fact(row) for row in await DB.fetch(EXPOSED, team.id)]


async def change_all(actor: Actor, team: Team) -> int:
    """Give every one of them a new password; how many. What is wanted is recorded at once, the servers follow.

    Programs that use them must be told: the record lists each change as if it had been made by hand.
    """
    actor.must(Permission.CHANGE_ROLES, team.id)
    actor.must_be_fresh()
    rows = await DB.fetch(EXPOSED, team.id)
    for row in rows:
        database = await databases.find(actor, row["server"], row["database"])
        role = await roles.find(actor, database, row["name"])
        await role_passwords.intend(actor, role, generated_password())
    if rows:
        await events.record(actor, "changed all exposed passwords of", "team", team.slug, team=team.id, roles=len(rows))
    return len(rows)


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


def _fact(row: Any) -> Exposure:
    names = ("role", "who", "revealed", "changing", "password_changed_at")
    return Exposure(**{name: row[name] for name in names})

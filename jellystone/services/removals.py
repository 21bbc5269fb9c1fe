"""The end of an account."""

from typing import Any

from jellystone.database import DB
from jellystone.errors import Conflict
from jellystone.facts.people import Removal
from jellystone.services import events, people
from jellystone.services.actors import Actor
from jellystone.tables.people import User
from jellystone.tables.teams import Team

LAST_OPERATOR = "You are the only operator here. Make somebody else one first."

TEAMS = """
    SELECT t.id, t.slug, t.name, m.rank, m.sealed_key IS NOT NULL AS held,
        (SELECT count(*) FROM databases d WHERE d.team = t.id) AS databases,
        (SELECT count(*) FROM memberships o WHERE o.team = t.id AND o.user <> $1) AS others,
        EXISTS (SELECT FROM memberships o WHERE o.team = t.id AND o.user <> $1 AND o.rank = 'owner') AS owned
    FROM memberships m JOIN teams t ON t.id = m.team WHERE m.user = $1 ORDER BY t.id
"""
LOCK = """
    SELECT FROM teams t WHERE t.id IN (SELECT m.team FROM memberships m WHERE m.user = $1) ORDER BY t.id FOR UPDATE
"""
ONLY_OPERATOR = """
    SELECT u.operator AND NOT EXISTS (SELECT FROM users o WHERE o.operator AND o.id <> u.id AND o.disabled_at IS NULL)
        AND EXISTS (SELECT FROM users o WHERE o.id <> u.id) AS only
    FROM users u WHERE u.id = $1
"""


async def plan(actor: Actor) -> Removal:
    """What would go with the account, and what stands in the way."""
    return await _plan(actor, await DB.fetch(TEAMS, actor.must_be_person()))


async def remove(actor: Actor) -> None:
    """The account with its sessions, tokens, links and copies of keys. Events keep its name."""
    user = actor.must_have_session()
    actor.must_be_fresh()
    async with DB.transaction():
        await DB.fetch("SELECT pg_advisory_xact_lock($1)", people.LOCK)
        await DB.fetch(LOCK, user)  # a statement of its own, so that the next one sees what others did before
        teams = await DB.fetch(TEAMS, user)
        wanted = await _plan(actor, teams)
        if wanted.obstacles:
            raise Conflict(" ".join(wanted.obstacles))
        for team in teams:
            if team["slug"] in wanted.disbands:
                await events.record(actor, "disbanded", "team", team["slug"], called=team["name"])
                await Team.delete().where(Team.id == team["id"])
            else:
                name = f"{team['slug']}/{actor.email}"
                await events.record(actor, "left", "member", name, team=team["id"], held_the_key=team["held"])
        await events.record(actor, "deleted", "account", actor.email)
        await User.delete().where(User.id == user)


async def _plan(actor: Actor, teams: list[Any]) -> Removal:
    """A team of nobody else and without databases goes along; one that would be left without an owner holds us up."""
    disbands = [team["slug"] for team in teams if not team["others"] and not team["databases"]]
    stuck = [team for team in teams if team["slug"] not in disbands and team["rank"] == "owner" and not team["owned"]]
    obstacles = [_obstacle(team) for team in stuck]
    operator: Any = await DB.fetch_row(ONLY_OPERATOR, actor.user)
    if operator["only"]:
        obstacles.append(LAST_OPERATOR)
    leaves = [team["slug"] for team in teams if team["slug"] not in disbands]
    return Removal(email=actor.email, disbands=disbands, leaves=leaves, obstacles=obstacles)


def _obstacle(team: Any) -> str:
    number = team["databases"]
    has = f"{number} database{'s' if number > 1 else ''}" if number else "other members"
    way = "Make one of its members an owner, or disband it" if team["others"] else "Delete them or move them first"
    return f"You are the only owner of {team['name']}, which has {has}. {way}."

"""Who belongs to a team, and with which rank. What is changed here holds from the next request on."""

from typing import Any

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.members import Member
from jellystone.services import events, team_keys
from jellystone.services.actors import Actor
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Permission, Rank
from jellystone.tables.people import User
from jellystone.tables.teams import Membership, Team

FACTS = """
    SELECT t.slug || '/' || u.email AS id, u.email, t.slug AS team, m.rank,
        m.rank <> 'viewer' AND m.sealed_key IS NULL AS locked, m.created_at AS joined_at
    FROM memberships m JOIN users u ON u.id = m.user JOIN teams t ON t.id = m.team
"""
LAST_OWNER = "A team needs an owner. Make somebody else one first."


async def of_team(actor: Actor, team: Team, part: Slice, *, matching: str = "") -> Listing[Member]:
    """Owners first, then by address."""
    actor.must(Permission.VIEW, team.id)
    where, values = "WHERE m.team = $1 AND u.email ILIKE $2", (team.id, like(matching))
    order = "ORDER BY array_position(ARRAY['owner', 'member', 'viewer'], m.rank::text), u.email"
    rows = await DB.fetch(f"{FACTS} {where} {order} LIMIT $3 OFFSET $4", *values, part.per_page, part.offset)
    total = await DB.fetch_row(f"SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user {where}", *values)
    return part.of([Member(**row) for row in rows], total["count"] if total else 0)


async def show(actor: Actor, team: Team, email: str) -> Member:
    actor.must(Permission.VIEW, team.id)
    row: Any = await DB.fetch_row(f"{FACTS} WHERE m.team = $1 AND u.email = $2", team.id, email.lower())
    if row is None:
        raise NotFound(f"{email} is not a member of {team.name}.")
    return Member(**row)


async def change_rank(actor: Actor, team: Team, email: str, *, rank: Rank) -> Member:
    """The last owner keeps the rank: nobody else could give it back.

    Viewers hold no key. Who becomes more gets a copy if the actor has one to give, and is locked otherwise.
    """
    actor.must(Permission.MANAGE_MEMBERS, team.id)
    async with DB.transaction():
        member = await _locked(actor, team, email)
        if member.rank != rank:
            await _must_leave_an_owner(team, member)
            user = await _user(member.email)
            values: dict[Any, Any] = {Membership.rank: rank}
            lost: dict[str, Any] = {}
            if rank is Rank.VIEWER:
                values[Membership.sealed_key] = None
                lost["held_the_key"] = not member.locked
            elif member.rank == Rank.VIEWER:
                values[Membership.sealed_key] = await team_keys.copy_for(actor, team, user)
            await Membership.update(values).where(Membership.team == team.id, Membership.user == user.id)
            ranks = {"before": member.rank, "after": str(rank)}
            await events.record(actor, "changed the rank of", "member", member.id, team=team.id, **ranks, **lost)
    return await show(actor, team, email)


async def remove(actor: Actor, team: Team, email: str) -> None:
    """Take somebody out of the team, with their copy of its key."""
    actor.must(Permission.MANAGE_MEMBERS, team.id)
    await _part(actor, team, email, "removed")


async def leave(actor: Actor, team: Team) -> None:
    actor.must_be_person()
    actor.must(Permission.VIEW, team.id)
    await _part(actor, team, actor.email, "left")


async def _part(actor: Actor, team: Team, email: str, action: str) -> None:
    async with DB.transaction():
        member = await _locked(actor, team, email)
        await _must_leave_an_owner(team, member)
        user = await _user(member.email)
        await Membership.delete().where(Membership.team == team.id, Membership.user == user.id)
        held = not member.locked and member.rank != Rank.VIEWER
        await events.record(actor, action, "member", member.id, team=team.id, held_the_key=held)


async def _locked(actor: Actor, team: Team, email: str) -> Member:
    """The member as they are, with the team's row locked: two owners cannot both leave at once."""
    await DB.fetch("SELECT 1 FROM teams WHERE id = $1 FOR UPDATE", team.id)
    return await show(actor, team, email)


async def _must_leave_an_owner(team: Team, member: Member) -> None:
    owners = await Membership.count().where(Membership.team == team.id, Membership.rank == Rank.OWNER)
    if member.rank == Rank.OWNER and owners == 1:
        raise Conflict(LAST_OWNER, rank=LAST_OWNER)


async def _user(email: str) -> User:
    user = await User.objects().get(User.email == email)
    assert user is not None
    return user

"""Coming into a team by an invitation: what its link is good for, and joining."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound
from jellystone.facts.members import ReceivedInvitation
from jellystone.facts.teams import Team as TeamFact
from jellystone.services import credentials, events, teams, vault
from jellystone.services.actors import Actor
from jellystone.services.invitations import FACTS
from jellystone.services.permissions import Rank, Scope
from jellystone.tables.people import User
from jellystone.tables.teams import Invitation, Membership, Team

WORDS = {
    "accepted": "This invitation has been used already. Sign in to find the team.",
    "revoked": "This invitation has been taken back. Ask whoever invited you.",
    "expired": "This invitation has expired. Ask for a new one.",
}


async def received(secret: str) -> ReceivedInvitation:
    """What the link is good for. Whoever has the secret may know."""
    row: Any = await DB.fetch_row(f"{FACTS} WHERE i.digest = $1", credentials.digest(secret))
    if row is None:
        raise NotFound("There is no such invitation. The link may have been replaced by a newer one.")
    team: Any = await DB.fetch_row("SELECT name FROM teams WHERE slug = $1", row["team"])
    return ReceivedInvitation(
        team=team["name"],
        email=row["email"],
        rank=row["rank"],
        status=row["status"],
        invited_by=row["invited_by"],
        expires_at=row["expires_at"],
        has_account=await User.exists().where(User.email == row["email"]),
    )


async def must_be_open(secret: str) -> ReceivedInvitation:
    known = await received(secret)
    if known.status != "open":
        raise Conflict(WORDS[known.status])
    return known


async def accept(actor: Actor, secret: str) -> TeamFact:
    """Join the team. The link must have been sent to the address of the one who follows it."""
    user = await User.objects().get(User.id == actor.must_be_person())
    assert user is not None
    actor.must_have(Scope.READ)
    actor.must_have(Scope.ADMIN)
    async with DB.transaction():
        row = await (
            Invitation.objects().where(Invitation.digest == credentials.digest(secret)).lock_rows("UPDATE").first()
        )
        await must_be_open(secret)
        assert row is not None
        if row.email != user.email:
            raise Conflict(f"This invitation is for {row.email}, and you are signed in as {user.email}.")
        team = await Team.objects().get(Team.id == row.team)
        assert team is not None
        await _join(user, team, row, secret)
        if user.confirmed_at is None:
            await User.update({User.confirmed_at: datetime.now(UTC)}).where(User.id == user.id)
        await events.record(actor, "joined", "team", team.slug, team=team.id, rank=row.rank)
    return await teams.show(replace(actor, ranks={**actor.ranks, team.id: Rank(row.rank)}), team)


async def _join(user: User, team: Team, row: Invitation, secret: str) -> None:
    sealed = None
    if row.wrapped_key is not None:
        key = vault.open_with_secret(secret, row.wrapped_key, holder="invitation", row=row.id, owner=team.id)
        if vault.public_of(key) == team.public_key:
            sealed = vault.share_team_key(user.public_key, key, team=team.id, user=user.id)
    if not await Membership.exists().where(Membership.team == team.id, Membership.user == user.id):
        await Membership(team=team.id, user=user.id, rank=row.rank, sealed_key=sealed).save()
    await Invitation.update({Invitation.accepted_at: datetime.now(UTC), Invitation.wrapped_key: None}).where(
        Invitation.id == row.id
    )

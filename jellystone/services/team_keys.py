"""Who holds a copy of a team's private key, and how one who does not comes by it."""

from typing import Any
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Conflict, Invalid, NotFound
from jellystone.services import credentials, events, vault
from jellystone.services.actors import Actor, Kind
from jellystone.services.permissions import Permission, Rank
from jellystone.tables.people import Token, User
from jellystone.tables.teams import Membership, Team

LOCKED = "You hold no key to this team's passwords. Ask a team-mate to give you access, or unlock with a team token."


async def opened(actor: Actor, team: UUID) -> bytes:
    """The team's private key, if the actor holds a copy. Raises `vault.Sealed` where not."""
    if actor.key is None:
        raise vault.Sealed("Only people and tokens can open a team's passwords.")
    if actor.kind is Kind.TEAM_TOKEN and actor.team == team:
        return actor.key.open()
    copy = (
        await Membership.select(Membership.sealed_key)
        .where(Membership.team == team, Membership.user == actor.user)
        .first()
    )
    if copy is None or copy["sealed_key"] is None or actor.user is None:
        raise vault.Sealed(LOCKED)
    return vault.open_team_key(actor.key.open(), copy["sealed_key"], team=team, user=actor.user)


async def held(actor: Actor, team: UUID) -> bytes | None:
    """The same, and None where not: for what can be done without it, if less well."""
    try:
        return await opened(actor, team)
    except vault.Sealed:
        return None


async def is_locked(actor: Actor, team: UUID) -> bool:
    """Whether the actor's rank lets them open the team's passwords, and they hold no key to do so."""
    if actor.kind is Kind.TEAM_TOKEN or actor.ranks.get(team, Rank.VIEWER) is Rank.VIEWER:
        return False
    return not await Membership.exists().where(
        Membership.team == team, Membership.user == actor.user, Membership.sealed_key.is_not_null()
    )


async def give(actor: Actor, team: Team, *, email: str) -> None:
    """Seal a copy to a member who has none: any member who holds one may."""
    actor.must(Permission.READ_PASSWORDS, team.id)
    actor.must_be_fresh()
    key = await opened(actor, team.id)
    user = await User.objects().get(User.email == email.lower())
    rank = user and await Membership.select(Membership.rank).where(_of(team, user)).first()
    if user is None or not rank:
        raise NotFound(f"{email} is not a member of {team.name}.")
    if rank["rank"] == Rank.VIEWER:
        raise Conflict(f"{email} is a viewer, and viewers open no passwords. Change the rank instead.")
    async with DB.transaction():
        await _store(team, user, key)
        name = f"{team.slug}/{user.email}"
        await events.record(actor, "gave access to the passwords to", "member", name, team=team.id)


async def copy_for(actor: Actor, team: Team, user: User) -> bytes | None:
    """The key sealed to somebody who may hold it from now on; None where the actor holds none."""
    key = await held(actor, team.id)
    return key and vault.share_team_key(user.public_key, key, team=team.id, user=user.id)


async def unlock(actor: Actor, team: Team, *, token: str) -> None:
    """Take the key out of a team token that a locked member has at hand; the token stays as it is."""
    actor.must(Permission.READ_PASSWORDS, team.id)
    user = await User.objects().get(User.id == actor.must_be_person())
    row = await Token.objects().get((Token.digest == credentials.digest(token.strip())) & (Token.team == team.id))
    expired = row is not None and row.expires_at is not None and await _is_past(row.id)
    if row is None or expired or user is None:
        raise Invalid(token=f"This is not a token of {team.name}, or it has expired or been revoked.")
    key = vault.open_with_secret(token.strip(), row.wrapped_key, holder="team token", row=row.id, owner=team.id)
    async with DB.transaction():
        await _store(team, user, key)
        await events.record(actor, "unlocked the passwords with", "token", row.name, team=team.id)


async def can_start_anew(actor: Actor, team: Team) -> bool:
    """Only where nobody and no token holds a key any more."""
    if actor.ranks.get(team.id) is not Rank.OWNER:
        return False
    held = await Membership.exists().where(Membership.team == team.id, Membership.sealed_key.is_not_null())
    return not held and not await Token.exists().where(Token.team == team.id)


async def start_anew(actor: Actor, team: Team) -> None:
    """A new key pair. The sealed passwords are dropped, because nobody can open them; the roles go on working."""
    actor.must(Permission.MANAGE_MEMBERS, team.id)
    actor.must_be_fresh()
    user = await User.objects().get(User.id == actor.must_be_person())
    assert user is not None
    async with DB.transaction():
        await DB.fetch("SELECT 1 FROM teams WHERE id = $1 FOR UPDATE", team.id)
        if not await can_start_anew(actor, team):
            raise Conflict("Somebody, or a token, still holds the key. Ask a team-mate to give you access instead.")
        pair = vault.new_pair()
        await Team.update({Team.public_key: pair.public}).where(Team.id == team.id)
        await _store(team, user, pair.private)
        await DB.fetch(
            "UPDATE roles SET sealed_password = NULL WHERE database IN (SELECT id FROM databases WHERE team = $1)",
            team.id,
        )
        await events.record(actor, "started the vault anew of", "team", team.slug, team=team.id)


async def _store(team: Team, user: User, key: bytes) -> None:
    copy = vault.share_team_key(user.public_key, key, team=team.id, user=user.id)
    await Membership.update({Membership.sealed_key: copy}).where(_of(team, user))


def _of(team: Team, user: User) -> Any:
    return (Membership.team == team.id) & (Membership.user == user.id)


async def _is_past(token: UUID) -> bool:
    row = await DB.fetch_row("SELECT expires_at <= now() AS past FROM tokens WHERE id = $1", token)
    return row is not None and row["past"]

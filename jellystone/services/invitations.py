"""Inviting people by a link that carries the team's key, bound to one address, good once and for seven days."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.members import Invitation as InvitationFact
from jellystone.facts.members import IssuedInvitation
from jellystone.services import credentials, events, mail, team_keys, throttle, vault
from jellystone.services.accounts import normal
from jellystone.services.actors import Actor
from jellystone.services.lists import Slice
from jellystone.services.permissions import Permission, Rank
from jellystone.tables.columns import uuid7
from jellystone.tables.teams import Invitation, Team

LASTS = timedelta(days=7)
FACTS = """
    SELECT i.id, t.slug AS team, i.email, i.rank, u.email AS invited_by, i.created_at, i.sent_at, i.expires_at,
        CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
            WHEN i.expires_at <= now() THEN 'expired' ELSE 'open' END AS status
    FROM invitations i JOIN teams t ON t.id = i.team LEFT JOIN users u ON u.id = i.invited_by
"""


async def invite(actor: Actor, team: Team, *, emails: list[str], rank: Rank) -> list[IssuedInvitation]:
    """One invitation an address, mailed where a mail server is set. Who was invited before gets a new link.

    An inviter who is locked may still invite: then the new member is locked, too. Viewers get no key.
    """
    actor.must(Permission.MANAGE_MEMBERS, team.id)
    wanted = list(dict.fromkeys(normal(email) for email in emails))
    await _must_be_outside(team, wanted)
    for email in wanted:
        await throttle.count("invite to", str(team.id), limit=200, seconds=86_400)
        await throttle.count("invite", email, limit=10, seconds=86_400)
    key = await team_keys.held(actor, team.id)
    async with DB.transaction():
        await _wait_for_others(team)
        return [await _issue(actor, team, email, rank, key) for email in wanted]


async def resend(actor: Actor, team: Team, id: UUID) -> IssuedInvitation:
    """A new link to the same address: the old one is not kept, so it cannot be sent again, and stops working."""
    actor.must(Permission.MANAGE_MEMBERS, team.id)
    known = await find(actor, team, id)
    if known.status not in ("open", "expired"):
        raise Conflict(f"This invitation is {known.status}. Invite {known.email} anew.")
    await throttle.count("invite", known.email, limit=10, seconds=86_400)
    key = await team_keys.held(actor, team.id)
    async with DB.transaction():
        await _wait_for_others(team)
        return await _issue(actor, team, known.email, Rank(known.rank), key)


async def revoke(actor: Actor, team: Team, id: UUID) -> None:
    actor.must(Permission.MANAGE_MEMBERS, team.id)
    known = await find(actor, team, id)
    async with DB.transaction():
        done = (
            await Invitation.update({Invitation.revoked_at: datetime.now(UTC), Invitation.wrapped_key: None})
            .where(Invitation.id == id, Invitation.accepted_at.is_null(), Invitation.revoked_at.is_null())
            .returning(Invitation.id)
        )
        if not done:
            raise Conflict(f"This invitation is {known.status}: there is nothing to take back.")
        await events.record(actor, "revoked", "invitation", f"{team.slug}/{known.email}", team=team.id)


async def of_team(actor: Actor, team: Team, part: Slice) -> Listing[InvitationFact]:
    """Those that wait for an answer, the newest first."""
    actor.must(Permission.VIEW, team.id)
    where = "WHERE i.team = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL"
    rows = await DB.fetch(
        f"{FACTS} {where} ORDER BY i.sent_at DESC LIMIT $2 OFFSET $3", team.id, part.per_page, part.offset
    )
    total = await DB.fetch_row(f"SELECT count(*) FROM invitations i {where}", team.id)
    return part.of([InvitationFact(**row) for row in rows], total["count"] if total else 0)


async def find(actor: Actor, team: Team, id: UUID) -> InvitationFact:
    actor.must(Permission.VIEW, team.id)
    row: Any = await DB.fetch_row(f"{FACTS} WHERE i.team = $1 AND i.id = $2", team.id, id)
    if row is None:
        raise NotFound("There is no such invitation.")
    return InvitationFact(**row)


async def _issue(actor: Actor, team: Team, email: str, rank: Rank, key: bytes | None) -> IssuedInvitation:
    """In a transaction: an open invitation to the same address gives way to this one."""
    secret, id, now = credentials.new_secret(), uuid7(), datetime.now(UTC)
    await Invitation.delete().where(
        Invitation.team == team.id,
        Invitation.email == email,
        Invitation.accepted_at.is_null(),
        Invitation.revoked_at.is_null(),
    )
    wrapped = None
    if key is not None and rank is not Rank.VIEWER:
        wrapped = vault.wrap_for_secret(secret.text, key, holder="invitation", row=id, owner=team.id)
    await Invitation(
        id=id,
        team=team.id,
        email=email,
        rank=rank,
        digest=secret.digest,
        wrapped_key=wrapped,
        invited_by=actor.user,
        created_at=now,
        sent_at=now,
        expires_at=now + LASTS,
    ).save()
    link = mail.link(f"/invitations/{secret.text}")
    await mail.queue(
        email,
        "invitation",
        caused_by=actor.user,
        team=team.name,
        inviter=actor.name,
        rank=str(rank),
        link=link,
        lasts_days=LASTS.days,
    )
    await events.record(actor, "invited", "invitation", f"{team.slug}/{email}", team=team.id, rank=str(rank))
    return IssuedInvitation(
        id=id,
        team=team.slug,
        email=email,
        rank=rank,
        status="open",
        invited_by=actor.name if actor.user else None,
        created_at=now,
        sent_at=now,
        expires_at=now + LASTS,
        link=link,
    )


async def _wait_for_others(team: Team) -> None:
    """A form that is sent twice: the second invitation replaces the first, instead of colliding with it."""
    await DB.fetch("SELECT 1 FROM teams WHERE id = $1 FOR NO KEY UPDATE", team.id)


async def _must_be_outside(team: Team, emails: list[str]) -> None:
    rows = await DB.fetch(
        "SELECT u.email FROM memberships m JOIN users u ON u.id = m.user WHERE m.team = $1 AND u.email = ANY ($2)",
        team.id,
        emails,
    )
    if rows:
        names = ", ".join(sorted(row["email"] for row in rows))
        words = f"{names} {'belongs' if len(rows) == 1 else 'belong'} to {team.name} already."
        raise Conflict(words, emails=words)

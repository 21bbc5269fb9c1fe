"""Another password for who has forgotten theirs. The old key cannot be opened any more, so it is given up.

A new pair is made and every membership becomes locked, until a team-mate or a team's token gives access again.
"""

from typing import Any

from jellystone.database import DB
from jellystone.errors import Expired
from jellystone.facts.people import LockedTeam, PasswordReset
from jellystone.services import events, links, mail, passwords, recognition, throttle, vault
from jellystone.services.accounts import normal
from jellystone.services.actors import Origin
from jellystone.services.password_changes import check, tell
from jellystone.tables.people import Session, Token, User
from jellystone.tables.teams import Membership

RESET = """
    UPDATE users SET password_hash = $2, wrapping = $3, wrapped_key = $4, public_key = $5, password_changed_at = now(),
        confirmed_at = coalesce(confirmed_at, now())
    WHERE id = $1 AND disabled_at IS NULL RETURNING id
"""
LOCKED = """
    SELECT t.slug, t.name,
        EXISTS (SELECT FROM memberships o WHERE o.team = t.id AND o.user <> $1 AND o.sealed_key IS NOT NULL)
        OR EXISTS (SELECT FROM tokens k WHERE k.team = t.id AND coalesce(k.expires_at, 'infinity') > now()) AS others
    FROM memberships m JOIN teams t ON t.id = m.team WHERE m.user = $1 AND m.rank <> 'viewer' ORDER BY t.folded
"""


async def ask(origin: Origin, *, email: str) -> None:
    """Only counts, the same for every address: who asks must not learn by words or time whether it has an account."""
    mail.must_be_possible()
    await throttle.count("password reset from", origin.address, limit=20, seconds=3600)
    await throttle.count("password reset", normal(email), limit=5, seconds=3600)


async def send(origin: Origin, *, email: str) -> None:
    """The mail, if there is such an account: once the answer is out."""
    email = normal(email)
    user = await User.objects().get(User.email == email)
    if user is None or user.disabled_at is not None:
        return
    async with DB.transaction():
        secret = await links.issue(user.id, "password reset", sent_to=email)
        link = mail.link(f"/password-resets/{secret}")
        await mail.queue(email, "password_reset", caused_by=user.id, link=link, address=origin.address)
        await events.record_visitor(origin, email, "asked to reset their password", user=user.id)


async def look(secret: str) -> PasswordReset:
    """What it would cost. Looking changes nothing."""
    link = await links.peek(secret, "password reset")
    rows: list[Any] = await DB.fetch(LOCKED, link.user)
    return PasswordReset(email=link.email, teams=[LockedTeam(**row) for row in rows], expires_at=link.expires_at)


async def reset(origin: Origin, secret: str, *, password: str) -> None:
    """All that the old key opened ends: sessions, personal tokens, copies of teams' keys."""
    email = (await links.peek(secret, "password reset")).email
    check(password, email)
    secured, pair = await passwords.new_wrapping(password), vault.new_pair()
    async with DB.transaction():
        user = (await links.use(secret, "password reset")).user
        wrapped = vault.wrap_for_password(secured.key, pair.private, user=user)
        if not await DB.fetch(RESET, user, secured.hash, secured.wrapping, wrapped, pair.public):
            raise Expired(links.NO_LONGER)
        await Membership.update({Membership.sealed_key: None}).where(Membership.user == user)
        await Session.delete().where(Session.user == user)
        await Token.delete().where(Token.user == user)
        await links.forget(user, "password reset")
        await links.forget(user, "email")
        await recognition.recognised(email)
        await events.record_visitor(origin, email, "reset their password", user=user)
        await tell(email, user, origin.address)

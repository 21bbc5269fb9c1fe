"""Another password for an account, by who knows the old one. The key stays the same and is only wrapped again."""

from datetime import UTC, datetime
from uuid import UUID

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Conflict, Invalid
from jellystone.services import events, links, mail, passwords, recognition, sessions, vault
from jellystone.services.actors import Actor
from jellystone.services.sessions import SignedIn
from jellystone.tables.people import Session

CHANGED = """
    UPDATE users SET password_hash = $3, wrapping = $4, wrapped_key = $5, password_changed_at = now()
    WHERE id = $1 AND public_key = $2 RETURNING id
"""


async def change(actor: Actor, *, old: str, new: str) -> SignedIn:
    """This session goes on under a new secret; all others end, and so do links to reset the password.

    Personal tokens stay good: each carries the private key itself.
    """
    user = actor.must_have_session()
    person = await recognition.recognise(actor.origin, actor.email, old, wrong="old_password")
    check(new, actor.email)
    secured = await passwords.new_wrapping(new)
    wrapped = vault.wrap_for_password(secured.key, person.private, user=user)
    public = vault.public_of(person.private)
    async with DB.transaction():
        if not await DB.fetch(CHANGED, user, public, secured.hash, secured.wrapping, wrapped):
            raise Conflict("Your password was reset meanwhile. Sign in with the new one.")
        signed_in = await sessions.renew(actor)
        await Session.delete().where(Session.user == user, Session.id != signed_in.session.id)
        await links.forget(user, "password reset")
        await recognition.recognised(actor.email)
        await events.record(actor, "changed their password", "account", actor.name)
        await tell(actor.email, user, actor.origin.address)
    return signed_in


def check(password: str, email: str) -> None:
    if wrong := passwords.check(password, minimum=settings.current().password_min_length, email=email):
        raise Invalid(password=wrong)


async def tell(email: str, user: UUID, address: str | None) -> None:
    """So that who did not do it knows of it."""
    await mail.queue(email, "password_changed", caused_by=user, at=datetime.now(UTC), address=address)

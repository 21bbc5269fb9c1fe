"""Confirming an address: that of the account, or the new one that it is to have."""

from uuid import UUID

from asyncpg import UniqueViolationError

from jellystone.database import DB
from jellystone.errors import Conflict, NotAllowed, NotSignedIn
from jellystone.facts.people import MailedLink
from jellystone.services import events, links, mail, throttle
from jellystone.services.actors import Actor, Origin
from jellystone.services.links import Link
from jellystone.tables.people import User

TAKEN = "This address belongs to another account meanwhile. Choose another one."


async def send(actor: Actor) -> MailedLink:
    """Mail the link once more, to the account's own address."""
    user = actor.must_be_person()
    mail.must_be_possible()
    await throttle.count("confirmation", str(user), limit=5, seconds=3600)
    found = await User.objects().get(User.id == user)
    assert found is not None
    if found.confirmed_at is not None:
        raise Conflict(f"{found.email} is confirmed already.")
    async with DB.transaction():
        secret = await mail_to(user, found.email)
        await events.record(actor, "asked for a link to confirm their e-mail", "account", actor.name)
    return _fact(await links.peek(secret, "confirmation"))


async def mail_to(user: UUID, email: str) -> str:
    """Of a new account, or of one that asks again. Called in a transaction."""
    secret = await links.issue(user, "confirmation", sent_to=email)
    await mail.queue(email, "confirmation", caused_by=user, link=mail.link(f"/confirmations/{secret}"))
    return secret


async def look(actor: Actor | None, secret: str) -> MailedLink:
    """What the link would confirm. Looking changes nothing."""
    link = await links.peek(secret, "confirmation", "email")
    _must_be_theirs(actor, link)
    return _fact(link)


async def confirm(actor: Actor | None, origin: Origin, secret: str) -> MailedLink:
    """The address is theirs. To change it takes their session, too: a link that was mailed to a wrong address is found
    by a stranger."""
    _must_be_theirs(actor, await links.peek(secret, "confirmation", "email"))
    try:
        async with DB.transaction():
            link = await links.use(secret, "confirmation", "email")
            await DB.fetch("UPDATE users SET email = $2, confirmed_at = now() WHERE id = $1", link.user, link.sent_to)
            if link.purpose == "email":
                await links.forget(link.user, "email")
                await links.forget(link.user, "password reset")
                details = {"before": link.email, "after": link.sent_to}
                await events.record_visitor(origin, link.email, "changed their e-mail", user=link.user, **details)
            else:
                await events.record_visitor(origin, link.email, "confirmed their e-mail", user=link.user)
    except UniqueViolationError:
        raise Conflict(TAKEN) from None
    return _fact(link)


def _must_be_theirs(actor: Actor | None, link: Link) -> None:
    if link.purpose != "email":
        return
    if actor is None:
        raise NotSignedIn("Sign in first: only who is signed in to the account can change its e-mail.")
    if actor.must_have_session() != link.user:
        raise NotAllowed("This link belongs to another account. Sign out, and sign in to that one.")


def _fact(link: Link) -> MailedLink:
    return MailedLink(purpose=link.purpose, sent_to=link.sent_to, expires_at=link.expires_at)

"""Another e-mail for an account: it counts once a link that was mailed there is opened."""

from jellystone.database import DB
from jellystone.errors import Invalid
from jellystone.facts.people import MailedLink
from jellystone.services import events, links, mail, throttle
from jellystone.services.accounts import normal
from jellystone.services.actors import Actor
from jellystone.tables.people import User

SAME = "This is your e-mail already."
TAKEN = "This address belongs to an account already. Choose another one."


async def change(actor: Actor, *, email: str) -> MailedLink:
    """Mail the link to the new address and a notice to the present one. Only the newest such link is good."""
    user = actor.must_have_session()
    actor.must_be_fresh()
    mail.must_be_possible()
    email = normal(email)
    if email == actor.email:
        raise Invalid(email=SAME)
    await throttle.count("email", str(user), limit=10, seconds=3600)
    if await User.exists().where(User.email == email):
        raise Invalid(email=TAKEN)
    async with DB.transaction():
        await links.forget(user, "email")
        secret = await links.issue(user, "email", sent_to=email)
        link, own = mail.link(f"/confirmations/{secret}"), mail.link("/account/password")
        await mail.queue(email, "email_change", caused_by=user, link=link, old=actor.email)
        await mail.queue(actor.email, "email_change_notice", caused_by=user, link=own, new_masked=masked(email))
        await events.record(actor, "asked to change their e-mail", "account", actor.name, to=email)
        issued = await links.peek(secret, "email")
    return MailedLink(purpose="email", sent_to=email, expires_at=issued.expires_at)


def masked(email: str) -> str:
    """`y…@park.example`: enough for who knows the address, and nothing for who reads the old mailbox."""
    name, _, host = email.rpartition("@")
    return f"{name[:1]}…@{host}"

"""Recognising a person by e-mail and password."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Invalid
from jellystone.services import events, passwords, throttle, vault
from jellystone.services.actors import Origin
from jellystone.tables.people import User

WRONG = "This e-mail and password do not belong together."
NOT_YOURS = "This is not your password."


@dataclass(frozen=True)
class Person:
    """`second_factor`: a code is due before this counts as a sign-in. `since`: when the password was set."""

    id: UUID
    email: str
    second_factor: bool
    since: datetime
    private: bytes = field(repr=False)


async def recognise(origin: Origin, email: str, password: str, *, wrong: str = "form") -> Person:
    """The person, whose private key the password has opened. The same work whether the account exists or not.

    `wrong` is the field that a mistake belongs to. Each attempt counts until `recognised` says that it was no guess.
    """
    await throttle.count("sign in from", origin.address, limit=100, seconds=900)
    await throttle.count("sign in", email, limit=10, seconds=900)
    user = await User.objects().get(User.email == email)
    if user is not None and user.disabled_at is not None:
        user = None
    stored, wrapping = (user.password_hash, user.wrapping) if user else (None, None)
    checked = await passwords.verify(stored, password, wrapping=wrapping)
    if user is None or checked.key is None:
        await events.record_visitor(origin, email[:254], "failed to sign in", user=user and user.id)
        raise Invalid(**{wrong: WRONG if wrong == "form" else NOT_YOURS})
    private = vault.open_with_password(checked.key, user.wrapped_key, user=user.id)
    if checked.needs_rehash:
        await _secure_again(user, password, private)
    return Person(user.id, email, user.totp_confirmed_at is not None, user.password_changed_at, private)


async def must_still_be(person: Person) -> None:
    """Nobody has changed the password or disabled the account while it was looked at. Called in a transaction."""
    same = "SELECT FROM users WHERE id = $1 AND password_changed_at = $2 AND disabled_at IS NULL FOR SHARE"
    if await DB.fetch_row(same, person.id, person.since) is None:
        raise Invalid(form=WRONG)


async def recognised(email: str) -> None:
    """After all that is needed to sign in, the earlier attempts no longer count."""
    await throttle.forget("sign in", email)


async def _secure_again(user: User, password: str, private: bytes) -> None:
    """The settings ask for another cost than the password was hashed with."""
    now = await passwords.new_wrapping(password)
    wrapped = vault.wrap_for_password(now.key, private, user=user.id)
    await User.update({User.password_hash: now.hash, User.wrapping: now.wrapping, User.wrapped_key: wrapped}).where(
        User.id == user.id, User.password_hash == user.password_hash
    )

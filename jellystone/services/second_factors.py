"""The second factor of an account: turning it on with an app, off again, and the codes for when the app is lost."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Conflict, Invalid, NotFound
from jellystone.facts.people import NewSecondFactor, RecoveryCodes, SecondFactor
from jellystone.services import codes, events, sessions, throttle
from jellystone.services.actors import Actor
from jellystone.services.sessions import SignedIn
from jellystone.tables.people import RecoveryCode, User

ON = "The second factor is on already. Turn it off to set up another app."
OFF = "The second factor is not on."
UNSET: dict[Any, Any] = {User.totp_secret: None, User.totp_confirmed_at: None, User.totp_last_step: 0}


async def show(actor: Actor) -> SecondFactor:
    user = await _user(actor.must_be_person())
    left = await RecoveryCode.count().where(RecoveryCode.user == user.id, RecoveryCode.used_at.is_null())
    enabled = user.totp_confirmed_at is not None
    return SecondFactor(enabled=enabled, since=user.totp_confirmed_at, recovery_codes_left=left if enabled else 0)


async def begin(actor: Actor) -> NewSecondFactor:
    """A new secret. It counts once a code has shown that an app knows it; to begin again makes another one."""
    user = await _changing(actor)
    if user.totp_confirmed_at is not None:
        raise Conflict(ON)
    secret = codes.new_secret()
    values: dict[Any, Any] = {User.totp_secret: codes.wrapped(secret, user.id), User.totp_last_step: 0}
    async with DB.transaction():
        await User.update(values).where(User.id == user.id, User.totp_confirmed_at.is_null())
        await events.record(actor, "began to set up a second factor", "account", actor.name)
    return _new(secret, user.email)


async def begun(actor: Actor) -> NewSecondFactor:
    """The secret that waits for its first code, to be shown once more."""
    user = await _changing(actor)
    if user.totp_secret is None or user.totp_confirmed_at is not None:
        raise Conflict(ON if user.totp_confirmed_at else "Begin anew: there is no secret that waits for a code.")
    return _new(codes.unwrapped(user.totp_secret, user.id), user.email)


async def confirm(actor: Actor, *, code: str) -> tuple[RecoveryCodes, SignedIn]:
    """The app's first code turns it on. The session goes on under a new secret."""
    user = await _changing(actor)
    if user.totp_secret is None or user.totp_confirmed_at is not None:
        raise Conflict(ON if user.totp_confirmed_at else "Begin first: POST to /account/two-factor.")
    await throttle.count("second factor", str(user.id), limit=5, seconds=900)
    step = codes.step_of(codes.unwrapped(user.totp_secret, user.id), code.replace(" ", ""), after=0)
    if step is None:
        raise Invalid(code="This code is not right. Check the clock of the device, and type the next one.")
    await throttle.forget("second factor", str(user.id))
    values: dict[Any, Any] = {User.totp_confirmed_at: datetime.now(UTC), User.totp_last_step: step}
    async with DB.transaction():
        same = (User.id == user.id) & (User.totp_secret == user.totp_secret) & User.totp_confirmed_at.is_null()
        if not await User.update(values).where(same).returning(User.id):
            raise Conflict("This was set up again meanwhile. Scan the newest code.")
        made = await codes.make_recovery_codes(user.id)
        await events.record(actor, "turned on their second factor", "account", actor.name)
        return RecoveryCodes(codes=made), await sessions.renew(actor)


async def end(actor: Actor) -> SignedIn:
    """From now on the password is enough."""
    user = await _changing(actor)
    if user.totp_confirmed_at is None:
        raise Conflict(OFF)
    async with DB.transaction():
        await User.update(UNSET).where(User.id == user.id)
        await RecoveryCode.delete().where(RecoveryCode.user == user.id)
        await events.record(actor, "turned off their second factor", "account", actor.name)
        return await sessions.renew(actor)


async def renew_codes(actor: Actor) -> RecoveryCodes:
    """Ten new recovery codes; those made before are worthless."""
    user = await _changing(actor)
    if user.totp_confirmed_at is None:
        raise Conflict(OFF)
    async with DB.transaction():
        made = await codes.make_recovery_codes(user.id)
        await events.record(actor, "made new recovery codes", "account", actor.name)
    return RecoveryCodes(codes=made)


async def _changing(actor: Actor) -> User:
    user = actor.must_have_session()
    actor.must_be_fresh()
    return await _user(user)


async def _user(id: UUID) -> User:
    user = await User.objects().get(User.id == id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


def _new(secret: bytes, email: str) -> NewSecondFactor:
    return NewSecondFactor(secret=codes.spelled(secret), uri=codes.uri(secret, email))

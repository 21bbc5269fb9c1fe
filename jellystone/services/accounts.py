"""Accounts: registering, and knowing a password when it is typed."""

import hmac
from datetime import UTC, datetime
from hashlib import sha256

from asyncpg import UniqueViolationError

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Invalid, NotAllowed
from jellystone.facts.people import Account
from jellystone.services import confirmations, events, mail, passwords, registration, throttle, vault
from jellystone.services.actors import Actor, Origin
from jellystone.tables.columns import uuid7
from jellystone.tables.people import User

FIRST = 0x6A65_6C6C_7966  # an advisory lock's key: only one account can be the first
LONGEST = 254  # of an address in small letters, which can be more letters than it was
TAKEN = "This e-mail cannot be registered. If the account is yours, sign in."


def normal(email: str) -> str:
    return email.strip().lower()


async def register(origin: Origin, *, email: str, password: str, setup: str = "", confirmed: bool = False) -> Account:
    """Make an account with its key pair. An instance's first one becomes its operator.

    `confirmed`: a link that was mailed to this very address led here. Else we mail one.

    The work is the same whether the e-mail is taken or not; that it is taken cannot be hidden as long as registering
    needs no confirmation by mail, so it is throttled.
    """
    email = normal(email)
    if not await is_first():
        registration.must_be_welcome(email, invited=confirmed)
    if len(email) > LONGEST:
        raise Invalid(email=f"Use at most {LONGEST} characters.")
    if wrong := passwords.check(password, minimum=settings.current().password_min_length, email=email):
        raise Invalid(password=wrong)
    await throttle.count("register from", origin.address, limit=30, seconds=3600)
    await throttle.count("register", email, limit=10, seconds=3600)
    secured = await passwords.new_wrapping(password)
    pair, user = vault.new_pair(), uuid7()
    account = User(
        id=user,
        email=email,
        password_hash=secured.hash,
        wrapping=secured.wrapping,
        confirmed_at=datetime.now(UTC) if confirmed else None,
        public_key=pair.public,
        wrapped_key=vault.wrap_for_password(secured.key, pair.private, user=user),
    )
    try:
        async with DB.transaction():
            account.operator = await _is_first(setup)
            await account.save()
            await events.record_visitor(origin, email, "registered", user=user, operator=account.operator)
            if not confirmed and mail.possible():
                await confirmations.mail_to(user, email)
    except UniqueViolationError:
        raise Invalid(email=TAKEN) from None
    return of(account)


async def is_first() -> bool:
    """Whether nobody has an account yet."""
    return not await User.exists()


async def _is_first(setup: str) -> bool:
    await DB.fetch("SELECT pg_advisory_xact_lock($1)", FIRST)
    if not await is_first():
        return False
    needed = setup_code()
    if needed and not hmac.compare_digest(setup.encode(), needed.encode()):
        raise NotAllowed("The first account is made through the set-up link in this server's log.")
    return True


def setup_code() -> str | None:
    """What the first account must bring along where others than this machine can reach us.

    It follows from the instance's secret key: the same for every replica and after each restart, good only until
    the first account is made.
    """
    now = settings.current()
    if now.loopback:
        return None
    return hmac.digest(now.secret_keys[0].encode(), b"jellystone set-up link", sha256).hex()[:40]


def of(user: User) -> Account:
    return Account(
        id=user.id,
        email=user.email,
        operator=user.operator,
        confirmed_at=user.confirmed_at,
        password_changed_at=user.password_changed_at,
        second_factor=user.totp_confirmed_at is not None,
        created_at=user.created_at,
    )


async def show(actor: Actor) -> Account:
    """The actor's own account."""
    user = await User.objects().get(User.id == actor.must_be_person())
    assert user is not None
    return of(user)

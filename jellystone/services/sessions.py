"""Signing in and out. A session is a row; the cookie's secret is kept only as a digest."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.errors import Invalid
from jellystone.facts.people import Session as SessionFact
from jellystone.services import credentials, events, passwords, throttle, vault
from jellystone.services.accounts import normal
from jellystone.services.actors import Actor, Key, Kind, Origin
from jellystone.services.permissions import Rank
from jellystone.tables.columns import uuid7
from jellystone.tables.people import Session, User

LASTS = timedelta(days=14)
LASTS_REMEMBERED = timedelta(days=60)
SEEN_EVERY = timedelta(minutes=5)
WRONG = "This e-mail and password do not belong together."

ACTOR = """
    SELECT s.id, s.user, s.wrapped_key, s.authenticated_at, s.last_seen_at, u.email, u.operator,
        (SELECT coalesce(json_object_agg(m.team, m.rank), '{}')::text FROM memberships m WHERE m.user = u.id) AS ranks
    FROM sessions s JOIN users u ON u.id = s.user
    WHERE s.digest = $1 AND s.expires_at > now() AND u.disabled_at IS NULL
"""


@dataclass(frozen=True)
class SignedIn:
    """`secret` goes into the cookie and nowhere else; `lasts` is None for "until the browser closes"."""

    session: SessionFact
    secret: str = field(repr=False)
    lasts: timedelta | None


async def sign_in(origin: Origin, *, email: str, password: str, remember: bool = False) -> SignedIn:
    """Check the password and open a session, which holds the person's private key under its own secret."""
    email = normal(email)
    user = await _recognised(origin, email, password)
    secret, session, now = credentials.new_secret(), uuid7(), datetime.now(UTC)
    row = Session(
        id=session,
        user=user.id,
        digest=secret.digest,
        wrapped_key=vault.wrap_for_secret(secret.text, user.private, holder="session", row=session, owner=user.id),
        address=origin.address,
        user_agent=origin.user_agent and origin.user_agent[:300],
        remembered=remember,
        created_at=now,
        last_seen_at=now,
        authenticated_at=now,
        expires_at=now + (LASTS_REMEMBERED if remember else LASTS),
    )
    async with DB.transaction():
        await row.save()
        await events.record_visitor(origin, email, "signed in", user=user.id)
    return SignedIn(_fact(row, email), secret.text, LASTS_REMEMBERED if remember else None)


async def sign_out(actor: Actor) -> None:
    if actor.kind is Kind.PERSON and actor.key:
        async with DB.transaction():
            await Session.delete().where(Session.id == actor.key.row)
            await events.record(actor, "signed out", "account", actor.name)


async def confirm(actor: Actor, *, password: str) -> None:
    """The person types the password again: for the next minutes they may do what needs a fresh sign-in."""
    actor.must_be_person()
    assert actor.key is not None
    await _recognised(actor.origin, actor.name, password, field="password")
    async with DB.transaction():
        await Session.update({Session.authenticated_at: datetime.now(UTC)}).where(Session.id == actor.key.row)
        await events.record(actor, "confirmed their password", "account", actor.name)


async def show(actor: Actor) -> SessionFact | None:
    """The session that is asking; None for a token."""
    if actor.kind is not Kind.PERSON or actor.key is None:
        return None
    row = await Session.objects().get(Session.id == actor.key.row)
    return _fact(row, actor.name) if row else None


async def actor_for(secret: str, origin: Origin) -> Actor | None:
    """Who holds this cookie: one query, and at most one write in five minutes."""
    row = await DB.fetch_row(ACTOR, credentials.digest(secret))
    if row is None:
        return None
    if datetime.now(UTC) - row["last_seen_at"] > SEEN_EVERY:
        await DB.fetch(
            "UPDATE sessions SET last_seen_at = now(), address = $2 WHERE id = $1", row["id"], origin.address
        )
    return Actor(
        kind=Kind.PERSON,
        name=row["email"],
        user=row["user"],
        operator=row["operator"],
        ranks=ranks(row["ranks"]),
        key=Key(secret, row["wrapped_key"], "session", row["id"], row["user"]),
        authenticated_at=row["authenticated_at"],
        origin=origin,
    )


def ranks(json: str) -> dict[UUID, Rank]:
    return msgspec.json.decode(json, type=dict[UUID, Rank])


async def sweep() -> None:
    """Expired sessions open nothing; their rows go."""
    await DB.fetch("DELETE FROM sessions WHERE expires_at < now()")


@dataclass(frozen=True)
class _Person:
    id: UUID
    private: bytes = field(repr=False)


async def _recognised(origin: Origin, email: str, password: str, *, field: str = "form") -> _Person:
    """The person, whose private key the password has opened. The same work whether the account exists or not."""
    await throttle.count("sign in from", origin.address, limit=100, seconds=900)
    await throttle.count("sign in", email, limit=10, seconds=900)
    user = await User.objects().get(User.email == email)
    if user is not None and user.disabled_at is not None:
        user = None
    stored, wrapping = (user.password_hash, user.wrapping) if user else (None, None)
    checked = await passwords.verify(stored, password, wrapping=wrapping)
    if user is None or checked.key is None:
        await events.record_visitor(origin, email[:254], "failed to sign in", user=user and user.id)
        raise Invalid(**{field: WRONG if field == "form" else "This is not your password."})
    await throttle.forget("sign in", email)
    private = vault.open_with_password(checked.key, user.wrapped_key, user=user.id)
    if checked.needs_rehash:
        await _secure_again(user, password, private)
    return _Person(user.id, private)


async def _secure_again(user: User, password: str, private: bytes) -> None:
    """The settings ask for another cost than the password was hashed with."""
    now = await passwords.new_wrapping(password)
    wrapped = vault.wrap_for_password(now.key, private, user=user.id)
    await User.update({User.password_hash: now.hash, User.wrapping: now.wrapping, User.wrapped_key: wrapped}).where(
        User.id == user.id, User.password_hash == user.password_hash
    )


def _fact(row: Session, email: str) -> SessionFact:
    return SessionFact(
        id=row.id,
        email=email,
        address=row.address,
        user_agent=row.user_agent,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
    )

"""Signing in and out. A session is a row; the cookie's secret is kept only as a digest."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.errors import NotSignedIn
from jellystone.facts.people import Session as SessionFact
from jellystone.services import codes, credentials, devices, events, recognition, vault
from jellystone.services.accounts import normal
from jellystone.services.actors import Actor, Key, Kind, Origin
from jellystone.services.permissions import Rank
from jellystone.tables.columns import uuid7
from jellystone.tables.people import Session

LASTS = timedelta(days=14)
LASTS_REMEMBERED = timedelta(days=60)
LASTS_WITHOUT_CODE = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=5)

ACTOR = """
    SELECT s.id, s.user, s.wrapped_key, s.authenticated_at, s.last_seen_at, s.second_factor_due, u.email, u.operator,
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


@dataclass(frozen=True)
class Pending:
    """Somebody who has typed their password and owes the code of the second factor."""

    user: UUID
    email: str
    key: Key = field(repr=False)
    origin: Origin


async def sign_in(
    origin: Origin, *, email: str, password: str, remember: bool = False, instead_of: str | None = None
) -> SignedIn:
    """Check the password and open a session, which holds the person's private key under its own secret.

    Where the account has a second factor, the session opens nothing until `complete`. `instead_of` is the secret of
    the session that the same browser has had until now: it ends.
    """
    person = await recognition.recognise(origin, normal(email), password)
    secret, session, now = credentials.new_secret(), uuid7(), datetime.now(UTC)
    row = Session(
        id=session,
        user=person.id,
        digest=secret.digest,
        wrapped_key=vault.wrap_for_secret(secret.text, person.private, holder="session", row=session, owner=person.id),
        address=origin.address,
        user_agent=origin.user_agent and origin.user_agent[:300],
        remembered=remember,
        second_factor_due=person.second_factor,
        created_at=now,
        last_seen_at=now,
        authenticated_at=now,
        expires_at=now + (LASTS_WITHOUT_CODE if person.second_factor else _lasts(remember)),
    )
    async with DB.transaction():
        await recognition.must_still_be(person)
        if instead_of:
            await Session.delete().where(Session.digest == credentials.digest(instead_of))
        await row.save()
        if not person.second_factor:
            await recognition.recognised(person.email)
            await events.record_visitor(origin, person.email, "signed in", user=person.id)
    return SignedIn(fact(row, person.email), secret.text, LASTS_REMEMBERED if remember else None)


async def complete(pending: Pending, *, code: str) -> SignedIn:
    """The second step. From now on the session is a full one, under a new secret."""
    used = await codes.use(pending.origin, pending.user, pending.email, code)
    now = datetime.now(UTC)
    async with DB.transaction():
        row = await Session.objects().get(Session.id == pending.key.row)
        if row is None:
            raise NotSignedIn("You waited too long. Sign in again.")
        row.second_factor_due, row.authenticated_at = False, now
        row.expires_at = row.created_at + _lasts(row.remembered)
        secret = await _give_new_secret(row, pending.key)
        await recognition.recognised(pending.email)
        details = {"with": "a recovery code"} if used == "recovery code" else {}
        await events.record_visitor(pending.origin, pending.email, "signed in", user=pending.user, **details)
    return _signed_in(row, pending.email, secret)


async def renew(actor: Actor) -> SignedIn:
    """The actor's session under a new secret, now that its rights have changed: a copy of the old cookie is worthless.

    Called in a transaction.
    """
    assert actor.key is not None
    row = await Session.objects().get(Session.id == actor.key.row)
    if row is None:
        raise NotSignedIn("This session has ended meanwhile. Sign in again.")
    row.authenticated_at = datetime.now(UTC)
    return _signed_in(row, actor.name, await _give_new_secret(row, actor.key))


async def sign_out(holder: Actor | Pending) -> None:
    if isinstance(holder, Pending):
        await Session.delete().where(Session.id == holder.key.row)
    elif holder.kind is Kind.PERSON and holder.key:
        async with DB.transaction():
            await Session.delete().where(Session.id == holder.key.row)
            await events.record(holder, "signed out", "account", holder.name)


async def confirm(actor: Actor, *, password: str, wrong: str = "password") -> datetime:
    """The person types the password again: for the next minutes they may do what needs a fresh sign-in."""
    actor.must_have_session()
    assert actor.key is not None
    await recognition.recognise(actor.origin, actor.name, password, wrong=wrong)
    await recognition.recognised(actor.name)
    now = datetime.now(UTC)
    async with DB.transaction():
        await Session.update({Session.authenticated_at: now}).where(Session.id == actor.key.row)
        await events.record(actor, "confirmed their password", "account", actor.name)
    return now


async def show(actor: Actor) -> SessionFact | None:
    """The session that is asking; None for a token."""
    if actor.kind is not Kind.PERSON or actor.key is None:
        return None
    row = await Session.objects().get(Session.id == actor.key.row)
    return fact(row, actor.name) if row else None


async def actor_for(secret: str, origin: Origin) -> Actor | None:
    """Who holds this cookie, if they need no code any more."""
    found = await holder_of(secret, origin)
    return found if isinstance(found, Actor) else None


async def holder_of(secret: str, origin: Origin) -> Actor | Pending | None:
    """Who holds this cookie: one query, and at most one write in five minutes."""
    row = await DB.fetch_row(ACTOR, credentials.digest(secret))
    if row is None:
        return None
    key = Key(secret, row["wrapped_key"], "session", row["id"], row["user"])
    if row["second_factor_due"]:
        return Pending(row["user"], row["email"], key, origin)
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
        key=key,
        authenticated_at=row["authenticated_at"],
        origin=origin,
    )


def ranks(json: str) -> dict[UUID, Rank]:
    return msgspec.json.decode(json, type=dict[UUID, Rank])


async def sweep() -> None:
    """Expired sessions open nothing; their rows go."""
    await DB.fetch("DELETE FROM sessions WHERE expires_at < now()")


def fact(row: Session, email: str, *, asking: UUID | None = None) -> SessionFact:
    """`asking` is the session that the list is shown to."""
    return SessionFact(
        id=row.id,
        email=email,
        device=devices.named(row.user_agent),
        address=row.address,
        user_agent=row.user_agent,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        current=asking in (None, row.id),
        second_factor=row.second_factor_due,
    )


def _lasts(remembered: bool) -> timedelta:
    return LASTS_REMEMBERED if remembered else LASTS


def _signed_in(row: Session, email: str, secret: str) -> SignedIn:
    left = row.expires_at - datetime.now(UTC)
    return SignedIn(fact(row, email), secret, left if row.remembered else None)


async def _give_new_secret(row: Session, key: Key) -> str:
    """Wrap what the old secret opens under a new one, and write the row."""
    secret = credentials.new_secret()
    row.digest = secret.digest
    row.wrapped_key = vault.wrap_for_secret(secret.text, key.open(), holder="session", row=row.id, owner=key.owner)
    await row.save(
        [Session.digest, Session.wrapped_key, Session.second_factor_due, Session.authenticated_at, Session.expires_at]
    )
    return secret.text

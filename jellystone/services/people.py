"""What operators may do to accounts: find, disable, end sessions, reset a second factor, make operators."""

from datetime import UTC, datetime
from typing import Any

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.people import Person
from jellystone.services import events
from jellystone.services.actors import SYSTEM, Actor
from jellystone.services.lists import Slice, like
from jellystone.tables.people import RecoveryCode, Session, User

FACTS = """
    SELECT u.id, u.email, u.operator, u.disabled_at IS NOT NULL AS disabled, u.confirmed_at IS NOT NULL AS confirmed,
        u.totp_confirmed_at IS NOT NULL AS second_factor, u.created_at,
        (SELECT count(*) FROM sessions s WHERE s.user = u.id AND s.expires_at > now()) AS sessions,
        (SELECT max(s.last_seen_at) FROM sessions s WHERE s.user = u.id) AS last_seen_at,
        ARRAY(
            SELECT t.slug::text FROM memberships m JOIN teams t ON t.id = m.team WHERE m.user = u.id ORDER BY 1
        ) AS teams
    FROM users u
"""
LAST_OPERATOR = "An instance needs an operator. Make somebody else one first."
LOCK = 0x6A65_6C6C_796F  # an advisory lock's key: two operators cannot dismiss each other at once


async def everybody(actor: Actor, part: Slice, *, matching: str = "") -> Listing[Person]:
    actor.must_be_operator()
    where = "WHERE u.email ILIKE $1"
    rows = await DB.fetch(
        f"{FACTS} {where} ORDER BY u.email LIMIT $2 OFFSET $3", like(matching), part.per_page, part.offset
    )
    total = await DB.fetch_row(f"SELECT count(*) FROM users u {where}", like(matching))
    return part.of([Person(**row) for row in rows], total["count"] if total else 0)


async def show(actor: Actor, email: str) -> Person:
    actor.must_be_operator()
    return await _find(email)


async def change(actor: Actor, email: str, *, disabled: bool | None = None, operator: bool | None = None) -> Person:
    """Disabling holds at once, for sessions and tokens alike; nothing is lost by it."""
    actor.must_be_operator()
    actor.must_be_fresh()
    await _change(actor, email, disabled=disabled, operator=operator)
    return await _find(email)


async def set_operator(email: str, *, operator: bool) -> None:
    """From the command line, by whoever owns the machine."""
    await _change(SYSTEM, email, disabled=None, operator=operator)


async def end_sessions(actor: Actor, email: str) -> None:
    actor.must_be_operator()
    person = await _find(email)
    async with DB.transaction():
        await Session.delete().where(Session.user == person.id)
        await events.record(actor, "ended the sessions of", "account", person.email)


async def reset_second_factor(actor: Actor, email: str) -> None:
    """For who has lost both the device and the recovery codes: signing in takes the password alone again."""
    actor.must_be_operator()
    actor.must_be_fresh()
    person = await _find(email)
    async with DB.transaction():
        await User.update({User.totp_secret: None, User.totp_confirmed_at: None}).where(User.id == person.id)
        await RecoveryCode.delete().where(RecoveryCode.user == person.id)
        await Session.delete().where(Session.user == person.id)
        await events.record(actor, "reset the second factor of", "account", person.email)


async def _change(actor: Actor, email: str, *, disabled: bool | None, operator: bool | None) -> None:
    async with DB.transaction():
        await DB.fetch("SELECT pg_advisory_xact_lock($1)", LOCK)
        person = await _find(email)
        values: dict[Any, Any] = {}
        if operator is not None and operator != person.operator:
            values[User.operator] = operator
            await events.record(
                actor, "made operator" if operator else "dismissed as operator", "account", person.email
            )
        if disabled is not None and disabled != person.disabled:
            values[User.disabled_at] = datetime.now(UTC) if disabled else None
            await events.record(actor, "disabled" if disabled else "enabled", "account", person.email)
        if not values:
            return
        await User.update(values).where(User.id == person.id)
        if person.operator and not await User.exists().where(User.operator.eq(True), User.disabled_at.is_null()):
            raise Conflict(LAST_OPERATOR)


async def _find(email: str) -> Person:
    row: Any = await DB.fetch_row(f"{FACTS} WHERE u.email = $1", email.strip().lower())
    if row is None:
        raise NotFound(f"There is no account {email!r}.")
    return Person(**row)

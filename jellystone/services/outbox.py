"""What waits to be sent: taken, marked, and shown to operators and to those who caused it. Texts are not shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Conflict, NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.mails import Mail, State
from jellystone.services import events, mail
from jellystone.services.actors import SYSTEM, Actor
from jellystone.services.letters import Letter
from jellystone.services.lists import Slice
from jellystone.services.permissions import Scope

KEPT = 30  # days that a mail's row outlives its sending
IN_MAILBOX = 7  # days that its text stays in the mailbox: no link in a mail lasts longer
SHOWN = 7  # days that a problem stands on the page of who caused it
LONGEST_PAUSE = 360  # minutes

TAKE = f"""
    UPDATE mails SET attempts = attempts + 1,
        retry_at = now() + make_interval(mins => least({LONGEST_PAUSE}, (2 ^ least(attempts, 20))::int))
    WHERE id = (
        SELECT id FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL AND retry_at <= now()
        ORDER BY retry_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, recipient, wrapped_body, created_at
"""
FACTS = """
    SELECT m.id, m.recipient AS to, m.subject, m.problem, u.email AS caused_by, m.attempts, m.created_at,
        CASE WHEN m.sent_at IS NULL AND m.given_up_at IS NULL THEN m.retry_at END AS retry_at, m.expires_at,
        m.sent_at, m.given_up_at,
        CASE WHEN m.sent_at IS NOT NULL THEN 'sent' WHEN m.given_up_at IS NOT NULL THEN 'given up'
            ELSE 'waiting' END AS status
    FROM mails m LEFT JOIN users u ON u.id = m.caused_by
"""
OF_STATUS: dict[State, str] = {
    "waiting": "m.sent_at IS NULL AND m.given_up_at IS NULL",
    "sent": "m.sent_at IS NOT NULL",
    "given up": "m.given_up_at IS NOT NULL",
}
TROUBLED = f"m.problem IS NOT NULL AND m.sent_at IS NULL AND m.created_at > now() - interval '{SHOWN} days'"


@dataclass(frozen=True)
class Waiting:
    """A mail that this process alone tries to send now, until the row's next attempt is due."""

    id: UUID
    to: str
    created_at: datetime
    body: bytes = field(repr=False)

    def letter(self) -> Letter:
        return mail.unwrap(self.body, self.id)


async def take() -> Waiting | None:
    """The mail that is due longest. The next attempt is written down before this one begins: if the process dies, or is
    cut off from our database, the mail waits its ordinary pause and no other replica sends it meanwhile."""
    row = await DB.fetch_row(TAKE)
    return Waiting(row["id"], row["recipient"], row["created_at"], row["wrapped_body"]) if row else None


async def mark_sent(id: UUID) -> None:
    await DB.fetch("UPDATE mails SET sent_at = now(), wrapped_body = NULL, problem = NULL WHERE id = $1", id)


async def mark_unsent(id: UUID, problem: str, *, for_good: bool) -> None:
    """Give up if another attempt would end the same, or come too late; the text goes then."""
    async with DB.transaction():
        row = await DB.fetch_row(
            """
            UPDATE mails SET problem = $2, given_up_at = CASE WHEN $3 OR retry_at >= expires_at THEN now() END,
                wrapped_body = CASE WHEN $3 OR retry_at >= expires_at THEN NULL ELSE wrapped_body END
            WHERE id = $1 AND sent_at IS NULL RETURNING recipient, subject, attempts, given_up_at IS NOT NULL AS over
            """,
            id,
            problem,
            for_good,
        )
        if row is not None and row["over"]:
            told = {"subject": row["subject"], "attempts": row["attempts"], "problem": problem}
            await events.record(SYSTEM, "gave up sending", "mail", row["recipient"], **told)


async def visible_to(actor: Actor, part: Slice, *, status: State | None = None) -> Listing[Mail]:
    """For operators; the newest first."""
    actor.must_be_operator()
    actor.must_have(Scope.READ)
    chosen = OF_STATUS[status] if status else "true"
    rows = await DB.fetch(
        f"{FACTS} WHERE {chosen} ORDER BY m.created_at DESC, m.id DESC LIMIT $1 OFFSET $2", part.per_page, part.offset
    )
    total = await DB.fetch_row(f"SELECT count(*) AS number FROM mails m WHERE {chosen}")
    assert total is not None
    return part.of([_fact(row) for row in rows], total["number"])


async def show(actor: Actor, id: UUID) -> Mail:
    actor.must_be_operator()
    actor.must_have(Scope.READ)
    row = await DB.fetch_row(f"{FACTS} WHERE m.id = $1", id)
    if row is None:
        raise NotFound("There is no such mail.")
    return _fact(row)


async def try_now(actor: Actor, id: UUID) -> Mail:
    """Do not wait for the next attempt: the mail server has been mended, say."""
    actor.must_be_operator()
    actor.must_have(Scope.ADMIN)
    known = await show(actor, id)
    if known.status != "waiting":
        raise Conflict(GONE[known.status])
    async with DB.transaction():
        await DB.fetch("UPDATE mails SET retry_at = now() WHERE id = $1 AND sent_at IS NULL", id)
        await DB.fetch("SELECT pg_notify($1, '')", mail.CHANNEL)
    return await show(actor, id)


async def troubles(actor: Actor) -> list[Mail]:
    """Mails that the actor has caused and that could not be sent, until they say that they have seen it.

    That no mail server is set matters only where somebody else waits for the mail.
    """
    if actor.user is None:
        return []
    rows = await DB.fetch(
        f"""
        {FACTS} WHERE m.caused_by = $1 AND m.seen_at IS NULL AND {TROUBLED}
            AND (m.problem <> $2 OR m.recipient <> u.email)
        ORDER BY m.created_at DESC LIMIT 20
        """,
        actor.user,
        mail.NO_SERVER,
    )
    return [_fact(row) for row in rows]


async def stuck(actor: Actor) -> int:
    """How many mails of all the mail server did not take lately; 0 for who is no operator."""
    if not actor.operator:
        return 0
    row = await DB.fetch_row(
        f"SELECT count(*) AS number FROM mails m WHERE {TROUBLED} AND m.problem <> $1", mail.NO_SERVER
    )
    return int(row["number"]) if row else 0


async def dismiss(actor: Actor, id: UUID) -> None:
    """Who caused a mail need not be told any more that it could not be sent."""
    user = actor.must_be_person()
    actor.must_have(Scope.WRITE)
    rows = await DB.fetch("UPDATE mails SET seen_at = now() WHERE id = $1 AND caused_by = $2 RETURNING id", id, user)
    if not rows:
        raise NotFound("There is no such mail of yours.")


async def sweep() -> None:
    """What is of no use any more: mails that came too late, texts that no mailbox shows, rows nobody asks for."""
    late = "SELECT id, problem FROM mails m WHERE m.sent_at IS NULL AND m.given_up_at IS NULL AND m.expires_at <= now()"
    for row in await DB.fetch(late):
        await mark_unsent(row["id"], row["problem"] or mail.NO_SERVER, for_good=True)
    days = IN_MAILBOX if settings.current().has_mailbox else 0
    await DB.fetch(
        "UPDATE mails SET wrapped_body = NULL"
        " WHERE wrapped_body IS NOT NULL AND sent_at <= now() - make_interval(days => $1)",
        days,
    )
    await DB.fetch("DELETE FROM mails WHERE coalesce(sent_at, given_up_at) < now() - make_interval(days => $1)", KEPT)


GONE: dict[State, str] = {
    "sent": "This mail has been sent already.",
    "given up": "This mail was given up, and its text is gone. Whatever caused it has to be done again.",
}


def _fact(row: Any) -> Mail:
    return Mail(**row)

"""A POST that is sent again with the same `Idempotency-Key` is answered again, and not done again.

A row of `idempotency_keys` is a claim: one run of one request. Its id is new for every run, and `events.record` marks
it in the transaction in which a thing is made. So a run that was cut short is known to have made something or nothing,
and one that was overtaken (its machine slept, say) can no longer commit.

The answer, and the digest by which another body is told, are made with the caller's own secret, of which we keep only
a digest: neither the database nor the instance's key opens them. Times are our database's.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from jellystone.database import DB, detached
from jellystone.errors import AlreadyDone, InProgress, Invalid
from jellystone.services import vault
from jellystone.services.actors import Actor, Key
from jellystone.tables.columns import uuid7

log = logging.getLogger(__name__)
KEPT = timedelta(hours=24)
SECRETS_KEPT = timedelta(hours=1)
RUNNING = timedelta(seconds=30)
"""How long a run counts as going on without a sign of life; it gives one every ten seconds."""
SOON = 2
"""Seconds until it is worth asking again: nearly everything takes less, and who has lost an answer waits for it."""
READABLE = {"database", "role", "server", "team"}  # kinds whose events name them by their id

TAKE = """
    INSERT INTO idempotency_keys AS k (id, caller, key, holder, request, running_until)
    VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
    ON CONFLICT (caller, key) DO UPDATE SET id = excluded.id, holder = excluded.holder, request = excluded.request,
        running_until = excluded.running_until, created_at = now(), made_kind = NULL, made = NULL,
        answer = NULL, secret = false, answered_at = NULL
    WHERE k.created_at < now() - $7::interval
        OR k.answered_at IS NULL AND k.made_kind IS NULL AND k.running_until <= now()
            AND (k.holder <> excluded.holder OR k.request = excluded.request)
    RETURNING id
"""
LOOK = """
    SELECT id, holder, request, made_kind, made, answer, answered_at IS NOT NULL AS answered,
        secret AND answered_at < now() - $3::interval AS late,
        ceil(extract(epoch FROM running_until - now()))::int AS seconds_left
    FROM idempotency_keys WHERE caller = $1 AND key = $2
"""


@dataclass(frozen=True)
class Claim:
    """The right to do it, for as long as no other claim to the same key is newer."""

    id: UUID
    holder: Key


class Kept(msgspec.Struct):
    """An answer as it was. `secret`: it holds a password, a token or the like."""

    status: int
    headers: dict[str, str]
    body: bytes
    secret: bool = False


async def claim(actor: Actor, key: str, request: bytes) -> Claim | Kept:
    """What the first request with this key was answered, or the right to be the first.

    Raises `Invalid` for another request under the same key, `InProgress` while the first one runs, and `AlreadyDone`
    where it has made something and its answer was never kept, or is not for this caller, or no longer.
    """
    holder = actor.key
    assert holder is not None
    caller = actor.user if holder.holder == "session" else holder.row
    mark, id = vault.fingerprint(holder.secret, request, row=holder.row), uuid7()
    if await DB.fetch(TAKE, id, caller, key, holder.row, mark, RUNNING, KEPT):
        return Claim(id, holder)
    row = await DB.fetch_row(LOOK, caller, key, SECRETS_KEPT)
    if row is None:  # swept, or given up, at this moment
        raise InProgress("The first request with this Idempotency-Key has just ended. Send it again.", retry_after=1)
    return _said(row, holder, mark)


def _said(row: Any, holder: Key, mark: bytes) -> Kept:
    own = row["holder"] == holder.row
    if own and row["request"] != mark:
        raise Invalid(**{"Idempotency-Key": "Another request was sent with this key. Take a new one for each thing."})
    if row["answered"]:
        if not own:
            raise _done(row, "in another session, so its answer is not shown here")
        if row["late"] or row["answer"] is None:
            raise _done(row, "and its answer held a secret, which is repeated for an hour only")
        sealed = vault.open_answer(holder.secret, row["answer"], row=row["id"])
        return msgspec.msgpack.decode(sealed, type=Kept)
    if row["seconds_left"] <= 0 and row["made_kind"]:
        raise _done(row, "but was cut short before it was answered")
    raise InProgress(f"The first request with this Idempotency-Key still runs. Wait {SOON} s.", retry_after=SOON)


def _done(row: Any, how: str) -> AlreadyDone:
    """The way on is the same in every case: look at what is there."""
    what = f"made or changed the {row['made_kind']} {row['made']}" if row["made_kind"] else "done all of it"
    existing = row["made"] if row["made_kind"] in READABLE else None
    return AlreadyDone(
        f"The first request with this Idempotency-Key has {what}, {how}. Look at what is there now; what is missing,"
        " such as a password, is made anew at its own address.",
        existing=existing,
    )


@asynccontextmanager
async def running(claimed: Claim) -> AsyncIterator[None]:
    """While it is worked on: signs of life, so that nobody takes over what only takes long."""
    task = asyncio.create_task(_live(claimed.id), context=detached())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _live(id: UUID) -> None:
    while True:
        await asyncio.sleep(RUNNING.total_seconds() / 3)
        try:
            await DB.fetch(
                "UPDATE idempotency_keys SET running_until = now() + $2::interval WHERE id = $1", id, RUNNING
            )
        except Exception:
            log.warning("no sign of life for the claim %s", id)


async def note(id: UUID, kind: str, name: str) -> None:
    """Something is being made under this claim. Called in the transaction that makes it, which fails if it is lost."""
    held = await DB.fetch(
        "UPDATE idempotency_keys SET made_kind = coalesce(made_kind, $2), made = coalesce(made, $3)"
        " WHERE id = $1 RETURNING id",
        id,
        kind,
        name,
    )
    if not held:
        raise InProgress("A later request with this Idempotency-Key has taken over. Send it again.", retry_after=5)


async def keep(claimed: Claim, answer: Kept) -> None:
    """Seal it for whoever asked. Should this fail, the claim ends as one that was cut short."""
    sealed = vault.seal_answer(claimed.holder.secret, msgspec.msgpack.encode(answer), row=claimed.id)
    await DB.fetch(
        "UPDATE idempotency_keys SET answer = $2, secret = $3, answered_at = now() WHERE id = $1",
        claimed.id,
        sealed,
        answer.secret,
    )


async def give_up(claimed: Claim, *, undone: bool) -> None:
    """An error is not kept: the next request with this key begins anew, unless this one may have made something.

    `undone`: by what the error says, nothing is left of it.
    """
    await DB.fetch("DELETE FROM idempotency_keys WHERE id = $1 AND ($2 OR made_kind IS NULL)", claimed.id, undone)
    await DB.fetch("UPDATE idempotency_keys SET running_until = now() WHERE id = $1", claimed.id)


async def sweep() -> None:
    """Keys after a day, and secrets after an hour."""
    await DB.fetch("DELETE FROM idempotency_keys WHERE created_at < now() - $1::interval", KEPT)
    await DB.fetch(
        "UPDATE idempotency_keys SET answer = NULL"
        " WHERE secret AND answer IS NOT NULL AND answered_at < now() - $1::interval",
        SECRETS_KEPT,
    )

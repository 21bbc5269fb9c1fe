"""Who wants no mails about which checks; and the link in such a mail that ends them all without signing in."""

import base64
import binascii
from typing import Any, Final
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Expired, Invalid
from jellystone.facts.advice import AdviceMailsOf, MutedAdvice
from jellystone.postgres import checks
from jellystone.postgres.checks.kinds import Check
from jellystone.services import events, instance
from jellystone.services.actors import Actor, Origin
from jellystone.services.permissions import Scope
from jellystone.services.vault import Sealed
from jellystone.tables.columns import uuid7

PURPOSE: Final = "end of advice"
NAMES = sorted({*checks.OF_DATABASES, *checks.OF_SERVERS})
NO_LONGER = "This link does not end any mails (any more). Sign in and choose on the page of your account."


def choices(*, operator: bool) -> list[tuple[str, str, str]]:
    """Name, title and limits of each check that can cause a mail to somebody: those of servers go to operators only."""
    known: dict[str, Check[Any]] = {**(checks.OF_SERVERS if operator else {}), **checks.OF_DATABASES}
    return [(check.name, check.title, check.limits) for check in known.values() if "act " in check.limits]


async def show(actor: Actor) -> MutedAdvice:
    actor.must_have(Scope.READ)
    rows = await DB.fetch('SELECT check_name FROM muted_advice WHERE "user" = $1', actor.must_be_person())
    names = {row["check_name"] for row in rows}
    return MutedAdvice(all="" in names, checks=sorted(names & set(NAMES)))


async def change(actor: Actor, *, everything: bool, names: list[str]) -> MutedAdvice:
    """From now on no mails about exactly these."""
    user = actor.must_be_person()
    actor.must_have(Scope.WRITE)
    if strange := [name for name in names if name not in NAMES]:
        raise Invalid(checks=f"There is no check {strange[0]!r}.")
    wanted = sorted({*names, *([""] if everything else [])})
    async with DB.transaction():
        await DB.fetch('DELETE FROM muted_advice WHERE "user" = $1', user)
        for name in wanted:
            await _mute(user, name)
        words = ", ".join(name or "all" for name in wanted) or "none"
        await events.record(actor, "muted advice in mails to", "account", actor.email, checks=words)
    return await show(actor)


def secret(user: UUID) -> str:
    """The last part of the link in this person's mails: good for ever, and for nothing but ending them."""
    sealed = instance.keys().wrap(b"advice", purpose=PURPOSE, row=user)
    return base64.urlsafe_b64encode(user.bytes + sealed).decode().rstrip("=")


async def look(text: str) -> AdviceMailsOf:
    user, email = await _holder(text)
    muted = await DB.fetch_row("SELECT 1 AS one FROM muted_advice WHERE \"user\" = $1 AND check_name = ''", user)
    return AdviceMailsOf(email=email, ended=muted is not None)


async def end(origin: Origin, text: str) -> AdviceMailsOf:
    """Repeating it does no harm: some mail programs ask twice."""
    user, email = await _holder(text)
    async with DB.transaction():
        if await _mute(user, ""):
            words = "muted advice in mails to"
            await events.record_visitor(origin, email, words, user=user, checks="all", by="the link in a mail")
    return AdviceMailsOf(email=email, ended=True)


async def _mute(user: UUID, name: str) -> bool:
    """Whether it was not so before."""
    put = """
        INSERT INTO muted_advice (id, "user", check_name) VALUES ($1, $2, $3)
        ON CONFLICT ("user", check_name) DO NOTHING RETURNING id
    """
    return bool(await DB.fetch(put, uuid7(), user, name))


async def _holder(text: str) -> tuple[UUID, str]:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        user = UUID(bytes=raw[:16])
        instance.keys().unwrap(raw[16:], purpose=PURPOSE, row=user)
    except (ValueError, binascii.Error, Sealed):
        raise Expired(NO_LONGER) from None
    row = await DB.fetch_row("SELECT email FROM users WHERE id = $1", user)
    if row is None:
        raise Expired(NO_LONGER)
    return user, row["email"]

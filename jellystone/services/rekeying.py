"""Encrypting anew, with the first of the instance's secret keys, whatever is under another one.

Row by row and in small transactions: it can be cut short at any moment and said again, and replicas go on meanwhile.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from jellystone.database import DB
from jellystone.services import events, instance
from jellystone.services.actors import SYSTEM
from jellystone.services.vault import InstanceKeys, Purpose, Sealed

BATCH = 200
PASSES, PAUSE = 10, 1.0
"""How often, and after how many seconds, rows are tried again that somebody else was just changing."""
UNREADABLE = (
    "no key that is set opens them. Add the key that they are under to JELLYSTONE_SECRET_KEY, after the present one, "
    "and run `jellystone rekey` once more; or enter them anew."
)


@dataclass(frozen=True)
class Place:
    """A column under the instance's key. Links that end mails about advice are under it, too, but stored nowhere."""

    table: str
    column: str
    purpose: Purpose
    what: str

    @property
    def others(self) -> str:
        """The rows that are not under the first key. $1: its mark, $2: the last id that was seen."""
        mark = f"substring({self.column} FROM 1 FOR length($1::bytea))"
        return f"FROM {self.table} WHERE {self.column} IS NOT NULL AND {mark} <> $1 AND id > $2"


PLACES = (
    Place("servers", "wrapped_url", "server address", "addresses of servers"),
    Place("roles", "pending_verifier", "role verifier", "passwords that wait for their server"),
    Place("mails", "wrapped_body", "mail", "mails that wait"),
    Place("users", "totp_secret", "totp secret", "second factors"),
)
FIRST = UUID(int=0)


@dataclass(frozen=True)
class Found:
    """`anew` were encrypted anew; `former` are still under a former key; `unreadable` are under none that we have."""

    place: Place
    anew: int = 0
    former: int = 0
    unreadable: int = 0

    @property
    def in_words(self) -> str:
        return f"{self.unreadable} of the {self.place.what}"


async def rekey() -> list[Found]:
    """All places, one after the other; an event says how many there were, if any."""
    keys = instance.keys()
    found = [await _rekey(place, keys) for place in PLACES]
    counts: dict[str, Any] = {one.place.table: one.anew for one in found if one.anew}
    if counts:
        await events.record(SYSTEM, "encrypted secrets anew", "instance", SYSTEM.name, **counts)
    return found


async def look() -> list[Found]:
    """The same, but nothing is changed."""
    keys, found = instance.keys(), []
    for place in PLACES:
        rows = await DB.fetch(f"SELECT id, {place.column} AS sealed {place.others}", keys.mark, FIRST)
        readable = sum(_opened(keys, place, row) is not None for row in rows)
        found.append(Found(place, former=readable, unreadable=len(rows) - readable))
    return found


async def _rekey(place: Place, keys: InstanceKeys) -> Found:
    found = Found(place)
    for turn in range(PASSES):
        if turn:
            await asyncio.sleep(PAUSE)
        last, unreadable = FIRST, 0
        while batch := await _batch(place, keys, last):
            last, anew, sealed = batch
            found, unreadable = replace(found, anew=found.anew + anew), unreadable + sealed
        rows = await DB.fetch(f"SELECT count(*) AS number {place.others}", keys.mark, FIRST)
        found = replace(found, former=rows[0]["number"] - unreadable, unreadable=unreadable)
        if found.former <= 0:
            break
    return replace(found, former=max(found.former, 0))


async def _batch(place: Place, keys: InstanceKeys, last: UUID) -> tuple[UUID, int, int] | None:
    """The last id of a batch, how many of it are encrypted anew, and how many cannot be opened. None: no more rows.

    Rows that somebody else works on are left for the next pass: a server that does not answer may hold one for long.
    """
    async with DB.transaction():
        select = f"SELECT id, {place.column} AS sealed {place.others} ORDER BY id LIMIT {BATCH}"
        rows = await DB.fetch(f"{select} FOR NO KEY UPDATE SKIP LOCKED", keys.mark, last)
        if not rows:
            return None
        new = dict(_anew(place, keys, rows))
        update = f"UPDATE {place.table} t SET {place.column} = n.sealed FROM unnest($1::uuid[], $2::bytea[])"
        await DB.fetch(f"{update} AS n (id, sealed) WHERE t.id = n.id", list(new), list(new.values()))
    return rows[-1]["id"], len(new), len(rows) - len(new)


def _anew(place: Place, keys: InstanceKeys, rows: list[Any]) -> Iterator[tuple[UUID, bytes]]:
    for row in rows:
        data = _opened(keys, place, row)
        if data is not None:
            yield row["id"], keys.wrap(data, purpose=place.purpose, row=row["id"])


def _opened(keys: InstanceKeys, place: Place, row: Any) -> bytes | None:
    try:
        return keys.unwrap(row["sealed"], purpose=place.purpose, row=row["id"])
    except Sealed:
        return None

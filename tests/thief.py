"""What a thief does with a copy of every table of our database, and with the instance's secret key."""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, get_args
from uuid import UUID

from jellystone import settings
from jellystone.database import DB
from jellystone.services import vault
from jellystone.services.vault import Holder, InstanceKeys, Purpose, Sealed

TABLES = """
SELECT format('%I', table_name) FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


@dataclass
class Dump:
    """Every row of every table, as a thief has them."""

    tables: dict[str, list[dict[str, Any]]]
    secret_keys: list[str]
    known: set[bytes] = field(default_factory=set)
    opened: dict[UUID, str] = field(default_factory=dict)

    def values(self) -> Iterator[Any]:
        yield from self.secret_keys
        for rows in self.tables.values():
            for row in rows:
                yield from row.values()

    def ids(self) -> set[UUID]:
        return {value for value in self.values() if isinstance(value, UUID)}

    def ciphertexts(self) -> list[bytes]:
        return [value for value in self.values() if isinstance(value, bytes) and value[:1] == b"\x01"]


async def stolen() -> Dump:
    tables = {}
    for (name,) in await DB.fetch(TABLES):
        tables[name] = [dict(row) for row in await DB.fetch(f"SELECT * FROM {name}")]
    return Dump(tables, list(settings.current().secret_keys))


def readings(value: Any) -> Iterator[bytes]:
    """A value and all that it may be in other clothes."""
    if isinstance(value, UUID):
        yield value.bytes
    if isinstance(value, str):
        yield value.encode()
        for part in value.replace("$", ".").replace(":", ".").split("."):
            for decode in (bytes.fromhex, base64.b64decode, base64.urlsafe_b64decode):
                with suppress(ValueError, binascii.Error):
                    yield decode(part + "=" * (-len(part) % 4) if decode is not bytes.fromhex else part)
    if isinstance(value, bytes):
        yield value
        for cut in (1, 13):
            yield value[cut:]
        yield value[:32]
        yield value[-32:]


def attempts(dump: Dump, keys: Iterable[bytes]) -> Iterator[Callable[[], bytes | str]]:
    """Every ciphertext with every key in every role that a key can have."""
    for row in dump.tables["roles"]:
        (team,) = [one["team"] for one in dump.tables["databases"] if one["id"] == row["database"]]
        for key in keys:
            yield lambda r=row, t=team, k=key: _password(dump, k, r, t)  # type: ignore[misc]
    holders: list[tuple[str, Holder, str]] = [
        ("sessions", "session", "user"),
        ("tokens", "personal token", "user"),
        ("tokens", "team token", "team"),
        ("invitations", "invitation", "team"),
    ]
    for key in keys:
        text = key.decode(errors="replace")
        for member in dump.tables["memberships"]:
            if not member["sealed_key"]:
                continue
            ids = {"team": member["team"], "user": member["user"]}
            yield lambda k=key, m=member, i=ids: vault.open_team_key(k, m["sealed_key"], **i)  # type: ignore[misc]
        for user in dump.tables["users"]:
            yield lambda k=key, u=user: vault.open_with_password(k, u["wrapped_key"], user=u["id"])  # type: ignore[misc]
        for kept in dump.tables["idempotency_keys"]:
            yield lambda t=text, r=kept: vault.open_answer(t, r["answer"] or b"", row=r["id"])  # type: ignore[misc]
        for table, holder, owner in holders:
            for row in dump.tables[table]:
                if row[owner] and row["wrapped_key"]:
                    yield lambda t=text, r=row, h=holder, o=owner: vault.open_with_secret(  # type: ignore[misc]
                        t, r["wrapped_key"], holder=h, row=r["id"], owner=r[o]
                    )


def _password(dump: Dump, key: bytes, row: dict[str, Any], team: UUID) -> str:
    opened = vault.open_password(key, row["sealed_password"], team=team, role=row["id"])
    dump.opened[row["id"]] = opened
    return opened


def under_the_secret_key(dump: Dump) -> Iterator[bytes]:
    """What the instance's own key opens: it is in the thief's hands."""
    keys = InstanceKeys(dump.secret_keys)
    for ciphertext in dump.ciphertexts():
        for purpose in get_args(Purpose):
            for id in dump.ids():
                with suppress(Sealed):
                    yield keys.unwrap(ciphertext, purpose=purpose, row=id)


def ransack(dump: Dump, *more: bytes) -> dict[UUID, str]:
    """Try all that is there on all that is there, and what that opens on the rest, until nothing opens any more."""
    new = {*more, *under_the_secret_key(dump)}
    for value in dump.values():
        new |= set(readings(value))
    new |= {sha256(key).digest() for key in new}
    while new:
        dump.known |= new
        found: set[bytes] = set()
        for attempt in attempts(dump, new):
            with suppress(Sealed, ValueError):
                opened = attempt()
                found |= {opened} if isinstance(opened, bytes) else set()
        new = found - dump.known
    return dump.opened

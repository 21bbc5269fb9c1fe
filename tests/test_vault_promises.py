"""What the vault promises: a stolen copy of our database, even with the secret key, reveals no role's password."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, get_args
from uuid import UUID

import pytest

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Misconfigured
from jellystone.services import invitations, vault
from jellystone.services.permissions import Rank
from jellystone.services.vault import Holder, InstanceKeys, Purpose, Sealed
from tests.park import PASSWORD, Park, problem

pytestmark = pytest.mark.anyio

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
            ids = {"team": member["team"], "user": member["user"]}
            yield lambda k=key, m=member, i=ids: vault.open_team_key(k, m["sealed_key"], **i)  # type: ignore[misc]
        for user in dump.tables["users"]:
            yield lambda k=key, u=user: vault.open_with_password(k, u["wrapped_key"], user=u["id"])  # type: ignore[misc]
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


async def passwords(park: Park) -> dict[UUID, str]:
    """Two roles of the Rangers and one of the Poachers, one of them changed, an invitation and a scoped token."""
    await park.smith.program.post("/teams", json={"name": "Poachers"})
    found = {}
    for client, team, database in ((park.token, "rangers", "orders"), (park.smith.program, "poachers", "traps")):
        made = await client.post("/databases", json={"name": database, "team": team, "owner_role": True})
        assert made.status_code == 201, made.text
        found[database] = made.json()["owner"]["password"]
    await park.token.post("/databases/main/orders/roles", json={"name": "app", "password": "given by a person"})
    found["app"] = (await park.token.put("/databases/main/orders/roles/app/password", json={})).json()["password"]
    await park.with_scopes("read", "secrets")
    await invitations.invite(park.yogi.actor, park.team, emails=["ranger@park.example"], rank=Rank.MEMBER)
    rows = await DB.fetch("SELECT id, name FROM roles")
    return {row["id"]: found[row["name"]] for row in rows}


async def test_a_copy_of_every_table_with_the_secret_key_opens_no_password(park: Park) -> None:
    right = await passwords(park)
    dump = await stolen()
    assert {name for name in dump.tables if dump.tables[name]} >= {
        *(
            "roles",
            "databases",
            "servers",
            "users",
            "teams",
            "memberships",
            "sessions",
            "tokens",
            "invitations",
            "events",
        ),
    }
    plain = "\n".join(str(value) for value in dump.values())
    for password in [*right.values(), "given by a person", PASSWORD]:
        assert password not in plain
        assert password.encode() not in b"\n".join(value for value in dump.values() if isinstance(value, bytes))
    assert ransack(dump) == {}
    assert [key for key in dump.known if b"postgresql://" in key]  # the way to the servers does open: they say so


async def test_the_same_ransacking_succeeds_with_what_a_member_or_a_token_holds(park: Park) -> None:
    """So the search above is a real one: one secret more, and it finds everything of the team, and only of the team."""
    right = await passwords(park)
    rangers = {row["id"] for row in await DB.fetch("SELECT id FROM roles WHERE name <> 'traps'")}
    token = park.token.headers["authorization"].removeprefix("Bearer ").encode()
    cookie = park.booboo.browser.headers["cookie"].removeprefix("jellystone=").encode()
    for secret in (token, cookie):
        assert ransack(await stolen(), secret) == {id: right[id] for id in rangers}
    smith = park.smith.browser.headers["cookie"].removeprefix("jellystone=").encode()
    assert ransack(await stolen(), smith) == {id: right[id] for id in right.keys() - rangers}


async def test_a_changed_or_swapped_secret_is_an_error_and_no_wrong_answer(park: Park) -> None:
    right = await passwords(park)
    rows = {row["name"]: row for row in await DB.fetch("SELECT name, id, sealed_password FROM roles")}
    at = "/databases/main/orders/roles/app/password"
    assert (await park.token.get(at)).json()["password"] == right[rows["app"]["id"]]
    own = rows["app"]["sealed_password"]
    flipped = [own[:place] + bytes([own[place] ^ 1]) + own[place + 1 :] for place in (0, 1, 40, len(own) - 1)]
    swapped = [rows["orders"]["sealed_password"], rows["traps"]["sealed_password"]]
    for wrong in [*flipped, *swapped, b"", own[:20]]:
        await DB.fetch("UPDATE roles SET sealed_password = $1 WHERE name = 'app'", wrong)
        for client in (park.token, park.booboo.program):
            refused = await client.get(at)
            assert problem(refused)["status"] == 403
            assert "Change it to store a new one" in refused.text
        page = await park.booboo.browser.get(at)
        assert page.status_code == 403
        for password in right.values():
            assert password not in page.text
    await DB.fetch("UPDATE roles SET sealed_password = $1 WHERE name = 'app'", own)
    assert (await park.token.get(at)).status_code == 200


async def test_another_teams_copy_of_the_key_or_membership_opens_nothing(park: Park) -> None:
    await passwords(park)
    at = "/databases/main/orders/roles/app/password"
    assert (await park.smith.program.get(at)).status_code == 404
    copy = await DB.fetch_row("SELECT sealed_key FROM memberships WHERE rank = 'member'")
    assert copy is not None
    user = park.smith.actor.user
    await DB.fetch(
        'INSERT INTO memberships (id, team, "user", rank, sealed_key) VALUES (gen_random_uuid(), $1, $2, $3, $4)',
        park.team.id,
        user,
        "member",
        copy["sealed_key"],
    )
    refused = await park.smith.program.get(at)  # in the team by a forged row, and still without its key
    assert problem(refused)["status"] == 403
    assert "password" not in refused.json()


async def test_a_viewer_holds_no_way_to_the_passwords(park: Park) -> None:
    await passwords(park)
    for client in (park.cindy.program, park.cindy.browser, park.cindy.htmx):
        assert (await client.get("/databases/main/orders/roles/app/password")).status_code == 403


async def test_the_instance_needs_its_key_to_reach_its_servers(park: Park) -> None:
    dump = await stolen()
    dump.secret_keys = ["another key, also long enough to be one"]
    assert list(under_the_secret_key(dump)) == []
    with pytest.raises(Misconfigured):
        InstanceKeys([])


async def test_no_event_carries_a_secret(park: Park) -> None:
    right = await passwords(park)
    events = json.dumps((await park.token.get("/teams/rangers/events?per_page=200")).json())
    for password in [*right.values(), "given by a person"]:
        assert password not in events

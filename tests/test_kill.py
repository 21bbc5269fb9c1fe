"""Our process is killed at each statement of each change; after a restart the state is whole: all of it, or none.

By default each place is struck once, elsewhere than in creating only some; with `JELLYSTONE_TEST_REQUIRE=1`, as in
CI, each after the statement's answer, every other also while the statement is under way, the first before it, too.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.jobs import reconciler
from jellystone.services import databases, role_passwords, roles, servers
from jellystone.services.found import FoundRole
from tests.park import Park
from tests.postgres.world import DATABASE_SIGNATURE, NAMES, SERVER_SIGNATURE

pytestmark = pytest.mark.anyio

ALL = os.environ.get("JELLYSTONE_TEST_REQUIRE") == "1"
KINDS = ("before", "during", "after")
UNFINISHED = "SELECT status FROM databases WHERE status <> 'ready' OR NOT limit_applied"
UNFINISHED_ROLES = "SELECT status FROM roles WHERE status <> 'ready'"
Signature = list[tuple[str, ...]]


@dataclass
class Killer:
    """Gives orders to `tests.killing`."""

    park: Park
    process: asyncio.subprocess.Process

    async def order(self, act: str, at: int = 0, when: str = "before", **more: Any) -> dict[str, Any]:
        line = {"act": act, "at": at, "when": when, "user": str(self.park.yogi.actor.user), **more}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        told = json.loads(await self.process.stdout.readline())
        assert "error" not in told, told
        return dict(told)

    @staticmethod
    def kinds(at: int) -> tuple[str, ...]:
        """Before a statement everything is as it is after the one before; so it nearly is while it is under way."""
        return KINDS if at == 1 else KINDS[1:] if at % 2 else KINDS[2:]

    async def blows(self, act: str, *, stride: int = 1, **more: Any) -> AsyncIterator[str]:
        """Strike at one statement after the other and start again; where, for whoever is told of a failure."""
        statements = (await self.order(act, **more))["seen"]
        assert statements > 5
        yield "nowhere"
        struck = 0
        for at in range(1, statements + 9, 1 if ALL else stride):  # the way back may be longer
            for when in self.kinds(at) if ALL else [KINDS[at // stride % 2]]:
                told = await self.order(act, at, when, **more)
                struck += told["killed"]
                await restart()
                yield f"{when} statement {at} of {statements}"
        assert struck >= (statements - 9) // stride


@pytest.fixture
async def killer(park: Park) -> AsyncIterator[Killer]:
    given = settings.current()
    environment = {
        "JELLYSTONE_DATABASE_URL": given.database_url,
        "JELLYSTONE_SERVER_URL": given.server_url,
        "JELLYSTONE_SECRET_KEY": ",".join(given.secret_keys),
    }
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "tests.killing", json.dumps(environment)]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    yield Killer(park, process)
    process.kill()
    await process.wait()


async def restart() -> None:
    """As the next process does. What the dead one's last statement still holds on the server may take a second turn."""
    for _ in range(3):
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        if not await DB.fetch(UNFINISHED) + await DB.fetch(UNFINISHED_ROLES):
            return
    raise AssertionError(await DB.fetch("SELECT name, status, problem FROM databases"))


async def signature(park: Park) -> Signature:
    """All that stands on the server, without what differs each time: ids in comments, salts in verifiers."""
    names, *found = await _rows(park, "postgres", NAMES, *SERVER_SIGNATURE)
    for (name,) in names:
        found += await _rows(park, name, *DATABASE_SIGNATURE) if name != "jellystone" else []
    return [row for rows in found for row in rows]


async def _rows(park: Park, database: str, *queries: str) -> list[Signature]:
    connection = await asyncpg.connect(park.cluster.url(database))
    try:
        return [[tuple(map(_plain, row)) for row in await connection.fetch(query)] for query in queries]
    finally:
        await connection.close()


def _plain(value: Any) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=SCRAM-SHA-256)\S+", "…", str(value))


async def can_connect(park: Park, uri: str) -> bool:
    try:
        connection = await park.connect(uri)
    except asyncpg.PostgresError:
        return False
    await connection.close()
    return True


async def ordered(park: Park) -> None:
    """The database `orders` with an owner of its own, and the role `app` that owns as well."""
    wish = databases.Wish(name="orders", protected=False, connection_limit=9)
    owner = roles.Wish(name="boss", access="owner")
    await databases.create(park.yogi.actor, park.team, await servers.by_name("main"), wish, owner=owner)
    await make_app(park)


async def make_app(park: Park) -> None:
    found = await databases.find(park.yogi.actor, "main", "orders")
    await roles.create(park.yogi.actor, found, roles.Wish(name="app", access="owner"))


async def app(park: Park) -> FoundRole | None:
    try:
        return await roles.find(park.yogi.actor, await databases.find(park.yogi.actor, "main", "orders"), "app")
    except NotFound:
        return None


async def uri_of(park: Park, role: FoundRole) -> str:
    return (await role_passwords.reveal(park.yogi.actor, role)).uri


async def test_create_is_finished_or_never_was(park: Park, killer: Killer) -> None:
    nothing = await signature(park)
    whole: Signature = []
    outcomes = set()
    async for where in killer.blows("create"):
        try:
            found = await databases.find(park.yogi.actor, "main", "orders")
        except NotFound:
            assert await signature(park) == nothing, where
            outcomes.add("never was")
            continue
        whole = whole or await signature(park)
        assert await signature(park) == whole, where
        role = await roles.find(park.yogi.actor, found, "orders")
        assert await can_connect(park, await uri_of(park, role)), where
        outcomes.add("finished")
        await databases.delete(park.yogi.actor, found)
    assert outcomes == {"never was", "finished"}
    assert await signature(park) == nothing


Key = Callable[[Park], Awaitable[tuple[Any, ...]]]


async def _access(park: Park) -> tuple[Any, ...]:
    role = await app(park)
    assert role is not None
    assert await can_connect(park, await uri_of(park, role))
    return (role.row.access,)


async def _attributes(park: Park) -> tuple[Any, ...]:
    role = await app(park)
    assert role is not None
    assert await can_connect(park, await uri_of(park, role)) == role.row.enabled
    return role.row.enabled, role.row.connection_limit


async def _limit(park: Park) -> tuple[Any, ...]:
    return ((await databases.find(park.yogi.actor, "main", "orders")).row.connection_limit,)


@pytest.mark.parametrize(("act", "key"), [("access", _access), ("attributes", _attributes), ("limit", _limit)])
async def test_a_change_is_made_or_not_and_the_books_say_which(park: Park, killer: Killer, act: str, key: Key) -> None:
    await ordered(park)
    wanted = {await key(park): await signature(park)}
    await killer.order(act)
    wanted[await key(park)] = await signature(park)
    assert len(wanted) == 2
    seen = []
    async for where in killer.blows(act, stride=2):
        seen.append(await key(park))
        assert await signature(park) == wanted[seen[-1]], where
    assert set(seen) == wanted.keys()


async def test_of_the_old_and_the_new_password_exactly_the_one_in_the_books_works(park: Park, killer: Killer) -> None:
    await ordered(park)
    role = await app(park)
    assert role is not None
    old, wanted, outcomes = await uri_of(park, role), await signature(park), set()
    for turn in range(2 if ALL else 1):
        new = f"new password {turn}"
        async for where in killer.blows("password", password=new):
            role = await app(park)
            assert role is not None
            revealed = await role_passwords.reveal(park.yogi.actor, role)
            outcomes.add(revealed.password == new)
            assert revealed.secret_version == role.row.secret_version
            assert await can_connect(park, revealed.uri), where
            assert revealed.uri == old or not await can_connect(park, old), where
            assert await signature(park) == wanted
            old = (await role_passwords.change(park.yogi.actor, role)).uri
    assert outcomes == {True, False}
    assert await DB.fetch("SELECT FROM roles WHERE pending_verifier IS NOT NULL") == []


async def test_a_role_goes_wholly_and_leaves_its_data_or_stays_as_it_was(park: Park, killer: Killer) -> None:
    await ordered(park)
    stray = "SET ROLE NONE; CREATE TABLE IF NOT EXISTS stray (a int)"

    async def prepare() -> None:
        if await app(park) is None:
            await make_app(park)
        await park.sql("DROP TABLE IF EXISTS stray", database="orders")
        role = await app(park)
        assert role is not None
        connection = await park.connect(await uri_of(park, role))
        await connection.execute(stray)
        await connection.close()

    await prepare()
    before = await signature(park)
    after: Signature = []
    outcomes = set()
    async for where in killer.blows("delete_role", stride=2):
        role = await app(park)
        outcomes.add(role is None)
        if role is None:
            after = after or await signature(park)
            assert "app" not in {word for row in after for word in row}
        else:
            assert await can_connect(park, await uri_of(park, role)), where
        assert await signature(park) == (after if role is None else before), where
        await prepare()
    assert outcomes == {True, False}


async def test_a_database_goes_wholly_or_stays_as_it_was(park: Park, killer: Killer) -> None:
    nothing = await signature(park)
    await ordered(park)
    before = await signature(park)
    outcomes = set()
    async for where in killer.blows("delete", stride=2):
        there = await app(park)
        outcomes.add(there is None)
        assert await signature(park) == (nothing if there is None else before), where
        if there is None:
            await ordered(park)
        else:
            assert await can_connect(park, await uri_of(park, there)), where
    assert outcomes == {True, False}

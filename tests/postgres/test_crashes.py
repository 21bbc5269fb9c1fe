"""Our process is killed before and after each statement of an operation; run again, the state is as if it never was.

On the newest version as a superuser it is killed after every statement, else after every few
(`JELLYSTONE_TEST_STRIDE`). Before one statement the server is as it is after the one before, so only the first is
struck before, too.
"""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from jellystone.postgres import connection as connections
from jellystone.postgres import databases, parameters, roles
from jellystone.postgres.databases import DatabaseSpec
from jellystone.postgres.scram import verifier
from jellystone.postgres.server import Server
from tests.postgres.conftest import NEWEST
from tests.postgres.world import SALT, World, role_spec

pytestmark = pytest.mark.anyio

STRIDE = int(os.environ.get("JELLYSTONE_TEST_STRIDE", "13"))

SHOP = DatabaseSpec(id=UUID(int=1), name="shop", connection_limit=20)
ANN = role_spec("ann", SHOP, "owner")
RAY = role_spec("ray", SHOP, "readonly", connection_limit=2)


class Killed(Exception):
    pass


@dataclass
class Blow:
    """Falls on the statement with this number. From then on the process does nothing at all."""

    at: int = 0
    after: bool = False
    seen: int = 0
    dead: bool = False

    async def around(self, connection: Any, work: Callable[[], Awaitable[Any]]) -> Any:
        self.seen += 1
        hit = self.seen == self.at
        result = await work() if not self.dead and not (hit and not self.after) else None
        if hit or self.dead:
            self.dead = True
            connection.terminate()
            raise Killed
        return result


def struck(blow: Blow) -> type[connections.Connection]:
    class Struck(connections.Connection):
        async def fetch(self, *a: Any, **k: Any) -> Any:
            return await blow.around(self, lambda: super(Struck, self).fetch(*a, **k))

        async def fetchrow(self, *a: Any, **k: Any) -> Any:
            return await blow.around(self, lambda: super(Struck, self).fetchrow(*a, **k))

        async def fetchval(self, *a: Any, **k: Any) -> Any:
            return await blow.around(self, lambda: super(Struck, self).fetchval(*a, **k))

        async def execute(self, *a: Any, **k: Any) -> Any:
            return await blow.around(self, lambda: super(Struck, self).execute(*a, **k))

    return Struck


async def create(server: Server) -> None:
    await databases.create(server, SHOP, was_absent=True)
    await roles.create(server, ANN)
    await roles.create(server, RAY)


async def demote(server: Server) -> None:
    await roles.set_access(server, replace(ANN, access="readonly"))


async def promote(server: Server) -> None:
    await roles.set_access(server, replace(RAY, access="owner"))


async def alter(server: Server) -> None:
    await roles.set_password(server, ANN, verifier("new", salt=SALT), end_sessions=True)
    await roles.change(server, replace(ANN, enabled=False, connection_limit=5))
    await databases.change(server, replace(SHOP, connection_limit=None))
    await parameters.apply(server, SHOP, {"lock_timeout": 5000, "search_path": ["app", "public"]})


async def drop_role(server: Server) -> None:
    await roles.drop(server, ANN)


async def drop(server: Server) -> None:
    await databases.drop(server, SHOP, roles=[ANN, RAY], was_absent=True)


async def nothing(world: World) -> None:
    await world.reset()


async def a_shop(world: World) -> None:
    """With a table of the group and one that Ann made outside it, and Ann still connected."""
    await world.reset()
    await create(world.server)
    ann = await world.login("ann", "shop")
    await ann.execute("CREATE TABLE t (a int); SET ROLE NONE; CREATE TABLE stray (a int)")


STAGES = {
    "create": (nothing, create),
    "demote": (a_shop, demote),
    "promote": (a_shop, promote),
    "alter": (a_shop, alter),
    "drop_role": (a_shop, drop_role),
    "drop": (a_shop, drop),
}


@pytest.mark.parametrize("stage", STAGES)
async def test_what_a_kill_interrupts_is_made_whole_by_running_it_again(
    world: World, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, act = STAGES[stage]
    whole = type(world.server)
    await prepare(world)
    blow = Blow()
    monkeypatch.setattr(connections, "Connection", struck(blow))
    server = whole("counted", world.address)
    await act(server)
    await server.close()
    wanted, statements = await world.signature(), blow.seen
    assert statements > 3

    stride = 1 if world.cluster.major == NEWEST and world.superuser else STRIDE
    for at, after in [(1, False), *((at, True) for at in range(1, statements + 1, stride))]:
        monkeypatch.undo()
        await prepare(world)
        blow = Blow(at=at, after=after)
        monkeypatch.setattr(connections, "Connection", struck(blow))
        killed = whole("killed", world.address)
        with pytest.raises(Killed):
            await act(killed)
        await killed.close()
        monkeypatch.undo()
        again = whole("again", world.address)
        await act(again)
        await again.close()
        assert await world.signature() == wanted, f"killed {'after' if after else 'before'} statement {at}"


@pytest.mark.parametrize("stage", STAGES)
async def test_a_connection_that_breaks_is_made_good_without_anybody_noticing(
    simple: World, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, act = STAGES[stage]
    await prepare(simple)
    blow = Blow()
    monkeypatch.setattr(connections, "Connection", struck(blow))
    await act(simple.another_server())
    wanted, statements = await simple.signature(), blow.seen
    for at in range(1, statements + 1, 5):
        monkeypatch.undo()
        await prepare(simple)
        blow = Breaking(at=at)
        monkeypatch.setattr(connections, "Connection", struck(blow))
        await act(simple.another_server())
        assert blow.seen > at
        assert await simple.signature() == wanted, f"broken before statement {at}"


class Breaking(Blow):
    """The connection goes, the process lives."""

    async def around(self, connection: Any, work: Callable[[], Awaitable[Any]]) -> Any:
        self.seen += 1
        if self.seen == self.at:
            connection.terminate()
        return await work()

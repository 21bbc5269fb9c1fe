"""A process of ours that is killed in the middle of its work: `python -m tests.killing SETTINGS`.

It takes orders as lines of JSON, forks for each, and tells how the child ended. In the child every statement, to our
own database and to the managed server alike, is counted; at the one that was asked for the child kills itself: before
it is sent, while it is under way, or after its answer.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from asyncpg.connection import Connection

from jellystone import settings
from jellystone.database import DB
from jellystone.services import databases, role_passwords, roles, servers
from jellystone.services.actors import Actor, Kind
from jellystone.services.found import FoundRole
from jellystone.services.permissions import Rank
from jellystone.tables.teams import Team

Act = Callable[[Actor, Team, dict[str, Any]], Awaitable[None]]
ACTS: dict[str, Act] = {}


def act(function: Act) -> Act:
    ACTS[function.__name__] = function
    return function


@act
async def create(actor: Actor, team: Team, order: dict[str, Any]) -> None:
    wish = databases.Wish(name="orders", protected=False, connection_limit=9)
    owner = roles.Wish(name="orders", access="owner")
    await databases.create(actor, team, await servers.by_name("main"), wish, owner=owner)


@act
async def access(actor: Actor, team: Team, order: dict[str, Any]) -> None:
    role = await _role(actor)
    await roles.change(actor, role, access="readonly" if role.row.access == "owner" else "owner")


@act
async def attributes(actor: Actor, team: Team, order: dict[str, Any]) -> None:
    role = await _role(actor)
    await roles.change(actor, role, enabled=not role.row.enabled, connection_limit=5 if role.row.enabled else None)


@act
async def password(actor: Actor, team: Team, order: dict[str, Any]) -> None:
    await role_passwords.change(actor, await _role(actor), password=order["password"], end_sessions=True)


@act
async def limit(actor: Actor, team: Team, order: dict[str, Any]) -> None:
    found = await databases.find(actor, "main", "orders")
    await databases.change(actor, found, connection_limit=None if found.row.connection_limit else 9)


@act
async def delete_role(actor: Actor, team: Team, order: dict[str, Any]) -> None:
    await roles.delete(actor, await _role(actor))


@act
async def delete(actor: Actor, team: Team, order: dict[str, Any]) -> None:
    await databases.delete(actor, await databases.find(actor, "main", "orders"))


async def _role(actor: Actor) -> FoundRole:
    return await roles.find(actor, await databases.find(actor, "main", "orders"), "app")


class Blow:
    """Falls on the statement with this number; 0: on none."""

    def __init__(self, at: int, when: str) -> None:
        self.at, self.when, self.seen = at, when, 0
        for name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
            setattr(Connection, name, self.around(getattr(Connection, name)))

    def around(self, statement: Any) -> Any:
        async def struck(*a: Any, **k: Any) -> Any:
            self.seen += 1
            hit = self.seen == self.at
            if hit and self.when == "before":
                _die()
            sent = asyncio.ensure_future(statement(*a, **k))
            if hit and self.when == "during":
                await asyncio.sleep(0.001)
                _die()
            result = await sent
            if hit:
                _die()
            return result

        return struck


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _obey(order: dict[str, Any]) -> int:
    await DB.start_connection_pool()
    team = await Team.objects().get(Team.slug == "rangers")
    assert team is not None
    ranks = {team.id: Rank.OWNER}
    actor = Actor(kind=Kind.PERSON, name="yogi@park.example", user=UUID(order["user"]), ranks=ranks)
    blow = Blow(order["at"], order["when"])
    await ACTS[order["act"]](actor, team, order)
    return blow.seen


def _child(order: dict[str, Any], result: int) -> None:
    try:
        told: dict[str, Any] = {"seen": asyncio.run(_obey(order))}
    except BaseException as error:
        told = {"error": repr(error)}
    os.write(result, json.dumps(told).encode())
    os._exit(0)


def main() -> None:
    given = settings.load(json.loads(sys.argv[1]), dotenv=None)
    settings.use(given)
    DB.configure(given.database_url)
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _child(json.loads(line), writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            told = json.loads(pipe.read() or "{}")
        _, status = os.waitpid(child, 0)
        print(json.dumps({"killed": os.WIFSIGNALED(status), **told}), flush=True)


if __name__ == "__main__":
    main()

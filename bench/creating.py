"""A database and its owner role: through the JSON API, and as the same statements sent by asyncpg."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import chain, count

from bench.client import Client
from bench.measuring import compared, table
from bench.recording import Replay, drop, recorded
from bench.world import World, world
from jellystone.postgres.connection import Connection

OURS, RAW = "through the JSON API", "the same SQL by asyncpg"
NUMBERS = count()


async def run(times: int, given: argparse.Namespace) -> None:
    async with world() as park, park.client() as client:
        statements = await recorded(park.cluster, lambda name: _create(client, name))
        sessions = len({one.session for one in statements} - {None})
        print(f"{len(statements)} statements, {sessions} connections into the new database.\n")
        raw = await Replay.of(park.cluster, statements)
        await _one_by_one(client, raw, times)
        await _at_once(park, statements_of=raw, at_once=given.at_once, each=max(1, times // given.at_once))
        await raw.admin.end()


async def _one_by_one(client: Client, raw: Replay, times: int) -> None:
    """Each is dropped before the next begins, unmeasured: every DROP makes a checkpoint that must not hit another."""
    found: dict[str, list[float]] = {OURS: [], RAW: []}

    async def ours(name: str) -> None:
        await _create(client, name)

    async def theirs(name: str) -> None:
        opened.extend(await raw.send(name))

    opened: list[Connection] = []
    works: dict[str, Callable[[str], Awaitable[None]]] = {OURS: ours, RAW: theirs}
    for turn in range(times + 2):
        for who in (OURS, RAW) if turn % 2 else (RAW, OURS):
            name = f"bench{next(NUMBERS)}"
            began = time.perf_counter()
            await works[who](name)
            took = (time.perf_counter() - began) * 1000
            while opened:
                await opened.pop().end()
            await (_delete(client, name) if who == OURS else drop(raw.admin, name))
            if turn >= 2:
                found[who].append(took)
    print(compared(found, {OURS: RAW}), "\n")


async def _at_once(park: World, *, statements_of: Replay, at_once: int, each: int) -> None:
    """Everybody makes `each`, as fast as they can; dropped when all are done. Twice, taking turns."""
    rates: dict[str, list[float]] = {OURS: [], RAW: []}
    failed = {OURS: 0, RAW: 0}
    clients = [await park.client().__aenter__() for _ in range(at_once)]
    replays = [await Replay.of(park.cluster, statements_of.statements) for _ in range(at_once)]

    async def ours(worker: int, name: str) -> None:
        await _create(clients[worker], name)

    async def theirs(worker: int, name: str) -> None:
        for opened in await replays[worker].send(name):
            await opened.end()

    for turn in range(4):
        who, work = ((OURS, ours), (RAW, theirs))[(turn + turn // 2) % 2]
        names = [[f"bench{next(NUMBERS)}" for _ in range(each)] for _ in range(at_once)]

        async def all_of(worker: int, work=work, names=names, who=who) -> None:  # type: ignore[no-untyped-def]
            for name in names[worker]:
                try:
                    await work(worker, name)
                except Exception:
                    failed[who] += 1

        began = time.perf_counter()
        await asyncio.gather(*map(all_of, range(at_once)))
        rates[who].append(at_once * each / (time.perf_counter() - began))
        for name in chain.from_iterable(names):
            await (_delete(clients[0], name) if who == OURS else drop(statements_of.admin, name))
    for client in clients:
        await client.__aexit__()
    for replay in replays:
        await replay.admin.end()
    both = {who: sum(found) / len(found) for who, found in rates.items()}
    rows = [[who, f"{rate:.1f}", f"{rate / both[RAW]:.2f}", str(failed[who])] for who, rate in both.items()]
    print(table([f"{at_once} at once", "a second", "ratio", "failed"], rows))


async def _create(client: Client, name: str) -> None:
    wanted = {"team": "rangers", "name": name, "owner_role": True, "protected": False}
    await client.send("POST", "/databases", wanted, expect=201)


async def _delete(client: Client, name: str) -> None:
    await client.send("DELETE", f"/databases/main/{name}", expect=204)

"""Look at every server again and again, each kind of look in a task of its own.

A server that does not answer costs nobody else anything: its tasks wait alone, for longer and longer.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from jellystone.database import detached
from jellystone.errors import Problem
from jellystone.services import rounds, servers, watching
from jellystone.tables.servers import Server

log = logging.getLogger(__name__)

NEWS = 10.0
"""Seconds between looks at which servers there are."""
PAUSE, LONGEST = 60.0, 300.0
"""Seconds after a first failure, doubled with each, up to the longest."""
SPREAD = 15.0
"""Seconds over which the servers are spread, so that not all are asked at the same moment."""
FAULT = "A fault of ours: the log says more."

Looking = Callable[[Server], Awaitable[int]]


async def watch_for_ever() -> None:
    """Servers come and go."""
    tasks: dict[UUID, list[asyncio.Task[None]]] = {}
    try:
        async with asyncio.TaskGroup() as group:
            while True:
                there = await _servers()
                for id in (there or set()) - set(tasks):
                    tasks[id] = [
                        group.create_task(_repeat(id, kind, seconds, look), context=detached())
                        for kind, (seconds, look) in watching.KINDS.items()
                    ]
                for id in set(tasks) - (set(tasks) if there is None else there):
                    for task in tasks.pop(id):
                        task.cancel()
                await watching.keep_only(tasks)
                await asyncio.sleep(NEWS)
    finally:
        await watching.close_all()


async def _servers() -> set[UUID] | None:
    """None while our own database does not tell: then all stays as it is."""
    try:
        return {server.id for server in await servers.all_servers()}
    except Exception as error:
        log.warning("which servers there are is not known: %s", type(error).__name__)
        return None


async def _repeat(id: UUID, kind: str, seconds: float, look: Looking) -> None:
    failures = 0
    while True:
        failures = 0 if await _look_at(id, kind, look) else failures + 1
        await asyncio.sleep(_pause(seconds, failures, id))


async def _look_at(id: UUID, kind: str, look: Looking) -> bool:
    try:
        server = await servers.by_id(id)
    except Exception as error:
        log.warning("%s of %s: %s", kind, id, type(error).__name__)
        return False
    return server is not None and await look_once(server, kind, look)


async def look_once(server: Server, kind: str, look: Looking) -> bool:
    """Whether it went well; either way it is recorded."""
    began, rows, problem = time.monotonic(), 0, None
    try:
        rows = await look(server)
    except Problem as told:
        problem = str(told)
        log.warning("%s of %s: %s", kind, server.name, problem)
    except Exception:
        problem = FAULT
        log.exception("%s of %s failed", kind, server.name)
    took = round((time.monotonic() - began) * 1000)
    try:
        await rounds.record(server.id, kind, milliseconds=took, rows=rows, problem=problem)
    except Exception:
        log.exception("a round is not recorded")
    return problem is None


def _pause(seconds: float, failures: int, id: UUID) -> float:
    """Until the next whole minute (or ten seconds …), so that steps begin with it; longer after failures."""
    if failures:
        return float(min(PAUSE * 2 ** min(failures - 1, 10), LONGEST))
    offset = id.int % 1000 / 1000 * min(SPREAD, seconds / 4)
    return seconds - (time.time() - offset) % seconds

"""Periodic work, done by the one replica that holds a lock; another takes over when it goes."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from jellystone import meters
from jellystone.database import DB, detached, type_of_connection
from jellystone.jobs import advice, collector, outbox, reconciler, warnings
from jellystone.services import (
    idempotency,
    links,
    mail,
    rollup,
    rounds,
    run_samples,
    servers,
    sessions,
    statement_samples,
    steps,
    throttle,
    visits,
)
from jellystone.services import outbox as mails

log = logging.getLogger(__name__)
LEADER = 0x6A65_6C6C_796C  # an advisory lock's key
PROBE = 5.0  # seconds between looks at our own connection, and between attempts to become leader
TIDY = 15.0  # seconds between looks, on each replica, at whether servers are gone or have moved
GRACE = 5.0

Job = Callable[[], Awaitable[None]]
JOBS: dict[Job, float] = {  # seconds from one end to the next start
    reconciler.finish_unfinished: 60,
    sessions.sweep: 3600,
    links.sweep: 3600,
    throttle.sweep: 3600,
    idempotency.sweep: 300,
    mails.sweep: 3600,
    warnings.warn_of_expiry: 3600,
    advice.advise: 60,
    steps.prepare: 3600,
    rollup.roll_up: 60,
    rounds.sweep: 3600,
    visits.sweep: 3600,
    run_samples.sweep: 3600,
    statement_samples.sweep: 86400,
}


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """For the application's life. Not a task group: a job that fails must not end the server."""
    tasks = [
        asyncio.create_task(_lead_for_ever(), context=detached()),
        asyncio.create_task(_every(TIDY, servers.let_go), context=detached()),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=GRACE)


async def _lead_for_ever() -> None:
    while True:
        try:
            await _lead()
        except Exception as error:
            log.warning("leadership lost: %s", type(error).__name__)
        await asyncio.sleep(PROBE)


async def _lead() -> None:
    """Run the jobs for as long as our own connection, which holds the lock, lives."""
    connection = await DB.get_new_connection()
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER):
            return
        meters.leading.set(1)
        await reconciler.take_up()
        await _quietly(steps.prepare)
        written = asyncio.Event()
        await connection.add_listener(mail.CHANNEL, lambda *_: written.set())
        async with asyncio.TaskGroup() as group:
            for job, seconds in JOBS.items():
                group.create_task(_every(seconds, job), context=detached())
            group.create_task(outbox.send_for_ever(written), context=detached())
            group.create_task(collector.watch_for_ever(), context=detached())
            group.create_task(_watch(connection))
    finally:
        meters.leading.set(0)
        connection.terminate()


async def _watch(connection: type_of_connection) -> None:
    """When this fails, the task group cancels the jobs: somebody else may be the leader by then."""
    while True:
        await asyncio.sleep(PROBE)
        await connection.fetchval("SELECT 1", timeout=PROBE)


async def _every(seconds: float, job: Job) -> None:
    """At once and then again and again, never two at a time."""
    while True:
        await _quietly(job)
        await asyncio.sleep(seconds + random.uniform(0, seconds / 10))  # noqa: S311


async def _quietly(job: Job) -> None:
    """An error is counted, logged and forgotten."""
    name = f"{job.__module__.rpartition('.')[2]}.{job.__name__}"
    try:
        with meters.job_seconds.labels(name).time():
            await job()
        meters.job_success.labels(name).set_to_current_time()
    except Exception:
        meters.job_failures.labels(name).inc()
        log.exception("the job %s failed", name)

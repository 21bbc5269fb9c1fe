"""A managed server: a few warm connections, locks by name, and retries."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Literal, TypeVar
from weakref import WeakValueDictionary

from jellystone.errors import Problem
from jellystone.postgres.address import Address
from jellystone.postgres.connection import Connection, connect
from jellystone.postgres.failures import FAILURES, in_words, passing

T = TypeVar("T")
Over = Callable[[], Awaitable[None]]
Noted = Callable[[str], Awaitable[Over]]
AT_ONCE = 4
"""Operations at a time: more make a server's CREATE DATABASE slower, not quicker (docs/performance.md)."""
IDLE_SECONDS = 300.0
DOUBTFUL_SECONDS = 30.0
ATTEMPTS = 3

LOCK_WITHIN = """
SELECT pg_advisory_lock_shared(hashtextextended($1, 0)), pg_advisory_lock(hashtextextended($2, 0))"""


class Server:
    """Connections come from `admin` (the administrative database), `inside` (a tenant's) and `locked`.

    Whatever PostgreSQL or the network raises within their blocks comes out as a `Problem` naming the server.
    An operation takes one admin connection and at most one inside; do not nest `admin` in `admin`.
    `noted` is told of each visit inside before it begins, and what it returns is called when that is over: what we
    do there ourselves must not count as use. Belongs to one event loop.
    """

    def __init__(self, name: str, address: Address, *, noted: Noted | None = None) -> None:
        self.name, self.address, self._noted = name, address, noted or _nobody_listens
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._idle: list[tuple[Connection, float, asyncio.TimerHandle]] = []
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._staying: dict[str, list[Connection]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    def __repr__(self) -> str:
        return f"<Server {self.name} {self.address.host}:{self.address.port}>"

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[Connection]:
        """A warm connection to the administrative database. After an error it is closed, never reused."""
        with in_words(self.name):
            async with self._slots:
                connection = await self._warm() or await connect(self.address, self.address.admin_database)
                try:
                    yield connection
                except BaseException:
                    await connection.end()
                    raise
                self._keep(connection)

    @asynccontextmanager
    async def inside(self, database: str) -> AsyncIterator[Connection]:
        """A short-lived connection into a tenant's database; NotFound if there is none of that name."""
        async with self.inside_soon(database) as connecting:
            yield await connecting

    @asynccontextmanager
    async def inside_soon(self, database: str) -> AsyncIterator["asyncio.Task[Connection]"]:
        """The same, on its way while other work is done: await it when it is needed."""
        with in_words(self.name, seeking=database):
            connecting = asyncio.ensure_future(self._enter(database))
            try:
                yield connecting
            except BaseException:
                self._leave(connecting)
                raise
            if database in self._staying:
                self._staying[database].append(await connecting)
            else:
                self._leave(connecting)

    @asynccontextmanager
    async def staying(self, database: str) -> AsyncIterator[None]:
        """Within this block who is done inside leaves the connection to the next, as a new one costs milliseconds."""
        waiting = self._staying.setdefault(database, [])
        try:
            yield
        finally:
            if self._staying.get(database) is waiting:
                del self._staying[database]
            while waiting:
                self._later(_ended(waiting.pop()))

    @asynccontextmanager
    async def locked(
        self, kind: Literal["db", "user"], name: str, *, within: str | None = None
    ) -> AsyncIterator[Connection]:
        """An admin connection that alone may work on that database or user, among all our processes.

        `within` names the database a user belongs to: many may work within it, but nobody on it itself meanwhile.
        """
        key = f"jellystone:{kind}:{name}"
        turn = self._turns.setdefault(key, asyncio.Lock())  # so that those who wait here take no connection
        async with turn, self.admin() as connection:
            if within is None:
                await connection.fetch("SELECT pg_advisory_lock(hashtextextended($1, 0))", key)
            else:
                await connection.fetch(LOCK_WITHIN, f"jellystone:db:{within}", key)
            yield connection
            await connection.fetch("SELECT pg_advisory_unlock_all()")

    async def retried(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Make the attempt, again if others were at the same rows: it must look anew before it acts."""
        for turn in range(1, ATTEMPTS):
            try:
                return await attempt()
            except Problem as problem:
                if not passing(problem):
                    raise
            await asyncio.sleep(turn * random.uniform(0.05, 0.25))  # noqa: S311
        return await attempt()

    async def close(self) -> None:
        """Close what is idle; connections in use are closed when those who use them are done."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection, _, timer in idle:
            timer.cancel()
            await connection.end()
        await asyncio.gather(*self._ending)

    async def _enter(self, database: str) -> Connection:
        while waiting := self._staying.get(database):
            if not (connection := waiting.pop()).is_closed():
                return connection
            self._later(_ended(connection))
        noting = asyncio.ensure_future(self._noted(database))
        try:
            connection = await connect(self.address, database)
        except BaseException:
            self._later(_told(noting))
            raise
        try:
            if (
                connection.major >= 17
            ):  # a team may have set one, and older servers would refuse a session that names it
                await connection.run("SET transaction_timeout = 0")
            connection.over = await noting
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _warm(self) -> Connection | None:
        while self._idle:
            connection, since, timer = self._idle.pop()
            timer.cancel()
            if not connection.is_closed() and await self._lives(connection, idle=monotonic() - since):
                return connection
        return None

    async def _lives(self, connection: Connection, *, idle: float) -> bool:
        if idle < DOUBTFUL_SECONDS:
            return True
        with suppress(*FAILURES):
            await connection.fetch("SELECT", timeout=2)
            return True
        connection.terminate()
        return False

    def _keep(self, connection: Connection) -> None:
        if self._closed:
            self._later(connection.end())
        elif not connection.is_closed():
            timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._retire, connection)
            self._idle.append((connection, monotonic(), timer))

    def _retire(self, connection: Connection) -> None:
        self._idle = [kept for kept in self._idle if kept[0] is not connection]
        self._later(connection.end())

    def _leave(self, connecting: "asyncio.Task[Connection]") -> None:
        connecting.cancel()
        self._later(_left(connecting))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _nobody_listens(database: str) -> Over:
    return _nothing


async def _nothing() -> None:
    pass


async def _told(noting: "asyncio.Future[Over]") -> None:
    await asyncio.wait([noting])
    if not noting.cancelled() and noting.exception() is None:
        await noting.result()()


async def _left(connecting: "asyncio.Task[Connection]") -> None:
    await asyncio.wait([connecting])
    if not connecting.cancelled() and connecting.exception() is None:
        await _ended(connecting.result())


async def _ended(connection: Connection) -> None:
    await connection.end()
    if connection.over:
        await connection.over()

"""Jellystone's own database: one engine, its pool, transactions that give their connection back."""

import contextvars
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from jellystone.errors import Misconfigured, Unreachable

ACQUIRE_TIMEOUT = 10.0  # seconds to wait for a connection of the pool
CLOSE_TIMEOUT = 5.0

LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)

type_of_connection = asyncpg.Connection | PoolConnectionProxy


async def _no_reset(connection: Any) -> None:
    """Nothing to reset, one round trip less: in the pool we use only `SET LOCAL` and `_xact_` locks."""


class Transaction(PostgresTransaction):
    """Piccolo's own keeps the connection for ever when COMMIT or ROLLBACK fails; this one always returns it."""

    engine: "Engine"

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        self.connection = await self.get_connection()
        try:
            self.transaction = self.connection.transaction()
            await self.transaction.start()
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> Literal[False]:
        if self._parent is not None:
            return False
        self.engine.current_transaction.reset(self.context)
        try:
            if error is not None:
                with suppress(asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError):
                    await self.transaction.rollback()
            else:
                await self.transaction.commit()
        finally:
            await self._give_back()
        return False

    async def get_connection(self) -> Any:
        if self.engine.pool:
            return await self.engine.borrow()
        return await self.engine.get_new_connection()

    async def _give_back(self) -> None:
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()


class Engine(PostgresEngine):
    """No input or output when made; `configure` says where the database is, before the first use."""

    def configure(self, url: str) -> None:
        """`url` is a `postgresql://` address; it may hold a password, so it is never logged."""
        self.config = {
            "dsn": url,
            "server_settings": {"application_name": "jellystone", "timezone": "UTC"},
            "timeout": 10,
            "command_timeout": 30,
        }

    async def check_version(self) -> None:
        """The base class would connect while this module is imported."""

    async def must_answer(self) -> int:
        """Its version, such as 180006. `Unreachable` may pass, `Misconfigured` will not; neither shows the password."""
        try:
            row = await self.fetch_row("SELECT current_setting('server_version_num')::int AS number")
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
            raise Unreachable(f"Our own database does not answer: {error or 'it took too long'}.") from None
        except asyncpg.PostgresError as error:
            raise Misconfigured(f"Our own database refuses us: {error}. Correct JELLYSTONE_DATABASE_URL.") from None
        except (ValueError, asyncpg.InterfaceError):
            raise Misconfigured("JELLYSTONE_DATABASE_URL cannot be used: something in it is not known.") from None
        assert row is not None
        return int(row["number"])

    async def prep_database(self) -> None:
        """The base class would create extensions; we need none."""

    async def start_connection_pool(self, **options: Any) -> None:
        await super().start_connection_pool(**{"min_size": 1, "max_size": 10, "reset": _no_reset} | options)

    async def close_connection_pool(self) -> None:
        """Not longer than `CLOSE_TIMEOUT`: asyncpg would wait for every borrowed connection."""
        pool, self.pool = self.pool, None
        if pool is not None:
            try:
                await asyncpg.compat.wait_for(pool.close(), CLOSE_TIMEOUT)
            except TimeoutError:
                pool.terminate()

    def transaction(self, allow_nested: bool = True) -> Transaction:
        return Transaction(self, allow_nested)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[type_of_connection]:
        """The current transaction's connection, or one of the pool: for hot queries in plain SQL."""
        around = self.current_transaction.get()
        if around is not None:
            yield around.connection
        elif self.pool is not None:
            borrowed = await self.borrow()
            try:
                yield borrowed
            finally:
                await self.pool.release(borrowed)
        else:
            alone = await self.get_new_connection()
            try:
                yield alone
            finally:
                await alone.close()

    async def fetch(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """Rows of one statement, without Piccolo in between (a quarter of the time)."""
        async with self.connection() as connection:
            return await connection.fetch(sql, *values)

    async def fetch_row(self, sql: str, *values: object) -> asyncpg.Record | None:
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *values)

    async def borrow(self) -> Any:
        """A connection of the pool. `Unreachable` if there is none to be had: an answer, not a fault of ours."""
        assert self.pool is not None
        try:
            return await self.pool.acquire(timeout=ACQUIRE_TIMEOUT)
        except LOST as error:
            raise Unreachable("Our own database does not answer. Try again in a moment.") from error

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        async with self.connection() as connection:
            return await connection.fetch(query, *(args or ()))


DB = Engine(config={})


def detached() -> contextvars.Context:
    """For `asyncio.create_task(…, context=detached())`: a task must not inherit our transaction."""
    return contextvars.Context()

"""One session of ours on a managed server, with the settings that make it safe among tenants."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

from jellystone.postgres.address import Address

if TYPE_CHECKING:
    Base = asyncpg.Connection[asyncpg.Record]
else:
    Base = asyncpg.Connection

T = TypeVar("T")

FOREVER = 24 * 3600.0
"""Seconds a statement may take that must never be cancelled."""

SETTINGS = {
    "application_name": "jellystone",
    "search_path": "pg_catalog",  # a tenant may plant functions where the default path would find them
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "idle_session_timeout": "0",
    "default_transaction_read_only": "off",
}


class Connection(Base):
    """Statements go through `fetch` and `run`: the protocol they use takes one statement, whatever a name holds.

    `execute` would let `a; b` through as two. `over` is called by who ends a visit to a tenant's database.
    """

    over: Callable[[], Awaitable[None]] | None = None

    @property
    def major(self) -> int:
        return self.get_server_version().major

    @property
    def superuser(self) -> bool:
        """What the server reported when the session began: no question is asked."""
        return bool(getattr(self.get_settings(), "is_superuser", "off") == "on")

    async def run(self, statement: str, *, within: float | None = None) -> None:
        """`within` so many seconds, instead of the usual 90."""
        await self.fetch(statement, timeout=within)

    async def end(self) -> None:
        """Close, but never wait long for a server that does not listen any more."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            try:
                await self.close(timeout=2)
            except BaseException:
                self.terminate()
                raise


async def connect(
    address: Address,
    database: str,
    *,
    within: float = 10,
    command_timeout: float = 90,
    bare: bool = False,
    **more: str,
) -> Connection:
    """`within` so many seconds; `more`: settings of the session beside those that every one of ours has.

    A `bare` one has none of these, for who asks what the server's own are. If whoever waits goes away, it is made
    to its end all the same and closed: cut off at its very beginning, asyncpg leaves an error that nobody fetches.
    """
    dsn = f"postgresql://?sslrootcert={address.sslrootcert}" if address.sslrootcert else None
    connecting = asyncio.ensure_future(
        asyncpg.connect(
            dsn,
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=database,
            ssl=address.sslmode,
            timeout=within,
            command_timeout=command_timeout,
            statement_cache_size=0,
            server_settings=({"application_name": "jellystone"} if bare else SETTINGS) | more,
            connection_class=Connection,
        )
    )
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_unwanted)
        raise


def _unwanted(connecting: "asyncio.Future[Connection]") -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().terminate()


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Finish the work even if whoever waits for it goes away: a cancelled DROP DATABASE leaves a broken one."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        raise

"""Looking at a server without getting into anybody's way: sessions of its own, short patience, nothing inside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from jellystone.postgres.address import Address
from jellystone.postgres.connection import Connection, connect
from jellystone.postgres.failures import in_words

Lane = Literal["quick", "slow"]
PATIENCE: dict[Lane, float] = {"quick": 15.0, "slow": 60.0}
"""Seconds that everything within one look may take together, connecting included."""
CONNECTING = 5.0
QUIET: dict[str, Any] = {"statement_timeout": "10s", "lock_timeout": "1s", "jit": "off"}
SLOW = {"statement_timeout": "30s"}


class Watch:
    """At most two sessions in the administrative database, kept open: sizes and statements make nobody else wait.

    They are none of those that `Server.admin` gives to provisioning. Belongs to one event loop.
    """

    def __init__(self, name: str, address: Address) -> None:
        self.name, self.address = name, address
        self._turns: dict[Lane, asyncio.Lock] = {"quick": asyncio.Lock(), "slow": asyncio.Lock()}
        self._kept: dict[Lane, Connection] = {}
        self._closed = False

    @asynccontextmanager
    async def look(self, lane: Lane) -> AsyncIterator[Connection]:
        """A session for one look. After any failure it is cut off, never reused; failures come out as `Problem`."""
        with in_words(self.name):
            async with self._turns[lane], asyncio.timeout(PATIENCE[lane]):
                connection = self._kept.pop(lane, None)
                if connection is None or connection.is_closed():
                    connection = await self._connect(lane)
                try:
                    yield connection
                except asyncio.CancelledError:  # told to stop: the server shall not log a client that was lost
                    await connection.end()
                    raise
                except BaseException:
                    connection.terminate()
                    raise
                if self._closed:
                    connection.terminate()
                self._kept[lane] = connection

    async def close(self) -> None:
        """A look that is under way ends its session itself."""
        self._closed = True
        kept, self._kept = list(self._kept.values()), {}
        await asyncio.gather(*(connection.end() for connection in kept))

    async def _connect(self, lane: Lane) -> Connection:
        settings = QUIET | (SLOW if lane == "slow" else {})
        connection = await connect(
            self.address, self.address.admin_database, within=CONNECTING, command_timeout=PATIENCE[lane], **settings
        )
        try:
            if connection.superuser:  # a placeholder where the extension is not loaded
                await connection.run("SET pg_stat_statements.track = 'none'")
        except BaseException:
            connection.terminate()
            raise
        return connection

"""A managed server that can go away and come back: the same PostgreSQL, behind a door of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from jellystone import settings
from jellystone.database import DB
from jellystone.services import vault
from jellystone.tables.columns import uuid7
from jellystone.tables.servers import Server
from tests.park import Park


class Door:
    """Carries bytes between its own port and the server's, while it is open; `stalled`, it takes them and is silent."""

    def __init__(self, port: int) -> None:
        self.behind, self.port, self.stalled = port, 0, False
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port or None)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Nobody comes in, and whoever is in is cut off."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, onward = await asyncio.open_connection("127.0.0.1", self.behind)
        self._open |= {writer, onward}
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._pour(reader, onward), self._pour(there, writer))
        self._open -= {writer, onward}

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                if self.stalled:
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def second_server(park: Park) -> AsyncIterator[Door]:
    """`away`, beside `main`. Its databases leave our books at the end; `clear` takes them off the server."""
    door = Door(park.cluster.port)
    await door.open()
    id = uuid7()
    url = park.cluster.url().replace(f":{park.cluster.port}/", f":{door.port}/") + "?sslmode=disable"
    wrapped = vault.InstanceKeys(settings.current().secret_keys).wrap(url.encode(), purpose="server address", row=id)
    await Server.insert(
        Server(id=id, name="away", wrapped_url=wrapped, public_host="127.0.0.1", public_port=park.cluster.port)
    )
    try:
        yield door
    finally:
        await door.shut()
        await DB.fetch("DELETE FROM databases WHERE server = $1", id)
        await DB.fetch("DELETE FROM servers WHERE id = $1", id)

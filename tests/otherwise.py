"""The same instance with other settings, as another replica would be, and callers from other addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from jellystone import settings
from jellystone.app import create_app
from tests.park import BASE


@asynccontextmanager
async def otherwise(**changed: object) -> AsyncIterator[Litestar]:
    """An application on the database that the tests use; afterwards the settings are as before."""
    before = settings.current()
    try:
        yield create_app(msgspec.structs.replace(before, **changed), jobs=False)
    finally:
        settings.use(before)


@asynccontextmanager
async def caller(
    app: Litestar, *, address: str = "127.0.0.1", base: str = BASE, **headers: str
) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(cast(Any, app), client=(address, 4711), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=base, headers=headers) as client:
        yield client

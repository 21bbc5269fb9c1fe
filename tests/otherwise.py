"""The same instance with other settings, as another replica would be, and callers from other addresses."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import msgspec
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from jellystone import settings
from jellystone.app import create_app
from tests.park import BASE


@contextmanager
def decided(**changed: object) -> Iterator[settings.Settings]:
    """The present settings with some changed; afterwards they are as before."""
    before = settings.current()
    settings.use(msgspec.structs.replace(before, **changed))
    try:
        yield settings.current()
    finally:
        settings.use(before)


@asynccontextmanager
async def otherwise(**changed: object) -> AsyncIterator[Litestar]:
    """An application that was started with these settings, on the database that the tests use."""
    with decided(**changed) as given:
        yield create_app(given, jobs=False)


@asynccontextmanager
async def caller(
    app: Litestar, *, address: str = "127.0.0.1", base: str = BASE, **headers: str
) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(cast(Any, app), client=(address, 4711), raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=base, headers=headers) as client:
        yield client

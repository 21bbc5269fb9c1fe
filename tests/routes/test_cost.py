"""What a page costs: a handful of statements, however many rows it is about, and no thread to wait for."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery
from httpx import AsyncClient

from jellystone.database import DB, Engine
from tests.park import Park

pytestmark = pytest.mark.anyio
MOST = {
    "/": 7,
    "/databases": 3,
    "/databases/main/shop1": 12,
    "/databases/main/shop1/roles": 5,
    "/teams": 3,
    "/teams/rangers": 9,
    "/teams/rangers/members": 8,
    "/servers": 3,
    "/servers/main": 2,
}
DATABASES = """
    INSERT INTO databases (id, server, team, name, status, size_bytes, connections, measured_at, last_query_at)
    SELECT gen_random_uuid(), s.id, t.id, 'shop' || n, 'ready', n, n, now(), now()
    FROM generate_series($1::int, $2::int) n, servers s, teams t WHERE t.slug = 'rangers'
"""
ROLES = """
    INSERT INTO roles (id, server, database, name, access, status)
    SELECT gen_random_uuid(), d.server, d.id, d.name || '_' || n, 'readonly', 'ready'
    FROM generate_series($1::int, $2::int) n, databases d
"""


class Threads(ThreadPoolExecutor):
    """Knows what it was given."""

    def __init__(self) -> None:
        super().__init__(1)
        self.given: list[object] = []

    def submit(self, work: Any, /, *args: Any, **options: Any) -> Any:
        self.given.append(work)
        return super().submit(work, *args, **options)


@asynccontextmanager
async def heard(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[LoggedQuery]]:
    """Every statement that reaches our own database."""
    said: list[LoggedQuery] = []

    async def borrow(engine: Engine) -> Any:
        connection = await unheard()
        connection.add_query_logger(said.append)
        return connection

    unheard = DB.borrow
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "borrow", borrow)
        yield said
    assert DB.pool is not None
    await DB.pool.expire_connections()  # and with them who listens


async def counts(client: AsyncClient, said: list[LoggedQuery], *pages: str) -> dict[str, int]:
    """How many statements each page takes, once it has been seen before."""
    found = {}
    for page in pages:
        for _ in range(2):
            said.clear()
            assert (await client.get(page)).status_code == 200, page
            await asyncio.sleep(0)  # asyncpg tells a little later
        found[page] = len(said)
    return found


async def test_a_page_takes_a_handful_of_statements_however_many_rows(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    await DB.fetch(DATABASES, 1, 2)
    await DB.fetch(ROLES, 1, 1)
    async with heard(monkeypatch) as said:
        few = await counts(park.yogi.browser, said, *MOST)
        await DB.fetch(DATABASES, 3, 12)
        await DB.fetch(ROLES, 2, 6)
        many = await counts(park.yogi.browser, said, *MOST)
    assert few == many
    assert {page: (number, MOST[page]) for page, number in few.items() if number > MOST[page]} == {}


async def test_a_program_pays_for_no_frame(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks, whether it is theirs to see, and what is asked for."""
    await DB.fetch(DATABASES, 1, 3)
    await DB.fetch(ROLES, 1, 1)
    most = {"/databases": 2, "/databases/main/shop1": 3, "/databases/main/shop1/roles/shop1_1": 4}
    async with heard(monkeypatch) as said:
        assert await counts(park.yogi.program, said, *most) == most


async def test_no_page_waits_for_a_thread(park: Park) -> None:
    """What looks at every request must be async: else it waits for two switches, and long ones on a busy machine."""
    await DB.fetch(DATABASES, 1, 1)
    threads = Threads()
    asyncio.get_running_loop().set_default_executor(threads)
    for client in (park.yogi.browser, park.yogi.htmx, park.yogi.program):
        for page in MOST:
            assert (await client.get(page)).status_code == 200
    assert threads.given == []

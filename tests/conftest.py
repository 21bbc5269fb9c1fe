"""A real PostgreSQL for each worker, a real application on it, and a new park for each test."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
from litestar import Litestar

from jellystone import settings
from jellystone.app import create_app
from jellystone.database import DB
from jellystone.migrate import migrate
from tests import postoffice
from tests.clusters import Cluster
from tests.park import BASE, Park, opened

LONG = ("test_kill.py", "test_crashes.py", "test_pages.py", "test_cluster.py", "test_resources.py")
"""Files that take a minute or so, to begin with: else one worker would still be at work when the others are done."""


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, as some always wait for PostgreSQL or Chromium; four are enough."""
    return min((os.cpu_count() or 1) + 1, 4)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of those of one name several workers would run but one (pytest 9.2 gives Schemathesis' all the same)."""
    if twice := [name for name, count in Counter(item.nodeid for item in items).items() if count > 1]:
        raise pytest.UsageError(f"Several tests are called {', '.join(twice)}.")
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """PostgreSQL 18 from the wheel: our own database and the first managed server in one, as by default."""
    with Cluster(18) as cluster:
        cluster.psql("CREATE DATABASE jellystone")
        yield cluster


@pytest.fixture(scope="session")
def given(server: Cluster) -> settings.Settings:
    """Settings as an operator would write them, with cheap hashing."""
    return settings.load(
        {
            "JELLYSTONE_DATABASE_URL": server.url("jellystone"),
            "JELLYSTONE_SERVER_URL": server.url(),
            "JELLYSTONE_SECRET_KEY": "a key that is only good for tests and long enough",
            "JELLYSTONE_BASE_URL": BASE,
            "JELLYSTONE_ARGON2_MEMORY": "64",
            "JELLYSTONE_ARGON2_TIME": "1",
        },
        dotenv=None,
    )


@pytest.fixture(scope="session")
def migrated(given: settings.Settings) -> None:
    async def prepare() -> None:
        DB.configure(given.database_url)
        await migrate()

    asyncio.run(prepare())


@pytest.fixture(scope="session")
async def app(given: settings.Settings, migrated: None, anyio_backend: str) -> AsyncIterator[Litestar]:
    """One application and one pool for all tests of a worker; what happens by itself happens only when called."""
    app = create_app(given, jobs=False)
    async with app.lifespan():
        yield app


@pytest.fixture
async def park(app: Litestar, server: Cluster) -> AsyncIterator[Park]:
    async for park in opened(app, server):
        yield park


@pytest.fixture
def post(
    app: Litestar, given: settings.Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[postoffice.PostOffice]:
    """A mail server that is the instance's as long as the test lasts; see `PostOffice`."""
    with postoffice.opened(tmp_path_factory.getbasetemp()) as office:
        settings.use(msgspec.structs.replace(given, smtp_url=office.url))
        yield office
    settings.use(given)

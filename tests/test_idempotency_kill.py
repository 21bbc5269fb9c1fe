"""A replica is killed while it makes something under an `Idempotency-Key`; another is asked again, and makes one.

Two places: before anything is committed, and after the database is recorded but before its server has made it. What
holds the replica there is a lock of ours.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest

from tests.clusters import Cluster
from tests.serving import Serving, open_folder

pytestmark = pytest.mark.anyio
PASSWORD = "pic-a-nic basket"
ORDERS, STOCK = {"team": "rangers", "name": "orders"}, {"team": "rangers", "name": "stock"}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


@dataclass
class Place:
    cluster: Cluster
    folder: Any
    variables: dict[str, str]

    def serving(self, **changed: str) -> Serving:
        return Serving(self.folder, **self.variables | changed)

    async def sql(self, statement: str) -> "list[asyncpg.Record]":
        connection = await asyncpg.connect(self.cluster.url("jellystone"))
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with Cluster(18) as cluster, open_folder() as folder:
        cluster.psql("CREATE DATABASE jellystone")
        yield Place(
            cluster,
            folder,
            {
                "JELLYSTONE_DATABASE_URL": cluster.url("jellystone"),
                "JELLYSTONE_SERVER_URL": cluster.url(),
                "JELLYSTONE_SECRET_KEY": "a key that is only good for tests and long enough",
                "JELLYSTONE_ARGON2_MEMORY": "64",
                "JELLYSTONE_ARGON2_TIME": "1",
            },
        )


def settle(url: str) -> str:
    """Yogi, his Rangers, and his token."""
    with httpx.Client(base_url=url, timeout=20) as browser:
        person = {"email": "yogi@park.example", "password": PASSWORD}
        browser.post("/account", json=person)
        browser.post("/session", json=person)
        browser.post("/teams", json={"name": "Rangers"})
        made = browser.post("/account/tokens", json={"name": "x", "scopes": ["read", "write", "secrets", "admin"]})
        return str(made.json()["token"])


def key(body: dict[str, str]) -> dict[str, str]:
    return {"idempotency-key": f"a key for {body['name']}".replace(" ", "-")}


@contextmanager
def asking(url: str, token: str, body: dict[str, str]) -> Iterator[None]:
    """A request under way, whose answer nobody will get."""
    headers = key(body) | {"authorization": f"Bearer {token}"}

    def ask() -> None:
        try:
            httpx.post(f"{url}/databases", json=body, headers=headers, timeout=30)
        except httpx.HTTPError:
            return

    thread = threading.Thread(target=ask)
    thread.start()
    yield
    thread.join()


async def waiting(place: Place, count: int) -> None:
    """Until so many wait for a lock."""
    async with asyncio.timeout(10):
        while [row["count"] for row in await place.sql(WAITING)] != [count]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def locked(place: Place, table: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(place.cluster.url("jellystone"))
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
            yield
    finally:
        await connection.close()


async def killed(place: Place) -> str:
    """Yogi's token, after two of his requests were cut short by the same blow."""
    with place.serving() as first:
        token = settle(first.url)
        # one table for the whole server: CREATE DATABASE waits for it, after all is recorded
        async with locked(place, "pg_database"):
            with asking(first.url, token, STOCK):
                await waiting(place, 1)
                async with locked(place, "events"):  # what is made is recorded there, before the COMMIT
                    with asking(first.url, token, ORDERS):
                        await waiting(place, 2)
                        first.process.kill()
                        first.process.wait()
    await waiting(place, 0)
    return token


async def test_what_was_killed_is_made_once_by_who_is_asked_again(place: Place) -> None:
    token = await killed(place)
    assert [row["name"] for row in await place.sql("SELECT name FROM databases")] == ["stock"]
    with place.serving() as second:
        client = httpx.AsyncClient(base_url=second.url, timeout=20)
        client.headers["authorization"] = f"Bearer {token}"
        for body in (ORDERS, STOCK):
            early = await client.post("/databases", json=body, headers=key(body))
            assert (early.status_code, early.json()["type"]) == (409, "urn:jellystone:in-progress")
            assert 0 < int(early.headers["retry-after"]) <= 30
        await place.sql("UPDATE idempotency_keys SET running_until = now()")  # as if we had waited so long
        made = await client.post("/databases", json=ORDERS, headers=key(ORDERS))
        assert made.status_code == 201, made.text
        again = await client.post("/databases", json=ORDERS, headers=key(ORDERS))
        assert (again.content, again.headers["idempotency-replayed"]) == (made.content, "true")
        done = await client.post("/databases", json=STOCK, headers=key(STOCK))
        assert (done.status_code, done.json()["type"]) == (409, "urn:jellystone:already-done")
        assert done.json()["existing"] == "main/stock"
        shown = await client.put("/databases/main/stock", json={})
        assert (shown.status_code, shown.json()["status"]) == (200, "ready")
        await client.aclose()
    events = await place.sql("SELECT object, action FROM events WHERE object_kind = 'database' ORDER BY object")
    assert [tuple(row) for row in events] == [("main/orders", "created"), ("main/stock", "created")]

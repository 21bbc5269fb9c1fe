"""A real server process with a PostgreSQL of its own, and people who have come to it before a test begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Self

import asyncpg
from httpx import AsyncClient

from tests.clusters import Cluster
from tests.serving import Serving, open_folder

PASSWORD = "pic-a-nic basket"
COOKIE = "jellystone"


@dataclass
class Site:
    """Where it answers, and the ways around it: our own tables and the managed server."""

    url: str
    cluster: Cluster
    log: Path
    numbers: Iterator[int] = field(default_factory=count)

    def unused(self, name: str) -> str:
        """A name that no other test of this process has: nothing is cleared away between tests."""
        return f"{name}_{next(self.numbers)}"

    async def sql(self, statement: str, *values: object, database: str = "jellystone") -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.cluster.url(database), timeout=10)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    async def person(self, name: str = "yogi") -> "Person":
        """Somebody new who is signed in."""
        await self.sql("DELETE FROM throttles")
        email = f"{self.unused(name)}@park.example"
        client = AsyncClient(base_url=self.url, headers={"accept": "application/json"}, timeout=30)
        person = Person(self, email, client)
        await person.post("/account", email=email, password=PASSWORD)
        await person.post("/session", email=email, password=PASSWORD)
        return person


@dataclass
class Person:
    """Prepares through the API, quickly, what a test then looks at in a browser."""

    site: Site
    email: str
    client: AsyncClient

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    @property
    def cookie(self) -> dict[str, str]:
        """As Playwright takes it."""
        return {"name": COOKIE, "value": self.client.cookies[COOKIE], "url": self.site.url}

    async def post(self, at: str, **fields: object) -> dict[str, Any]:
        answer = await self.client.post(at, json=fields)
        assert answer.status_code < 300, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def team(self, name: str = "Rangers") -> str:
        """The slug of a new team of theirs."""
        made = await self.post("/teams", name=self.site.unused(name))
        return str(made["slug"])

    async def database(self, team: str, name: str = "trail_log", **more: object) -> dict[str, Any]:
        return await self.post("/databases", team=team, name=self.site.unused(name), **more)


@contextmanager
def opened() -> Iterator[Site]:
    with Cluster(18) as cluster, open_folder() as folder:
        cluster.psql("CREATE DATABASE jellystone")
        variables = {
            "JELLYSTONE_DATABASE_URL": cluster.url("jellystone"),
            "JELLYSTONE_SERVER_URL": cluster.url(),
            "JELLYSTONE_SECRET_KEY": "a key that is only good for tests and long enough",
            "JELLYSTONE_PASSWORD_MIN_LENGTH": "6",
            "JELLYSTONE_ARGON2_MEMORY": "64",
            "JELLYSTONE_ARGON2_TIME": "1",
        }
        with Serving(folder, **variables) as jellystone:
            yield Site(jellystone.url, cluster, jellystone.log)

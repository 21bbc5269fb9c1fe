"""A PostgreSQL as in real life (fsync on), Jellystone beside it in a process of its own, and Yogi with a token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.client import Client
from tests.clusters import Cluster
from tests.serving import Serving, open_folder

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_directory": "statements",
}
PASSWORD = "pic-a-nic basket"


@dataclass(frozen=True)
class World:
    """`log` has a line of JSON for each request."""

    cluster: Cluster
    url: str
    token: str
    log: Path

    def client(self, **headers: str) -> Client:
        return Client(self.url, authorization=f"Bearer {self.token}", **headers)


@asynccontextmanager
async def world(**variables: str) -> AsyncIterator[World]:
    with Cluster(18, **DURABLE) as cluster, open_folder() as folder:
        cluster.psql("CREATE DATABASE jellystone")
        settings = {
            "JELLYSTONE_DATABASE_URL": cluster.url("jellystone"),
            "JELLYSTONE_SERVER_URL": cluster.url(),
            "JELLYSTONE_SECRET_KEY": "a key that is only good for benches and long enough",
            "JELLYSTONE_REQUESTS_PER_MINUTE": "0",
        }
        with Serving(folder, **settings, **variables) as jellystone:
            yield World(cluster, jellystone.url, await _token(jellystone.url), jellystone.log)


async def _token(url: str) -> str:
    """Of Yogi, who is an ordinary person: the operator is somebody else."""
    async with Client(url) as nobody:
        await nobody.send("POST", "/account", {"email": "smith@park.example", "password": PASSWORD}, expect=201)
        yogi = {"email": "yogi@park.example", "password": PASSWORD}
        await nobody.send("POST", "/account", yogi, expect=201)
        secret = await _cookie(url, yogi)
    async with Client(url, cookie=secret) as browser:
        await browser.send("POST", "/teams", {"name": "Rangers"}, expect=201)
        wanted = {"name": "bench", "scopes": ["read", "write", "secrets", "admin"]}
        made = await browser.send("POST", "/account/tokens", wanted, expect=201)
        return str(made.json()["token"])


async def _cookie(url: str, person: dict[str, str]) -> str:
    import httpx

    async with httpx.AsyncClient(base_url=url) as browser:
        answer = await browser.post("/session", json=person)
        return f"jellystone={answer.cookies['jellystone']}"

"""The main job on real input: a program that speaks only JSON, a real server process, pgbench and psql."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from jellystone import embedded, settings
from tests.clusters import binaries
from tests.postgres.world import DATABASE_SIGNATURE, NAMES, SERVER_SIGNATURE
from tests.serving import Serving, open_folder

pytestmark = pytest.mark.anyio

SCALE, SECONDS = 5, 5
ACCOUNTS = SCALE * 100_000


@pytest.fixture
def served() -> Iterator[Serving]:
    with open_folder() as folder, Serving(folder) as jellystone:
        yield jellystone


class Program:
    """Somebody's script: begins from nothing, and knows only the API."""

    def __init__(self, at: str, email: str) -> None:
        password = "six pic-a-nic baskets"
        with httpx.Client(base_url=at, timeout=60) as visitor:
            said = visitor.post("/account", json={"email": email, "password": password})
            assert said.status_code == 201, said.text
            said = visitor.post("/session", json={"email": email, "password": password})
            assert said.status_code == 201, said.text
            scopes = ["read", "write", "secrets", "admin"]
            said = visitor.post("/account/tokens", json={"name": "script", "scopes": scopes})
            assert said.status_code == 201, said.text
        self.client = httpx.Client(base_url=at, timeout=60, headers={"authorization": f"Bearer {said.json()['token']}"})

    def __call__(self, method: str, path: str, expected: int, **sent: Any) -> Any:
        answer = self.client.request(method, path, json=sent if method in ("POST", "PUT", "PATCH") else None)
        assert answer.status_code == expected, answer.text
        assert "set-cookie" not in answer.headers
        return answer.json() if answer.content else None


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One of PostgreSQL's own programs, that knows only the URI."""
    folder = binaries(18)
    found = folder / program if folder and (folder / program).exists() else shutil.which(program)
    assert found, f"{program} is not installed"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run([found, *arguments], capture_output=True, text=True, timeout=120, env=environment)


def psql(uri: str, statement: str) -> str:
    """What it answers, or what it complains of."""
    ran = run("psql", uri, "-XAtc", statement)
    return (ran.stdout if ran.returncode == 0 else ran.stderr).strip()


async def signature(data: Path) -> list[tuple[str, ...]]:
    """All that is on the server, asked as its superuser behind Jellystone's back."""
    now = embedded.found_running(settings.load({"JELLYSTONE_DATA_DIR": str(data)}, None))
    assert now is not None
    found: list[tuple[str, ...]] = []
    queries = {"postgres": (NAMES, *SERVER_SIGNATURE)}
    for database in ["postgres", *(row[0] for row in await _rows(now.server_url, NAMES) if row[0] != "jellystone")]:
        url = now.server_url.rpartition("/")[0] + f"/{database}"
        for query in queries.get(database, DATABASE_SIGNATURE):
            found += await _rows(url, query)
    return found


async def _rows(url: str, query: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return [tuple(map(str, row)) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_from_nothing_to_pgbench_and_back_to_nothing(served: Serving) -> None:
    ranger, poacher = Program(served.url, "yogi@park.example"), Program(served.url, "smith@park.example")
    ranger("POST", "/teams", 201, name="Rangers")
    poacher("POST", "/teams", 201, name="Poachers")
    before = await signature(served.data)

    ranger("POST", "/databases", 201, team="rangers", name="bench", description="for pgbench", protected=False)
    at = "/databases/main/bench"
    names = {"owner": "bench", "readwrite": "bench_app", "readonly": "bench_reader"}
    uris = {
        access: ranger("POST", f"{at}/roles", 201, name=name, access=access)["uri"] for access, name in names.items()
    }
    made = run("pgbench", "-i", "-s", str(SCALE), "-q", uris["owner"])
    assert made.returncode == 0, made.stderr
    ran = run("pgbench", "-c", "4", "-T", str(SECONDS), uris["owner"])
    assert ran.returncode == 0, ran.stderr
    assert "number of failed transactions: 0" in ran.stdout
    assert "tps = " in ran.stdout
    written = run("pgbench", "-n", "-c", "2", "-t", "20", uris["readwrite"])
    assert written.returncode == 0, written.stderr

    assert psql(uris["readonly"], "SELECT count(*) FROM pgbench_accounts") == str(ACCOUNTS)
    for statement in (
        "UPDATE pgbench_accounts SET abalance = 0",
        "DELETE FROM pgbench_history",
        "CREATE TABLE mine (a int)",
        "TRUNCATE pgbench_tellers",
    ):
        assert "permission denied" in psql(uris["readonly"], statement)
    assert "must be owner" in psql(uris["readwrite"], "DROP TABLE pgbench_accounts")

    theirs = poacher("POST", "/databases", 201, team="poachers", name="traps", owner_role=True, protected=False)
    stranger = theirs["owner"]["uri"]
    assert psql(stranger, "SELECT 1") == "1"
    assert "permission denied for database" in psql(stranger.replace("/traps?", "/bench?"), "SELECT 1")
    poacher("GET", at, 404)
    poacher("GET", f"{at}/roles/bench/password", 404)

    changed = ranger("PUT", f"{at}/roles/bench/password", 200)
    assert changed["secret_version"] == 2
    assert psql(changed["uri"], "SELECT current_user") == "bench_owner"
    assert "password authentication failed" in psql(uris["owner"], "SELECT 1")
    assert ranger("GET", f"{at}/roles/bench/password", 200)["uri"] == changed["uri"]

    ranger("DELETE", f"{at}/roles/bench_app", 204)
    assert "failed" in psql(uris["readwrite"], "SELECT 1")
    assert psql(uris["readonly"], "SELECT count(*) FROM pgbench_accounts") == str(ACCOUNTS)
    ranger("DELETE", at, 204)
    poacher("DELETE", "/databases/main/traps", 204)
    assert await signature(served.data) == before
    ranger("DELETE", "/teams/rangers", 204)
    poacher("DELETE", "/teams/poachers", 204)
    assert ranger("GET", "/databases", 200)["items"] == []

"""`jellystone demo` as somebody who is curious starts it."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from jellystone.demo import park
from tests.serving import CODE, environment, free_port, open_folder


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def shown(folder: Path, *options: str) -> "tuple[subprocess.Popen[str], str]":
    """The demo and its address, once it is furnished."""
    command = [sys.executable, "-c", CODE, "demo", "--data-dir", str(folder / "data"), *options]
    port, log = free_port(), folder / "log"
    with log.open("w") as said:
        demo = subprocess.Popen(
            [*command, "--port", str(port)],
            env=environment(JELLYSTONE_POSTGRES_PORT=str(free_port())),
            stdout=said,
            stderr=said,
            text=True,
            start_new_session=True,
        )
    until = time.monotonic() + 90
    while not re.search("Sign in at", log.read_text()):
        assert demo.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    return demo, f"http://localhost:{port}"


def seen(url: str, address: str) -> Any:
    with httpx.Client(base_url=url, timeout=30) as boss:
        assert boss.post("/session", json={"email": park.BOSS, "password": park.PASSWORD}).status_code == 201
        return boss.get(address).json()


def test_it_shows_teams_databases_history_and_programs_at_work(folder: Path) -> None:
    demo, url = shown(folder)
    try:
        assert {team["slug"] for team in seen(url, "/teams")["items"]} == set(park.TEAMS)
        databases = {row["name"]: row for row in seen(url, "/databases")["items"]}
        assert set(databases) == {wanted.name for wanted in park.DATABASES}
        assert databases["picnics"]["last_write_at"] > databases["trail_maps"]["last_write_at"]
        assert seen(url, "/databases/main/picnics/queries?span=week")["items"]
        until = time.monotonic() + 20
        while not seen(url, "/databases/main/picnics/connections?q=shop")["items"]:
            assert time.monotonic() < until
            time.sleep(0.2)
    finally:
        demo.send_signal(signal.SIGTERM)
    assert demo.wait(45) == 0


def test_the_second_time_everything_is_there_as_it_was(folder: Path) -> None:
    demo, url = shown(folder, "--still")
    try:
        assert seen(url, "/databases")["total"] == len(park.DATABASES)
        assert len(seen(url, "/teams/rangers/members")["items"]) == 3
    finally:
        demo.send_signal(signal.SIGTERM)
    assert demo.wait(45) == 0

import asyncio
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from jellystone import __version__
from tests.clusters import Cluster
from tests.serving import Serving, environment, free_port, open_folder, run

KEY = "a key that is only good for tests and long enough"


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture
def external(server: Cluster) -> Iterator[dict[str, str]]:
    """An empty database of our own on a server that is not ours to start."""
    server.psql("CREATE DATABASE elsewhere")
    yield {"JELLYSTONE_DATABASE_URL": server.url("elsewhere"), "JELLYSTONE_SECRET_KEY": KEY}
    server.psql("DROP DATABASE elsewhere WITH (FORCE)")


def test_the_version_is_told(folder: Path) -> None:
    assert run(folder, "--version").stdout == f"jellystone {__version__}\n"


def test_help_names_the_commands_and_loads_nothing_heavy(folder: Path) -> None:
    told = run(folder, "--help").stdout
    assert all(command in told for command in ("serve", "migrate", "doctor"))
    code = "import sys, jellystone.cli; print(sorted({'litestar', 'piccolo', 'asyncpg', 'uvicorn'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize("command", ["serve", "migrate", "doctor"])
def test_every_mistake_in_the_settings_ends_a_command_at_once(folder: Path, command: str) -> None:
    ended = run(folder, command, JELLYSTONE_PORT="hush", JELLYSTONE_PROT="hush", JELLYSTONE_DATABASE_URL="hush")
    assert ended.returncode == 1
    assert ended.stdout.count("JELLYSTONE_P") == 3
    assert "JELLYSTONE_DATABASE_URL must be" in ended.stdout
    assert "hush" not in ended.stdout
    assert "Traceback" not in ended.stdout


def test_options_win_over_variables_and_variables_over_the_dotenv_file(folder: Path) -> None:
    (folder / ".env").write_text("JELLYSTONE_PORT=1\nJELLYSTONE_LOG_LEVEL=error\n")
    with Serving(folder, JELLYSTONE_PORT="2") as jellystone:
        assert jellystone.get("/health") == 200
        assert "jellystone.requests" not in jellystone.said


def test_a_port_in_use_is_told_before_anything_is_made(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", port := free_port())):
        ended = run(folder, "serve", "--port", str(port), "--data-dir", str(folder / "data"))
    assert ended.returncode == 1
    assert f"Port {port} is in use: choose another --port." in ended.stdout
    assert not (folder / "data/postgres").exists()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.1"])
def test_a_host_that_is_not_ours_is_told(folder: Path, host: str) -> None:
    ended = run(folder, "serve", "--host", host, "--data-dir", str(folder / "data"))
    assert ended.returncode == 1
    assert "choose another --host" in ended.stdout


def test_beside_a_database_elsewhere_nothing_comes_along(folder: Path, external: dict[str, str]) -> None:
    with Serving(folder, **external) as jellystone:
        assert jellystone.get("/health/ready") == 200
        assert not jellystone.data.exists()


def test_where_others_can_reach_us_the_first_accounts_link_is_in_the_log(folder: Path) -> None:
    with Serving(folder, "--host", "0.0.0.0") as jellystone:
        jellystone.wait_for(rf"Make the first account.*{jellystone.url}/account/new\?setup=\w{{40}}")


def test_a_wrong_password_for_our_own_database_is_told_without_the_password(folder: Path, server: Cluster) -> None:
    wrong = {"JELLYSTONE_DATABASE_URL": server.url(password="hush"), "JELLYSTONE_SECRET_KEY": KEY}
    ended = run(folder, "migrate", **wrong)
    assert ended.returncode == 1
    assert "Our own database refuses us" in ended.stdout
    assert "hush" not in ended.stdout
    assert "Traceback" not in ended.stdout


def test_our_own_database_may_start_later_than_we_do(folder: Path) -> None:
    with Cluster(18) as late:
        late.stop()
        variables = {"JELLYSTONE_DATABASE_URL": late.url(), "JELLYSTONE_SECRET_KEY": KEY}
        jellystone = Serving(folder, **variables)
        jellystone.wait_for("Our own database does not answer: .+ Trying again.")
        late.start()
        with jellystone:
            assert jellystone.get("/health/ready") == 200


async def _at_once(folder: Path, count: int, **variables: str) -> list[tuple[int | None, str]]:
    code = "from jellystone.cli import main; main()"
    pipe = asyncio.subprocess.PIPE

    async def one() -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, "migrate", cwd=folder, env=environment(**variables), stdout=pipe, stderr=pipe
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    return await asyncio.gather(*(one() for _ in range(count)))


def test_when_many_migrate_at_once_one_does_it_and_the_others_find_nothing_to_do(
    folder: Path, external: dict[str, str]
) -> None:
    ended = asyncio.run(_at_once(folder, 4, **external))
    assert [code for code, _ in ended] == [0] * 4
    assert sorted("Nothing to do" in said for _, said in ended) == [False, True, True, True]


def test_what_came_along_is_migrated_too_and_stopped_again(folder: Path) -> None:
    first = run(folder, "migrate", "--data-dir", str(folder / "data"))
    assert first.returncode == 0, first.stdout
    assert "Applied 20" in first.stdout
    assert not (folder / "data/postgres/data/postmaster.pid").exists()
    assert "Nothing to do" in run(folder, "migrate", "--data-dir", str(folder / "data")).stdout


def registered(jellystone: Serving, *names: str) -> None:
    """Accounts: the first one is an operator."""
    for name in names:
        body = json.dumps({"email": f"{name}@park.example", "password": "pic-a-nic basket"}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{jellystone.url}/account", body, headers)
        with urllib.request.urlopen(request, timeout=15) as answer:
            assert answer.status == 201


def operators(folder: Path, *steps: tuple[str, str, int, str], **variables: str) -> None:
    """Each step is an argument, a name, the code that it ends with, and what it says."""
    data = [] if variables else ["--data-dir", str(folder / "data")]
    for command, name, code, said in steps:
        ended = run(folder, "operator", command, *data, f"{name}@park.example", **variables)
        assert (ended.returncode, said in ended.stdout) == (code, True), ended.stdout
        assert "Traceback" not in ended.stdout


STEPS = [
    ("remove", "yogi", 1, "An instance needs an operator. Make somebody else one first."),
    ("add", "Booboo", 0, "booboo@park.example is an operator now."),
    ("add", "booboo", 0, "booboo@park.example is an operator now."),
    ("remove", "yogi", 0, "yogi@park.example is no longer an operator."),
    ("remove", "booboo", 1, "An instance needs an operator."),
    ("add", "nobody", 1, "There is no account 'nobody@park.example'."),
]


def test_operators_are_made_while_it_runs_and_while_it_does_not(folder: Path) -> None:
    with Serving(folder) as jellystone:
        registered(jellystone, "yogi", "booboo")
        operators(folder, *STEPS)
    operators(folder, ("add", "yogi", 0, "is an operator now"), ("remove", "booboo", 0, "no longer"))
    assert not (folder / "data/postgres/data/postmaster.pid").exists()


def test_operators_are_made_in_a_database_elsewhere(folder: Path, external: dict[str, str]) -> None:
    operators(folder, ("add", "yogi", 1, "Run `jellystone migrate` first."), **external)
    with Serving(folder, **external) as jellystone:
        registered(jellystone, "yogi", "booboo")
        operators(folder, *STEPS, **external)

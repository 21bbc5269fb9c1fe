"""The running server: PostgreSQL's first process, started by us or found again."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from jellystone.embedded.account import Account, privileges
from jellystone.embedded.making import ENVIRONMENT

PAUSE = 0.02
SMART = 1.0  # seconds for sessions that are just ending, as ours are: PostgreSQL need not throw them out
FAST = 30.0  # seconds for a shutdown that ends sessions and writes a checkpoint
AT_ONCE = 10.0  # seconds for one that leaves the rest to the recovery at the next start
STOPS = ((signal.SIGTERM, SMART), (signal.SIGINT, FAST), (signal.SIGQUIT, AT_ONCE), (signal.SIGKILL, AT_ONCE))


class Postmaster:
    """A process in a session of its own, so that a Ctrl+C in our terminal does not reach it."""

    def __init__(self, data: Path, pid: int, process: subprocess.Popen[bytes] | None = None) -> None:
        self.data, self.pid, self._process = data, pid, process

    def alive(self) -> bool:
        return self._process.poll() is None if self._process else is_postmaster(self.pid, self.data)

    def ready(self) -> bool:
        """Whether it accepts connections, by the file in which it says so."""
        lines = status(self.data)
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"

    def wait_until_ready(self, seconds: float) -> bool:
        """False when it ended or took longer: a recovery after a crash may take minutes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.alive():
            if self.ready():
                return True
            time.sleep(PAUSE)
        return False

    def stop(self) -> None:
        """Returns when it is gone."""
        for number, seconds in STOPS:
            until = time.monotonic() + seconds
            if self.alive():
                os.kill(self.pid, number)
            while self.alive() and time.monotonic() < until:
                time.sleep(PAUSE)
            if not self.alive():
                return


def launch(
    program: Path, data: Path, settings: dict[str, str], log: Path, account: Account | None, neighbour: int | None
) -> Postmaster:
    """Start it, its first words going to `log`.

    `neighbour` is a living process that got the number of an earlier postmaster by chance: PostgreSQL
    would take it for one that still runs here, unless told that it is our kin (as `pg_ctl` does for its caller).
    It then still looks whether any process is attached to the old shared memory.
    """
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    environ = ENVIRONMENT | ({"PG_GRANDPARENT_PID": str(neighbour)} if neighbour else {})
    rights: dict[str, Any] = privileges(account)
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as said:
        process = subprocess.Popen(  # noqa: S603
            [program, "-D", data, *options],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=data,
            env=environ,
            umask=0o077,
            start_new_session=True,
            **rights,
        )
    return Postmaster(data, process.pid, process)


def status(data: Path) -> list[str]:
    """Lines of PostgreSQL's own lock file: process, folder, start, port, socket folder, address, memory, state."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def found(data: Path) -> tuple[Postmaster | None, int | None]:
    """The postmaster that still serves this folder; or else the stranger who has its number now, if any."""
    lines = status(data)
    if not lines or not lines[0].strip().isdigit():
        return None, None
    pid = int(lines[0])
    if is_postmaster(pid, data):
        return Postmaster(data, pid), None
    return None, pid if _exists(pid) else None


def is_postmaster(pid: int, data: Path) -> bool:
    """A postmaster's working folder is its data; where that cannot be asked, its command line names it."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except OSError:
        if Path("/proc/self/cwd").exists() or not _exists(pid):
            return False
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return f"-D {data} " in subprocess.run(command, capture_output=True, text=True).stdout  # noqa: S603


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

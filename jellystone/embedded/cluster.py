"""One cluster from the first start to the last: made, started, found again, stopped."""

import errno
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jellystone.embedded import making, postmaster
from jellystone.embedded.account import Account, acting_as
from jellystone.embedded.folder import keep
from jellystone.embedded.programs import Programs, Say
from jellystone.errors import Misconfigured

HOST = "127.0.0.1"
USUAL_PORTS = range(5433, 5500)
RECOVERY = 600.0  # seconds that a start may take after a crash
MEMORY = 20.0  # seconds in which what a killed postmaster left behind notices its death
LONGEST_SOCKET = 103  # bytes of a socket's path: 103 on macOS, 107 on Linux


class Cluster:
    """`home` holds `data`, `log`, `run` (the socket), `password`, `port` and `version`."""

    def __init__(self, home: Path, programs: Programs, account: Account | None, say: Say, *, port: int = 0) -> None:
        """`port` is the one that was asked for; 0 for the one that was chosen before, or any."""
        self.home, self.programs, self.account, self.say = home, programs, account, say
        self._asked_for = port
        self.data = home / "data"
        self._postmaster: postmaster.Postmaster | None = None

    @property
    def port(self) -> int:
        """0 before the first start. Once chosen it stays: clients remember it."""
        return int(kept(self.home / "port") or 0)

    def start(self) -> None:
        """Returns when it accepts connections; raises `Misconfigured` and leaves nothing behind that runs."""
        if self.data.exists():
            self._must_be_of_our_version()
        else:
            began = time.monotonic()
            making.make(self.home, self.programs, self.account)
            self.say(f"Made a PostgreSQL {self.programs.version} cluster in {self.home}", time.monotonic() - began)
        began = time.monotonic()
        again = self._adopt()
        if not again:
            self._prepare()
            self._launch()
        verb = "Found PostgreSQL still running" if again else f"Started PostgreSQL {self.programs.version}"
        self.say(f"{verb} on {HOST}:{self.port}", time.monotonic() - began)

    def stop(self) -> None:
        """To be called last: whatever uses a database has ended."""
        if self._postmaster is not None:
            self._postmaster.stop()
            self._postmaster = None

    def restart(self) -> None:
        """After it died on its own. Touches no file as another user, so that it may run in a thread."""
        self.stop()
        self._launch()

    def alive(self) -> bool:
        return self._postmaster is not None and self._postmaster.alive()

    def _must_be_of_our_version(self) -> None:
        theirs = kept(self.home / "data/PG_VERSION")
        if theirs != str(self.programs.major):
            raise Misconfigured(
                f"{self.data} was made by PostgreSQL {theirs or '?'}; the one at hand is {self.programs.version}. "
                "Nothing was changed. Name the folder of that version's programs in JELLYSTONE_POSTGRES_BIN, "
                "move the data with pg_upgrade, or start with another --data-dir."
            )

    def _adopt(self) -> bool:
        """Take over the server that an earlier Jellystone left running; one of another version is stopped."""
        running, _ = postmaster.found(self.data)
        if running is None:
            return False
        self._postmaster = running
        up_to_date = kept(self.home / "version") == self.programs.version
        if up_to_date and running.wait_until_ready(RECOVERY):
            return True
        running.stop()
        return False

    def _prepare(self) -> None:
        with acting_as(self.account):
            (self.home / "run").mkdir(mode=0o700, exist_ok=True)
            (self.home / "log").mkdir(mode=0o700, exist_ok=True)
            (self.home / "log" / "start.log").unlink(missing_ok=True)
        keep(self.home / "version", self.programs.version, self.account)

    def _launch(self) -> None:
        until = time.monotonic() + MEMORY
        for port in self._ports():
            while True:
                said = self._try(port)
                if said is None:
                    if port != self.port:
                        keep(self.home / "port", str(port), self.account)
                    return
                if "shared memory block" not in said or time.monotonic() > until:
                    break
                time.sleep(0.2)
            if not _taken(port):
                break
        raise Misconfigured(f"PostgreSQL did not start. It said:\n{said}\nIts log is in {self.home / 'log'}.")

    def _ports(self) -> list[int]:
        """The one that we must have; for a new cluster those that are free now, in case somebody is quicker."""
        port = self._asked_for or self.port
        if not port:
            return [port for port in (*USUAL_PORTS, _any()) if not _taken(port)]
        if _taken(port):
            raise Misconfigured(
                f"Another program listens on port {port}, where clients look for the databases. "
                "Stop that program, or choose another port with JELLYSTONE_POSTGRES_PORT."
            )
        return [port]

    def _try(self, port: int) -> str | None:
        """None when it accepts connections, else what it said."""
        run, log = self.home / "run", self.home / "log" / "start.log"
        longest = len(os.fsencode(run / ".s.PGSQL.65535"))
        settings = {
            "port": str(port),
            "listen_addresses": HOST,
            "unix_socket_directories": str(run) if longest <= LONGEST_SOCKET else "",
        }
        _, neighbour = postmaster.found(self.data)
        for left_over in run.glob(".s.PGSQL.*"):  # nobody listens there: the folder is ours alone
            left_over.unlink()
        program = self.programs.folder / "postgres"
        with _undisturbed():
            self._postmaster = postmaster.launch(program, self.data, settings, log, self.account, neighbour)
        if self._postmaster.wait_until_ready(RECOVERY):
            return None
        self.stop()
        first = log.read_text(errors="replace").strip()
        return f"{first}\n{self._last_words()}"[-3000:]

    def _last_words(self) -> str:
        """Of the newest log: what it said once it wrote there and no longer to us."""
        logs = sorted((self.home / "log").glob("postgresql-*.log"), key=lambda file: file.stat().st_mtime)
        return "\n".join(logs[-1].read_text(errors="replace").splitlines()[-5:]) if logs else ""


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A signal waits: else it could come when the process is there and nobody knows it yet."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def url(home: Path, database: str) -> str:
    """The superuser's way into a cluster."""
    return f"postgresql://{making.SUPERUSER}:{kept(home / 'password')}@{HOST}:{kept(home / 'port')}/{database}"


def kept(file: Path) -> str:
    """What stands in one of the small files; nothing if there is none."""
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return ""


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def _any() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

"""`jellystone serve`: what is started in which order, and stopped in the reverse one. One process."""

import asyncio
import gc
import logging
import signal
import socket
import sys
import time
import webbrowser
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext

import uvicorn
import uvloop
from msgspec.structs import replace

from jellystone import embedded, settings
from jellystone.database import DB
from jellystone.embedded import Cluster, Say
from jellystone.errors import Misconfigured, Unreachable
from jellystone.listening import listening
from jellystone.migrate import migrate
from jellystone.settings import Settings

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds for our own database to answer at the start, for requests to end at the stop
RESTARTS = 3  # of a PostgreSQL that dies …
WITHIN = 300.0  # … in so many seconds; then something is wrong that a restart does not mend


def serve(given: Settings, say: Say) -> None:
    """Until SIGTERM or Ctrl+C. PostgreSQL comes first and goes last; while it goes, signals no longer matter."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, _leave)
    with ExitStack() as stack:
        cluster = None
        if given.embedded:
            stack.enter_context(embedded.held(given))
            sockets = stack.enter_context(listening(given))
            given, cluster = stack.enter_context(embedded.started(given, say))
            stack.callback(_ignore_signals)
        else:
            sockets = stack.enter_context(listening(given))
        apart = stack.enter_context(listening(_for_metrics(given))) if given.metrics_address else []
        work = _run(given, sockets, apart, cluster, lambda text: say(text, time.monotonic() - began), say)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work)


async def _run(
    given: Settings,
    sockets: list[socket.socket],
    apart: list[socket.socket],
    cluster: Cluster | None,
    ready: Callable[[str], None],
    say: Say,
) -> None:
    settings.use(given)
    DB.configure(given.database_url)
    began = time.monotonic()
    await reach_our_database()
    if ran := await migrate():
        say(f"Brought our own database up to date ({len(ran)} migrations)", time.monotonic() - began)
    server = Server(given, ready)
    watching = asyncio.create_task(_watch(cluster, server)) if cluster else None
    try:
        async with _metrics_on(apart):
            await server.serve(sockets)
    finally:
        if watching:
            watching.cancel()
    if watching and watching.done() and not watching.cancelled():
        await watching
    if not server.started:
        raise Misconfigured("The web server did not start; the reason stands above.")


async def reach_our_database(seconds: float = PATIENCE) -> int:
    """Its version. It may be starting together with us: give it time, but no time to a wrong password."""
    until = time.monotonic() + seconds
    while True:
        try:
            return await DB.must_answer()
        except Unreachable as error:
            if time.monotonic() > until:
                raise Misconfigured(str(error)) from None
            log.warning("%s Trying again.", error)
        await asyncio.sleep(1)


class Server(uvicorn.Server):
    """uvicorn in our process and loop; it ends by returning, so that what was started before it can be stopped."""

    def __init__(self, given: Settings, ready: Callable[[str], None]) -> None:
        from jellystone.app import create_app

        super().__init__(
            uvicorn.Config(
                create_app(given),
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(given.trusted_proxies),
                forwarded_allow_ips=list(given.trusted_proxies),
                timeout_graceful_shutdown=int(PATIENCE),
            )
        )
        self.given, self.ready = given, ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own would raise the signal once more when it is done, and that kills the process too early."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:  # its lifespan failed and said why
            self.should_exit = True
            return
        gc.collect()
        gc.freeze()  # what is there now stays: later collections need not look at it
        self.ready(f"Ready at {self.given.base_url}")
        if link := await self._setup_link():
            log.warning("Make the first account, which is the operator's, here: %s", link)
        if self.given.open:
            await asyncio.to_thread(webbrowser.open, self.given.base_url)

    async def _setup_link(self) -> str | None:
        from jellystone.services import accounts

        code = accounts.setup_code()
        return f"{self.given.base_url}/account/new?setup={code}" if code and await accounts.is_first() else None


def _for_metrics(given: Settings) -> Settings:
    host, _, port = given.metrics_address.rpartition(":")
    return replace(given, host=host.strip("[]"), port=int(port))


@asynccontextmanager
async def _metrics_on(sockets: list[socket.socket]) -> AsyncIterator[None]:
    """Only /metrics, beside the application; without sockets nothing."""
    if not sockets:
        yield
        return
    from jellystone.routes.metrics import alone

    server = Beside(
        uvicorn.Config(alone, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False)
    )
    serving = asyncio.create_task(server.serve(sockets))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class Beside(uvicorn.Server):
    """Ends when it is told, not by signals: these are the application's."""

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        return nullcontext()


async def _watch(cluster: Cluster, server: Server) -> None:
    """Start PostgreSQL again when it dies beside us; when that does not help, end, and say so."""
    deaths: deque[float] = deque(maxlen=RESTARTS)
    while not server.should_exit:
        await asyncio.sleep(0.2)
        if cluster.alive() or server.should_exit:
            continue
        if len(deaths) == RESTARTS and time.monotonic() - deaths[0] < WITHIN:
            server.should_exit = True
            raise Misconfigured(f"PostgreSQL keeps dying. Look into {cluster.home / 'log'}.")
        deaths.append(time.monotonic())
        log.error("PostgreSQL died. Starting it again; its log is in %s", cluster.home / "log")
        try:
            await asyncio.to_thread(cluster.restart)
        except Misconfigured as error:
            log.error("%s", error)  # it counts as one more death


def _leave(*_: object) -> None:
    sys.exit(0)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)

"""`jellystone demo`: an instance of its own beside us, furnished, with made-up history and real traffic."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from jellystone import embedded
from jellystone.client import AsyncJellystone, ClientError
from jellystone.database import DB
from jellystone.demo import history, park, traffic
from jellystone.demo.characters import CHARACTERS, Character
from jellystone.errors import Misconfigured
from jellystone.settings import Settings

PATIENCE = 90.0  # seconds for the first start
KNOWN = "SELECT d.id, d.name, d.server FROM databases d JOIN servers s ON s.id = d.server WHERE s.name = 'main'"
LONG_AGO = "UPDATE databases SET created_at = now() - interval '400 days'"
SMALLEST = 8_000_000  # bytes of a new database
HAS_HISTORY = "SELECT EXISTS (SELECT FROM figures_day)"

Say = Callable[[str], None]


async def show(given: Settings, say: Say, *, open_browser: bool, with_traffic: bool = True) -> int:
    """Until Ctrl+C; the exit status of the instance. What is there from the last time stays as it is."""
    options = ["--host", given.host, "--port", str(given.port), "--data-dir", str(given.data_dir)]
    serve = [sys.executable, "-c", "from jellystone.cli import main; main()", "serve", *options]
    quietly = {"JELLYSTONE_LOG_LEVEL": "warning", **os.environ}
    instance = await asyncio.create_subprocess_exec(*serve, env=quietly)
    loop, ending = asyncio.get_running_loop(), asyncio.create_task(instance.wait())
    loop.add_signal_handler(signal.SIGTERM, instance.terminate)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # a terminal sends it to both
    living = asyncio.create_task(_live(given, say, open_browser=open_browser, with_traffic=with_traffic))
    await asyncio.wait([ending, living], return_when=asyncio.FIRST_COMPLETED)
    if not ending.done():
        instance.terminate()
    living.cancel()
    status = await ending
    await asyncio.gather(living, return_exceptions=True)
    if not living.cancelled() and (error := living.exception()):
        raise error
    return status


async def _live(given: Settings, say: Say, *, open_browser: bool, with_traffic: bool) -> None:
    await _ready(given.base_url)
    addresses = await park.furnish(given.base_url)
    await _remember(given, await traffic.prepare(addresses))
    say(f"Sign in at {given.base_url} as {park.BOSS} (or {', '.join(park.PEOPLE)}), password: {park.PASSWORD}")
    if open_browser:
        import webbrowser

        await asyncio.to_thread(webbrowser.open, given.base_url)
    if with_traffic:
        await traffic.flow(addresses)
    await asyncio.Event().wait()


async def _ready(url: str) -> None:
    async with AsyncJellystone(url, token="", patience=1) as nobody:
        for _ in range(int(PATIENCE * 5)):
            with suppress(ClientError):
                await nobody.request("GET", "/health/ready")
                return
            await asyncio.sleep(0.2)
    raise Misconfigured(f"The instance did not answer at {url}.")


async def _remember(given: Settings, sizes: dict[str, int]) -> None:
    """A year of history, once; it leads to the sizes that there really are."""
    usable = embedded.found_running(given)
    if usable is None:
        raise Misconfigured("The PostgreSQL that comes along does not run.")
    DB.configure(usable.database_url)
    await DB.start_connection_pool()
    try:
        row = await DB.fetch_row(HAS_HISTORY)
        if row is not None and row["exists"]:
            return
        await DB.fetch(LONG_AGO)
        kinds = {wanted.name: CHARACTERS[wanted.character] for wanted in park.DATABASES}
        databases: dict[UUID, Character] = {}
        server = None
        for row in await DB.fetch(KNOWN):
            server = row["server"]
            size = sizes.get(row["name"], SMALLEST)
            databases[row["id"]] = replace(
                kinds[row["name"]], size_bytes=size, grows_bytes_per_day=(size - SMALLEST) // 400
            )
        if server is not None:
            await history.write(server, databases, span=timedelta(days=365))
    finally:
        await DB.close_connection_pool()

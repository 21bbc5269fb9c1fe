"""Our own database and every managed server."""

from collections.abc import AsyncIterator, Iterator

from jellystone.database import DB
from jellystone.doctor.finding import Finding
from jellystone.errors import Misconfigured, Problem, Unreachable
from jellystone.migrate import pending
from jellystone.postgres.address import Address
from jellystone.postgres.probe import ServerFacts, probe
from jellystone.postgres.server import Server
from jellystone.services import rekeying, servers
from jellystone.services.rekeying import Found
from jellystone.settings import Settings

OLDEST = 15
OURS = "our own database"


async def look(given: Settings) -> AsyncIterator[Finding]:
    try:
        version = await DB.must_answer()
    except (Misconfigured, Unreachable) as error:
        yield Finding("bad", OURS, str(error))
        return
    if version // 10000 < OLDEST:
        yield Finding("bad", OURS, f"PostgreSQL {version // 10000} is too old: move it to {OLDEST} or newer.")
        return
    yield Finding("ok", OURS, f"PostgreSQL {version // 10000}.{version % 10000} answers")
    await DB.start_connection_pool()
    try:
        if await _open_to_all():
            text = "every role of its server may connect to it: in it, REVOKE CONNECT ON DATABASE … FROM PUBLIC;"
            yield Finding("warn", OURS, text)
        missing = await pending()
        if missing:
            yield Finding("bad", "migrations", f"{len(missing)} pending: run `jellystone migrate`.")
        else:
            yield Finding("ok", "migrations", "none pending")
            for finding in _secrets(await rekeying.look()):
                yield finding
        async for finding in _servers(given, known=not missing):
            yield finding
    finally:
        await servers.close_all()
        await DB.close_connection_pool()


async def _open_to_all() -> bool:
    row = await DB.fetch_row("SELECT has_database_privilege('public', current_database(), 'CONNECT') AS yes")
    return row is not None and row["yes"]


def _secrets(places: list[Found]) -> Iterator[Finding]:
    """Nothing, where all is under the first key."""
    for found in places:
        if found.unreadable:
            yield Finding("bad", "secret key", f"{found.in_words}: {rekeying.UNREADABLE}")
        if found.former:
            text = f"{found.former} of the {found.place.what} are under a former key: run `jellystone rekey`."
            yield Finding("warn", "secret key", text)


async def _servers(given: Settings, *, known: bool) -> AsyncIterator[Finding]:
    """Those that are registered; before the first start the one that the settings name."""
    rows = await servers.all_servers() if known else []
    for row in rows:
        try:
            reached = await servers.reach(row)
        except Problem as problem:
            yield Finding("bad", f"server {row.name}", str(problem))
            continue
        async for finding in _server(reached):
            yield finding
    if not rows:
        try:
            first = Server(servers.FIRST, Address.from_url(given.server_url))
        except ValueError as error:
            yield Finding("bad", f"server {servers.FIRST}", f"JELLYSTONE_SERVER_URL: {error}.")
            return
        async for finding in _server(first):
            yield finding
        await first.close()


async def _server(server: Server) -> AsyncIterator[Finding]:
    try:
        facts = await probe(server)
    except Problem as problem:
        yield Finding("bad", f"server {server.name}", str(problem))
        return
    for finding in _judged(server.name, facts):
        yield finding


def _judged(name: str, facts: ServerFacts) -> Iterator[Finding]:
    able = facts.rights["createdb"] and facts.rights["createrole"] and not facts.standby
    used = f"{facts.used} of {facts.usable} connections used"
    text = f"PostgreSQL {facts.version} answers, {used}" + ("" if able else ", but we cannot work there: see below")
    yield Finding("ok" if able else "bad", f"server {name}", text)
    yield from (Finding("warn", f"server {name}", warning) for warning in facts.warnings)

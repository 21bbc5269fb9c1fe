"""The end of a managed server: what is in our books of it goes, and on the server itself nothing is touched."""

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound
from jellystone.services import events, server_registry, servers
from jellystone.services.actors import Actor
from jellystone.services.versions import ALWAYS, Condition
from jellystone.tables.servers import Server

SHOWN = 3
DATABASES = "SELECT name FROM databases WHERE server = $1 ORDER BY name"
FORGET = (
    *(f"DELETE FROM figures_{step} WHERE subject = $1" for step in ("minute", "ten_minutes", "day")),
    "DELETE FROM visits WHERE server = $1",
    "DELETE FROM servers WHERE id = $1",  # and with it what refers to it: counters, looks, rounds, advice
)


async def remove(actor: Actor, server: Server, *, condition: Condition = ALWAYS) -> None:
    """Forget it with its figures; on the server itself nothing is touched. Whoever looks at it stops by itself."""
    server_registry.may_lead_elsewhere(actor)
    must_be_removable(server)
    async with DB.transaction():
        if not await DB.fetch("SELECT FROM servers WHERE id = $1 FOR UPDATE", server.id):
            raise NotFound(f"There is no server {server.name!r}.")
        await condition.look(lambda: servers.show(actor, server.name))
        if has := await databases_on(server):
            raise Conflict(_still_has(server.name, has))
        for statement in FORGET:
            await DB.fetch(statement, server.id)
        await events.record(actor, "removed", "server", server.name)
    await servers.let_go()


def must_be_removable(server: Server) -> None:
    if server.name == servers.FIRST:
        raise Conflict(server_registry.BY_SETTINGS.format(server.name))


async def databases_on(server: Server) -> list[str]:
    """Ids of those in our books, also of those that are still being made or deleted."""
    return [f"{server.name}/{row['name']}" for row in await DB.fetch(DATABASES, server.id)]


def _still_has(name: str, has: list[str]) -> str:
    number, listed = len(has), ", ".join(has[:SHOWN])
    more = f" and {number - SHOWN} more" if number > SHOWN else ""
    return f"{name} still has {number} database{'s' if number > 1 else ''}: {listed}{more}. Delete them first."

"""Whether the names of a new database and of its owner are free: in our books, and on the server."""

from jellystone.errors import Conflict
from jellystone.postgres import databases as on_server
from jellystone.postgres import roles as roles_on_server
from jellystone.services import roles, servers
from jellystone.services.actors import Actor
from jellystone.tables.databases import Database
from jellystone.tables.servers import Server


async def must_be_free(actor: Actor, server: Server, name: str, owner: roles.Wish | None) -> None:
    """Raises `Conflict` that names the database or role of that name, if the actor may see it."""
    row = await Database.objects().get((Database.server == server.id) & (Database.name == name))
    if row is not None:
        visible = row.team in actor.ranks or actor.operator
        raise Conflict(
            f"The name {name} is taken on {server.name}. Choose another.",
            existing=f"{server.name}/{name}" if visible else None,
            name="This name is taken on the server.",
        )
    if owner:
        await roles.must_be_free(actor, server, owner.name)


async def must_be_free_on(actor: Actor, server: Server, name: str, owner: roles.Wish | None) -> None:
    """Raises `Conflict` if the server has something of these names, whether it is in our books or not."""
    reached = await servers.reach(server)
    for kind, taken in (
        ("database", await on_server.exists(reached, name)),
        ("role", owner is not None and await roles_on_server.exists(reached, owner.name)),
    ):
        if taken:
            await must_be_free(actor, server, name, owner)
            raise Conflict(
                f"The server {server.name} has a {kind} {name} that Jellystone did not make. Choose another name.",
                name="This name is taken on the server.",
            )

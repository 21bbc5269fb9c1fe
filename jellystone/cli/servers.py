"""`jellystone servers …`."""

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import server
from jellystone.cli.showing import Columns, as_json, show, show_all

COLUMNS: Columns = {
    "server": lambda it: it.name,
    "address": lambda it: f"{it.host}:{it.port}",
    "version": lambda it: it.version,
    "databases": lambda it: it.databases,
    "connections": lambda it: it.connections,
    "of": lambda it: it.connections_usable,
    "problem": lambda it: it.problem,
}


@click.group("servers")
def command() -> None:
    """See the PostgreSQL servers on which databases can be made."""


@command.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the servers."""
    with asking() as jellystone:
        show_all(jellystone.servers.list(), COLUMNS, as_json, none="There is none.")


@command.command("show")
@server
@as_json
def show_(server: str, as_json: bool) -> None:
    """Show a server. Its figures are those of the last contact."""
    with asking() as jellystone:
        show(jellystone.servers.get(server), as_json)


@command.command("load")
@server
@as_json
def load(server: str, as_json: bool) -> None:
    """Show what a server carries: memory, settings, and which databases ask most of it. For operators."""
    with asking() as jellystone:
        found = jellystone.servers.load(server)
    if as_json:
        show(found, as_json)
        return
    show({"now": found.now, "memory": found.memory}, as_json)

"""`jellystone connections …`."""

import click

from jellystone.cli.asking import asking
from jellystone.cli.failures import USAGE, Stopped
from jellystone.cli.given import database, sure, yes
from jellystone.cli.seeing import Named, note, number, rest
from jellystone.cli.showing import Columns, ago, as_json, one_line, show, show_all

COLUMNS: Columns = {
    "connection": lambda it: it.id,
    "role": lambda it: it.role,
    "client": lambda it: it.client or ("socket" if it.connected_at else None),
    "application": lambda it: it.application,
    "state": lambda it: it.state,
    "for": lambda it: ago(it.since),
    "waits for": lambda it: it.waits_for or it.wait,
    "query": lambda it: one_line(it.query),
}
SORTS = click.Choice(["since", "connected", "role", "application", "client", "state"])
connection = click.argument("connection")


@click.group("connections", cls=Named)
def command() -> None:
    """See who is connected to a database at this moment, cancel queries, end connections.

    `jellystone connections main/orders` lists them.
    """


@command.command("list")
@database
@click.option("--q", metavar="TEXT", default="", help="Only those with this in role, application, client or query.")
@click.option("--sort", type=SORTS, default="since", show_default=True, help="Those that wait or work, the oldest.")
@number(200)
@as_json
def list_(database: str, q: str, sort: str, number: int, as_json: bool) -> None:
    """List who is connected. The server itself is asked."""
    with asking() as jellystone:
        found = jellystone.connections.page(database, q=q, sort=sort, per_page=number)  # type: ignore[arg-type]
    show_all(found.items, COLUMNS, as_json, none=f"Nobody is connected to {database}.")
    note(found.problem)
    note(rest(len(found.items), found.total))


@command.command("show")
@database
@connection
@as_json
def show_(database: str, connection: str, as_json: bool) -> None:
    """Show a connection, by its id in the list."""
    with asking() as jellystone:
        show(jellystone.connections.get(database, connection), as_json)


@command.command("cancel")
@database
@connection
def cancel(database: str, connection: str) -> None:
    """Cancel what a connection is running. Its client stays connected."""
    with asking() as jellystone:
        jellystone.connections.cancel(database, connection)
    click.echo("Its query is cancelled.", err=True)


@command.command("end")
@database
@click.argument("connection", required=False)
@click.option("--idle", is_flag=True, help="All that do nothing, and are in no transaction.")
@yes
def end(database: str, connection: str | None, idle: bool, yes: bool) -> None:
    """End a connection, or all that are idle. What is not committed is rolled back."""
    if idle is (connection is not None):
        raise Stopped("Name a connection, by its id in the list, or say --idle.", USAGE)
    which = "all idle connections" if idle else f"the connection {connection}"
    sure(f"End {which} of {database}?", yes)
    with asking() as jellystone:
        if connection is None:
            jellystone.connections.end_idle(database)
        else:
            jellystone.connections.end(database, connection)
    click.echo("They are ended." if idle else "It is ended.", err=True)

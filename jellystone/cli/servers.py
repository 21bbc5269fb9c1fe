"""`jellystone servers …`."""

import sys
from urllib.parse import urlsplit

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import chosen, from_stdin, password_from, server, something, sure, yes
from jellystone.cli.showing import Columns, as_json, show, show_all

COLUMNS: Columns = {
    "server": lambda it: it.name,
    "state": lambda it: "unreachable" if it.problem else "ready",
    "address": lambda it: f"{it.host}:{it.port}",
    "version": lambda it: it.version,
    "databases": lambda it: it.databases,
    "connections": lambda it: it.connections,
    "of": lambda it: it.connections_usable,
}
MODES = click.Choice(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
host = click.option("--public-host", metavar="HOST|none", help="As clients reach it, if not as we do.")
port = click.option("--public-port", metavar="PORT", type=click.IntRange(1, 65535), help="Likewise.")
sslmode = click.option("--public-sslmode", type=MODES, help="Likewise.")


@click.group("servers")
def command() -> None:
    """See the servers on which databases are made; register, change and remove them, as an operator."""


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
    """Show a server, as it was at the last contact."""
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


@command.command("add")
@click.argument("name")
@click.argument("url")
@host
@port
@sslmode
@from_stdin
@as_json
def add(name: str, url: str, password_stdin: bool, as_json: bool, **options: object) -> None:
    """Register a server: URL is postgresql://user@host:5432/postgres, without a password, which is asked for."""
    _must_hold_no_password(url)
    given = password_from(password_stdin)
    if given is None and sys.stdin.isatty():
        given = _asked(url)
    with asking() as jellystone:
        show(jellystone.servers.create(name, url, **chosen(password=given, **options)), as_json)


@command.command("update")
@server
@click.option("--url", metavar="URL", help="Another address, without the password.")
@click.option("--ask-password", is_flag=True, help="Type another password.")
@from_stdin
@host
@port
@sslmode
@as_json
def update(
    server: str, url: str | None, ask_password: bool, password_stdin: bool, as_json: bool, **options: object
) -> None:
    """Change how a server is reached. What is not named stays, the password only where host, port and user do."""
    _must_hold_no_password(url or "")
    given = _asked(url or server) if ask_password else password_from(password_stdin)
    changes = something(chosen(url=url, password=given, **options))
    with asking() as jellystone:
        show(jellystone.servers.update(server, **changes).server, as_json)


@command.command("remove")
@server
@yes
def remove(server: str, yes: bool) -> None:
    """Forget a server that has no databases of ours, with its figures. Nothing is changed on it."""
    sure(f"Forget {server} and its figures?", yes)
    with asking() as jellystone:
        jellystone.servers.delete(server)
    click.echo(f"{server} is removed.", err=True)


def _must_hold_no_password(url: str) -> None:
    try:
        held = urlsplit(url).password
    except ValueError:
        held = None
    if held:
        raise click.UsageError("Leave the password out: others see arguments, and shells keep them. It is asked for.")


def _asked(whose: str) -> str:
    return click.prompt(f"Password for {whose}", "", hide_input=True, show_default=False, err=True)

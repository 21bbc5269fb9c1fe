"""`jellystone serve`."""

import sys

import click

from jellystone import __version__
from jellystone.cli.instance import data_dir, log_as, say, settings_with


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="Where to listen; localhost unless told otherwise.")
@click.option("--port", type=int, metavar="NUMBER", help="4000 unless told otherwise.")
@data_dir
@click.option("--open", "open_", is_flag=True, help="Open a browser when it answers.")
def command(host: str | None, port: int | None, data_dir: str | None, open_: bool) -> None:
    """Start everything: PostgreSQL that comes along, our own database, the web server."""
    given = settings_with(host=host, port=port, data_dir=data_dir, open="true" if open_ else None)
    log_as(given)
    click.echo(f"Jellystone {__version__}")
    from jellystone.serve import serve

    try:
        serve(given, say)
    except KeyboardInterrupt:
        sys.exit(130)

"""`jellystone demo`."""

import sys

import click

from jellystone import __version__
from jellystone.cli.instance import settings_with


@click.command("demo")
@click.option("--port", type=int, metavar="NUMBER", default=4000, show_default=True)
@click.option("--data-dir", metavar="FOLDER", help="Where it is kept; a folder of its own unless told otherwise.")
@click.option("--open", "open_", is_flag=True, help="Open a browser when it is furnished.")
@click.option("--still", is_flag=True, help="Without programs that use the databases.")
def command(port: int, data_dir: str | None, open_: bool, still: bool) -> None:
    """Show an instance full of teams, databases, traffic and made-up history. Only this machine can reach it."""
    import asyncio

    import platformdirs

    from jellystone.demo import showing

    folder = data_dir or platformdirs.user_data_dir("jellystone-demo", appauthor=False)
    given = settings_with(host="localhost", port=port, data_dir=folder)
    click.echo(f"Jellystone {__version__}, a park to look around in")
    sys.exit(asyncio.run(showing.show(given, click.echo, open_browser=open_, with_traffic=not still)))

"""`jellystone …`: one module a command, loaded when it is asked for.

A new command is a module here with a click command called `command`, and its name in COMMANDS. Modules import what is
heavy in the function that needs it: all of them are read for `jellystone --help`.
"""

import click

from jellystone import __version__
from jellystone.cli.commands import Commands

COMMANDS = {
    "Run an instance": ("serve", "demo", "migrate", "rekey", "doctor", "operator", "openapi"),
    "Use one, here or elsewhere": ("login", "logout", "teams", "databases", "roles", "psql", "terraform", "completion"),
    "See how it is doing": ("advice", "statistics", "queries", "connections", "parameters", "servers", "events"),
}


@click.group(cls=Commands, sections=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jellystone", message="%(prog)s %(version)s")
def main() -> None:
    """Self-service for PostgreSQL: teams, databases, roles and passwords, for people and for programs.

    Every setting is an environment variable JELLYSTONE_…, or a line in a file .env; the README lists them.
    """

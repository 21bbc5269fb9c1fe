"""A group whose commands are modules, so that none costs time but the one that runs."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from jellystone.cli.failures import INTERRUPTED, ending

Sections = Mapping[str, Sequence[str]]


class Commands(click.Group):
    """`sections` are headings for the help, with the names of the commands below each.

    The command `x` is `command` in the module `jellystone.cli.x`. What went wrong is told without a traceback, and
    Ctrl+C says nothing.
    """

    def __init__(self, *arguments: Any, sections: Sections, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for names in self.sections.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"jellystone.cli.{cmd_name}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, names in self.sections.items():
            found = [(name, command) for name in names if (command := self.get_command(ctx, name)) is not None]
            with formatter.section(heading):
                formatter.write_dl([(name, command.get_short_help_str(limit=100)) for name, command in found])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            sys.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if (stopped := ending(error)) is None:
                raise
            raise stopped from None

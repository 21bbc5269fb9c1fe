"""What the commands that look share: how much they show, and a noun that lists where nothing else is said."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from jellystone.cli.given import completed, databases_of

databases = completed(databases_of)
F = TypeVar("F", bound=Callable[..., Any])

SPAN = click.Choice(["hour", "day", "week", "month", "year"])
span = click.option("--span", type=SPAN, default="day", show_default=True, help="How far back.")


def number(default: int, most: int = 200) -> Callable[[F], F]:
    kind = click.IntRange(1, most)
    return click.option("--number", "-n", type=kind, default=default, show_default=True, help="At most so many.")


class Named(click.Group):
    """`jellystone connections main/orders` is `jellystone connections list main/orders`: no command has a slash."""

    usual = "list"

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and "/" in args[0]:
            args = [self.usual, *args]
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return super().shell_complete(ctx, incomplete) or databases(ctx, None, incomplete)


def note(text: str | None) -> None:
    """For people and on standard error: a program finds it in what `--json` prints, or asks the API."""
    if text:
        click.echo(text, err=True)


def rest(shown: int, total: int) -> str | None:
    return f"And {total - shown:,} more; -n shows more of them." if total > shown and sys.stdout.isatty() else None

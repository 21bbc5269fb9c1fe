"""What can be typed after a command: kinds of values, names to complete, and consent before harm is done."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from jellystone.cli.asking import asking
from jellystone.cli.failures import PROBLEM, USAGE, Stopped

if TYPE_CHECKING:
    from jellystone.client import Jellystone

NONE = "none"
ACCESS = click.Choice(["owner", "readwrite", "readonly"])
RANK = click.Choice(["owner", "member", "viewer"])
SCOPES = ["read", "write", "secrets", "admin"]


class Limit(click.ParamType[Any, Any]):
    """A number, or `none`."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == NONE or isinstance(value, int):
            return value
        if not str(value).isdecimal():
            self.fail(f"{value!r} is neither a whole number nor {NONE}.", param, ctx)
        return int(value)


class Moment(click.ParamType[Any, Any]):
    """`2030-01-31`, `2030-01-31T12:00:00Z`, or `none`. Without a zone it is UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == NONE or isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2030-01-31 or 2030-01-31T12:00:00Z.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def chosen(**options: Any) -> dict[str, Any]:
    """What was typed, for a method of the client: left out is left out, and `none` is None."""
    return {name: None if value == NONE else value for name, value in options.items() if value is not None}


def something(changes: dict[str, Any]) -> dict[str, Any]:
    if not changes:
        raise click.UsageError("Say what to change; --help lists what can be.")
    return changes


def checked(id: str, parts: int) -> str:
    """An id as Jellystone writes it, with that many parts."""
    segments = id.strip("/").split("/")
    if len(segments) != parts or not all(segments) or {".", ".."} & set(segments):
        example = "/".join(["main", "orders", "orders_app"][:parts])
        raise click.BadParameter(f"write it like {example}.")
    return "/".join(segments)


def sure(question: str, yes: bool) -> None:
    """Ask, unless `--yes` was said. Where nobody can be asked nothing is done."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stopped("Nothing was done. Say --yes where nobody can be asked.", USAGE)
    if not click.confirm(question, err=True):
        raise Stopped("Nothing was done.", PROBLEM)


def password_from(stdin: bool) -> str | None:
    """One line, its end left out. Never an argument: others see these, and shells keep them."""
    if not stdin:
        return None
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        raise Stopped("There was no password on standard input.", USAGE)
    return given


from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")

Find = Callable[["Jellystone", str], Iterator[str]]


def completed(find: Find) -> Callable[[click.Context, click.Parameter | None, str], list[CompletionItem]]:
    """Names for the shell, if Jellystone tells them within two seconds."""

    def complete(ctx: click.Context, param: click.Parameter | None, incomplete: str) -> list[CompletionItem]:
        try:
            with asking(patience=2.0) as jellystone:
                return [CompletionItem(name) for name in find(jellystone, incomplete) if name.startswith(incomplete)]
        except Exception:  # a shell that completes has no place for words
            return []

    return complete


def _teams(jellystone: "Jellystone", _: str) -> Iterator[str]:
    return (team.slug for team in jellystone.teams.list())


def databases_of(jellystone: "Jellystone", _: str) -> Iterator[str]:
    return (database.id for database in jellystone.databases.list())


def _servers(jellystone: "Jellystone", _: str) -> Iterator[str]:
    return (server.name for server in jellystone.servers.list())


def _roles(jellystone: "Jellystone", incomplete: str) -> Iterator[str]:
    """Databases first, then the roles of the one that was typed."""
    if incomplete.count("/") < 2:
        return (f"{database.id}/" for database in jellystone.databases.list())
    return (role.id for role in jellystone.roles.list(incomplete.rpartition("/")[0]))


def _parsed(parts: int) -> Callable[[click.Context, click.Parameter, str], str]:
    return lambda _, __, value: checked(value, parts)


team = click.argument("team", shell_complete=completed(_teams))
server = click.argument("server", shell_complete=completed(_servers))
database = click.argument("database", callback=_parsed(2), shell_complete=completed(databases_of))
role = click.argument("role", callback=_parsed(3), shell_complete=completed(_roles))
of_team = click.option("--team", metavar="TEAM", help="A team's slug.", shell_complete=completed(_teams))
limit = click.option("--connection-limit", type=Limit(), metavar="NUMBER|none", help="Connections at a time.")
until = click.option("--valid-until", type=Moment(), metavar="MOMENT|none", help="When its password stops working.")

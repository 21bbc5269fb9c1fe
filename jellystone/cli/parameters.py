"""`jellystone parameters …`."""

from typing import Any

import click

from jellystone.cli.asking import asking
from jellystone.cli.failures import USAGE, Stopped
from jellystone.cli.given import NONE, database
from jellystone.cli.seeing import Named, note
from jellystone.cli.showing import Columns, as_json, show, show_all

COLUMNS: Columns = {
    "parameter": lambda it: it[0],
    "here": lambda it: it[1],
    "the server's": lambda it: it[2],
}
LISTS = {"search_path"}
TEXTS = {"timezone"}


class Shown(Named):
    usual = "show"


@click.group("parameters", cls=Shown)
def command() -> None:
    """See and change what a database's new sessions begin with: timeouts, memory, time zone and more.

    `jellystone parameters main/orders` shows them.
    """


@command.command("show")
@database
@as_json
def show_(database: str, as_json: bool) -> None:
    """Show the parameters of a database. What is not set here is the server's own."""
    with asking() as jellystone:
        found = jellystone.parameters.get(database)
    _told(found, as_json)


@command.command("set")
@database
@click.argument("values", metavar="NAME=VALUE…", nargs=-1, required=True)
@as_json
def set_(database: str, values: tuple[str, ...], as_json: bool) -> None:
    """Set some, such as statement_timeout_ms=60000, work_mem_bytes=16777216 or search_path=app,public.

    `none` goes back to the server's own. It holds for sessions that begin afterwards.
    """
    wanted = dict(_read(value) for value in values)
    if unknown := [name for name in wanted if name not in _names()]:
        raise Stopped(f"There is no parameter {', '.join(unknown)} here. There are: {', '.join(_names())}.", USAGE)
    with asking() as jellystone:
        _told(jellystone.parameters.update(database, **wanted), as_json)


def _names() -> tuple[str, ...]:
    from jellystone.facts.parameters import ParameterValues

    return ParameterValues.__struct_fields__


def _read(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or not value:
        raise Stopped(f"{text!r} is not NAME=VALUE, such as statement_timeout_ms=60000.", USAGE)
    if value == NONE:
        return name, None
    if name in LISTS:
        return name, [part.strip() for part in value.split(",")]
    return name, value if name in TEXTS or not value.lstrip("-").isdecimal() else int(value)


def _told(found: Any, as_json: bool) -> None:
    if as_json:
        show(found, as_json)
        return
    rows = [(name, getattr(found, name), found.server and getattr(found.server, name)) for name in _names()]
    show_all(rows, COLUMNS, as_json, none="")
    note(found.problem)

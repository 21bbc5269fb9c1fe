"""`jellystone teams …`."""

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import sure, team, yes
from jellystone.cli.members import members
from jellystone.cli.showing import Columns, as_json, show, show_all
from jellystone.cli.tokens import tokens

COLUMNS: Columns = {
    "team": lambda it: it.slug,
    "name": lambda it: it.name,
    "your rank": lambda it: it.rank,
    "members": lambda it: it.members,
    "databases": lambda it: it.databases,
}


@click.group("teams")
def command() -> None:
    """See, found, rename and disband teams; their members and their tokens."""


command.add_command(members)
command.add_command(tokens)


@command.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List your teams."""
    with asking() as jellystone:
        none = "You belong to no team. `jellystone teams create NAME` founds one."
        show_all(jellystone.teams.list(), COLUMNS, as_json, none=none)


@command.command("show")
@team
@as_json
def show_(team: str, as_json: bool) -> None:
    """Show a team, by its slug."""
    with asking() as jellystone:
        show(jellystone.teams.get(team), as_json)


@command.command("create")
@click.argument("name")
@as_json
def create(name: str, as_json: bool) -> None:
    """Found a team and own it. Its first token is shown."""
    with asking() as jellystone:
        show(jellystone.teams.create(name), as_json)


@command.command("rename")
@team
@click.argument("name")
@as_json
def rename(team: str, name: str, as_json: bool) -> None:
    """Give a team another name. Its slug stays."""
    with asking() as jellystone:
        show(jellystone.teams.update(team, name=name), as_json)


@command.command("delete")
@team
@yes
def delete(team: str, yes: bool) -> None:
    """Disband a team that has no databases."""
    sure(f"Disband {team}?", yes)
    with asking() as jellystone:
        jellystone.teams.delete(team)
    click.echo(f"{team} is disbanded.", err=True)

"""`jellystone databases …`."""

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import chosen, database, limit, of_team, something, sure, yes
from jellystone.cli.showing import Columns, as_json, show, show_all, size

COLUMNS: Columns = {
    "database": lambda it: it.id,
    "team": lambda it: it.team,
    "status": lambda it: it.status,
    "roles": lambda it: it.roles,
    "size": lambda it: size(it.size_bytes),
    "protected": lambda it: it.protected,
    "description": lambda it: it.description,
}

slow = click.option(
    "--slow-query-ms",
    type=click.IntRange(0),
    metavar="NUMBER",
    help="Queries that run longer get into the log of slow ones.",
)


@click.group("databases")
def command() -> None:
    """See, make, change and delete databases."""


@command.command("list")
@of_team
@click.option("--server", metavar="SERVER", default="", help="Only those on this server.")
@click.option("--q", metavar="TEXT", default="", help="Only names that contain this.")
@as_json
def list_(team: str | None, server: str, q: str, as_json: bool) -> None:
    """List the databases that you may see."""
    with asking() as jellystone:
        found = jellystone.databases.list(team=team or "", server=server, q=q)
        show_all(
            found, COLUMNS, as_json, none="There is none. `jellystone databases create NAME --team TEAM` makes one."
        )


@command.command("show")
@database
@as_json
def show_(database: str, as_json: bool) -> None:
    """Show a database, such as main/orders."""
    with asking() as jellystone:
        show(jellystone.databases.get(database), as_json)


@command.command("create")
@click.argument("name")
@of_team
@click.option("--server", metavar="SERVER", help="Where; main unless told otherwise.")
@click.option("--description", metavar="TEXT")
@limit
@slow
@click.option("--protected/--unprotected", default=None, help="Whether it can be deleted; protected at first.")
@click.option("--encoding", metavar="NAME", help="Such as UTF8.")
@click.option("--locale-provider", type=click.Choice(["libc", "icu", "builtin"]))
@click.option("--locale", metavar="NAME", help="Such as C.UTF-8, or de-DE for icu.")
@click.option("--owner-role", is_flag=True, default=None, help="With a role that owns it; its password is shown.")
@as_json
def create(name: str, as_json: bool, **options: object) -> None:
    """Make a database for a team."""
    with asking() as jellystone:
        made = jellystone.databases.create(name, **chosen(**options))
    show(made, as_json)
    if made.owner is None and not as_json:
        click.echo(f"\nGive it a role: `jellystone roles create NAME --database {made.id}`.", err=True)


@command.command("update")
@database
@click.option("--description", metavar="TEXT")
@limit
@slow
@click.option("--protected/--unprotected", default=None, help="Whether it can be deleted.")
@as_json
def update(database: str, as_json: bool, **options: object) -> None:
    """Change a database. What is not named stays."""
    changes = something(chosen(**options))
    with asking() as jellystone:
        show(jellystone.databases.update(database, **changes), as_json)


@command.command("delete")
@database
@yes
def delete(database: str, yes: bool) -> None:
    """Delete a database with everything in it. It must not be protected."""
    sure(f"Delete {database} with its roles and everything in it?", yes)
    with asking() as jellystone:
        jellystone.databases.delete(database)
    click.echo(f"{database} is deleted.", err=True)


@command.command("move")
@database
@click.option("--team", metavar="TEAM", required=True, help="The slug of the team that gets it.")
@as_json
def move(database: str, team: str, as_json: bool) -> None:
    """Move a database to another team. You must own both."""
    with asking() as jellystone:
        show(jellystone.databases.move(database, team=team), as_json)

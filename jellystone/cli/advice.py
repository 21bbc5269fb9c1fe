"""`jellystone advice`."""

from typing import TYPE_CHECKING

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import completed, databases_of, of_team
from jellystone.cli.seeing import number
from jellystone.cli.showing import Columns, ago, as_json, prose, show_all

if TYPE_CHECKING:
    from jellystone.facts.advice import Advice

STATES = click.Choice(["act", "watch", "unknown", "ok"])
WELL: Columns = {"state": lambda it: it.state, "check": lambda it: it.check, "what it is about": lambda it: it.title}


@click.command("advice", short_help="Show what needs you and what to do, in all your databases or in one.")
@click.argument("database", required=False, shell_complete=completed(databases_of))
@of_team
@click.option("--state", type=STATES, help="Only what is in this state.")
@number(50)
@as_json
def command(database: str | None, team: str | None, state: str | None, number: int, as_json: bool) -> None:
    """Show what needs you in all your databases, worst first; or every check of DATABASE, such as main/orders."""
    from itertools import islice

    if database and team:
        raise click.UsageError("Name a database or a team.")
    with asking() as jellystone:
        if database:
            every = [one for one in jellystone.advice.of_database(database) if state in (None, one.state)]
        else:
            listed = jellystone.advice.list(state=state, team=team or "", per_page=number)  # type: ignore[arg-type]
            every = list(islice(listed, number))
    if as_json:
        show_all(every, {}, as_json, none="")
        return
    needy = [one for one in every if one.state in ("act", "watch")]
    for one in needy:
        _tell(one)
    if others := [one for one in every if one.state not in ("act", "watch")]:
        show_all(others, WELL, as_json, none="")
    elif not needy:
        click.echo("Nothing needs you." if state is None else "There is none.", err=True)


def _tell(one: "Advice") -> None:
    since = f", for {ago(one.since)}" if one.since else ""
    prose(f"{one.state}  {one.object}: {one.title} ({one.check}{since})")
    prose(one.summary, "  ")
    prose(one.what, "  ")
    for line in (one.sql or "").splitlines():
        click.echo(f"    {line}")
    click.echo()

"""`jellystone events`."""

from itertools import islice
from typing import Any

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import of_team
from jellystone.cli.seeing import number
from jellystone.cli.showing import Columns, as_json, show_all

COLUMNS: Columns = {
    "when": lambda it: it.at,
    "who": lambda it: it.actor,
    "did": lambda it: it.action,
    "to": lambda it: f"{it.object_kind} {it.object}",
    "with": lambda it: ", ".join(f"{name}: {value}" for name, value in it.details.items()),
    "from": lambda it: it.address,
}


@click.command("events")
@of_team
@click.option("--all", "everything", is_flag=True, help="Everything that was done, for operators.")
@click.option("--person", metavar="TEXT", default="", help="Only by whose name contains this.")
@click.option("--object", metavar="TEXT", default="", help="Only to what contains this, such as main/orders.")
@click.option("--action", metavar="TEXT", default="", help="Only this, such as deleted.")
@click.option("--since", metavar="DAY", default="", help="From this day on, such as 2030-01-31; in UTC.")
@click.option("--until", metavar="DAY", default="", help="Until the end of this day.")
@number(50, 10_000)
@as_json
def command(team: str | None, everything: bool, number: int, as_json: bool, **wanted: Any) -> None:
    """Show who did what, when and from where, the newest first: to your account, or in a team.

    Without --team it is what you did; with a team's token, what was done in that team.
    """
    if team and everything:
        raise click.UsageError("Say --team or --all.")
    wanted["per_page"] = min(number, 200)
    with asking() as jellystone:
        if everything:
            found = jellystone.events.of_instance(**wanted)
        elif team := team or _own_team(jellystone):
            found = jellystone.events.of_team(team, **wanted)
        else:
            found = jellystone.events.of_account(**wanted)
        show_all(islice(found, number), COLUMNS, as_json, none="There is none.")


def _own_team(jellystone: Any) -> str | None:
    """A team's token has no account, but a team."""
    from jellystone.client import Forbidden

    try:
        jellystone.account.get()
    except Forbidden:
        return next((team.slug for team in jellystone.teams.list()), None)
    return None

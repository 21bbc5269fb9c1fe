"""`jellystone teams members …`."""

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import RANK, sure, team, yes
from jellystone.cli.showing import Columns, as_json, show, show_all

MEMBERS: Columns = {
    "e-mail": lambda it: it.email,
    "rank": lambda it: it.rank,
    "opens passwords": lambda it: it.rank != "viewer" and not it.locked,
    "since": lambda it: it.joined_at.date(),
}
INVITED: Columns = {
    "e-mail": lambda it: it.email,
    "rank": lambda it: it.rank,
    "until": lambda it: it.expires_at.date(),
    "link": lambda it: it.link,
}
email = click.argument("email")


@click.group("members")
def members() -> None:
    """See, invite, rank and remove people."""


@members.command("list")
@team
@as_json
def list_(team: str, as_json: bool) -> None:
    """List the members of a team."""
    with asking() as jellystone:
        show_all(jellystone.members.list(team), MEMBERS, as_json, none="There is none.")


@members.command("invite")
@team
@click.argument("emails", metavar="EMAIL…", nargs=-1, required=True)
@click.option("--rank", type=RANK, default="member", show_default=True)
@as_json
def invite(team: str, emails: tuple[str, ...], rank: str, as_json: bool) -> None:
    """Invite people. Each gets a mail; the links are shown, too."""
    with asking() as jellystone:
        issued = jellystone.invitations.create(team, emails, rank=rank)  # type: ignore[arg-type]
    show_all(issued, INVITED, as_json, none="")


@members.command("rank")
@team
@email
@click.argument("rank", type=RANK)
@as_json
def rank(team: str, email: str, rank: str, as_json: bool) -> None:
    """Give a member another rank."""
    with asking() as jellystone:
        show(jellystone.members.update(team, email, rank=rank), as_json)  # type: ignore[arg-type]


@members.command("remove")
@team
@email
@yes
def remove(team: str, email: str, yes: bool) -> None:
    """Take somebody out of a team, or leave it yourself."""
    sure(f"Take {email} out of {team}?", yes)
    with asking() as jellystone:
        jellystone.members.delete(team, email)
    click.echo(f"{email} no longer belongs to {team}.", err=True)

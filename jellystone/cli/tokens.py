"""`jellystone teams tokens …`."""

from uuid import UUID

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import SCOPES, sure, team, yes
from jellystone.cli.showing import Columns, as_json, show, show_all

TOKENS: Columns = {
    "id": lambda it: it.id,
    "name": lambda it: it.name,
    "begins with": lambda it: it.prefix,
    "scopes": lambda it: it.scopes,
    "expires": lambda it: it.expires_at and it.expires_at.date(),
    "last used": lambda it: it.last_used_at and it.last_used_at.date(),
}


@click.group("tokens")
def tokens() -> None:
    """See, make and revoke a team's tokens."""


@tokens.command("list")
@team
@as_json
def list_(team: str, as_json: bool) -> None:
    """List the tokens of a team."""
    with asking() as jellystone:
        show_all(jellystone.team_tokens.list(team), TOKENS, as_json, none="There is none.")


@tokens.command("create")
@team
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="May be repeated.")
@click.option("--days", type=click.IntRange(1, 3650), help="Until it expires; never unless told.")
@as_json
def create(team: str, name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """Make a token for a program. It is shown once."""
    with asking() as jellystone:
        show(jellystone.team_tokens.create(team, name, scopes=scopes, expires_in_days=days), as_json)  # type: ignore[arg-type]


@tokens.command("revoke")
@team
@click.argument("id", type=click.UUID)
@yes
def revoke(team: str, id: UUID, yes: bool) -> None:
    """Revoke a token, by its id. From then on it opens nothing."""
    sure(f"Revoke the token {id} of {team}?", yes)
    with asking() as jellystone:
        jellystone.team_tokens.delete(team, id)
    click.echo("The token is revoked.", err=True)

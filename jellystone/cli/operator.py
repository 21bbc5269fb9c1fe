"""`jellystone operator add|remove`."""

import click

from jellystone.cli.instance import data_dir, settings_with, with_database
from jellystone.errors import Misconfigured, Problem


@click.group("operator")
def command() -> None:
    """Make an account an operator of this instance, or no longer one."""


@command.command("add")
@data_dir
@click.argument("email")
def add(data_dir: str | None, email: str) -> None:
    """EMAIL looks after the instance from now on: sees every team and server, and no password."""
    _set_operator(data_dir, email, operator=True)


@command.command("remove")
@data_dir
@click.argument("email")
def remove(data_dir: str | None, email: str) -> None:
    """EMAIL no longer looks after the instance. One operator always stays."""
    _set_operator(data_dir, email, operator=False)


def _set_operator(data_dir: str | None, email: str, *, operator: bool) -> None:
    import asyncio

    from jellystone import settings
    from jellystone.database import DB
    from jellystone.migrate import pending
    from jellystone.serve import reach_our_database
    from jellystone.services import people

    async def change() -> None:
        await reach_our_database()
        if await pending():
            raise Misconfigured("Our own database is not up to date. Run `jellystone migrate` first.")
        await people.set_operator(email, operator=operator)

    given = settings_with(data_dir=data_dir)
    with with_database(given) as usable:
        settings.use(usable)
        DB.configure(usable.database_url)
        try:
            asyncio.run(change())
        except Problem as problem:
            raise Misconfigured(str(problem)) from None
    click.echo(f"{email.strip().lower()} is {'an operator now' if operator else 'no longer an operator'}.")

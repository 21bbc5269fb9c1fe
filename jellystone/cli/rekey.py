"""`jellystone rekey`."""

from typing import TYPE_CHECKING

import click

from jellystone.cli.failures import PROBLEM, Stopped
from jellystone.cli.instance import data_dir, settings_with, with_database
from jellystone.errors import Misconfigured

if TYPE_CHECKING:
    from jellystone.services.rekeying import Found


@click.command("rekey")
@data_dir
def command(data_dir: str | None) -> None:
    """Encrypt everything anew with the first JELLYSTONE_SECRET_KEY.

    Put a new key before the old one in JELLYSTONE_SECRET_KEY, restart every replica, run this, and take the old key
    away. It can be run at any time, and again.
    """
    import asyncio

    from jellystone import settings
    from jellystone.database import DB
    from jellystone.migrate import pending
    from jellystone.serve import reach_our_database
    from jellystone.services import rekeying

    async def rekey() -> "list[Found]":
        await reach_our_database()
        if await pending():
            raise Misconfigured("Our own database is not up to date. Run `jellystone migrate` first.")
        return await rekeying.rekey()

    with with_database(settings_with(data_dir=data_dir)) as usable:
        settings.use(usable)
        DB.configure(usable.database_url)
        found = asyncio.run(rekey())
    for one in found:
        if one.anew:
            click.echo(f"{one.anew} of the {one.place.what} are encrypted anew.")
    left = [f"{one.in_words}: {rekeying.UNREADABLE}" for one in found if one.unreadable]
    left += [f"{one.former} of the {one.place.what} were in use. Run this again." for one in found if one.former]
    if left:
        raise Stopped("\n".join(left), PROBLEM)
    click.echo("All secrets are under the first key. No other is needed.")

"""`jellystone migrate`."""

import click

from jellystone.cli.instance import data_dir, log_as, settings_with, with_database


@click.command("migrate")
@data_dir
def command(data_dir: str | None) -> None:
    """Bring our own database up to date. Safe when many start it at once."""
    import asyncio

    from jellystone.database import DB
    from jellystone.migrate import migrate
    from jellystone.serve import reach_our_database

    async def bring() -> list[str]:
        await reach_our_database()
        return await migrate()

    given = settings_with(data_dir=data_dir)
    log_as(given)
    with with_database(given) as usable:
        DB.configure(usable.database_url)
        applied = asyncio.run(bring())
        for name in applied:
            click.echo(f"Applied {name}")
        if not applied:
            click.echo("Nothing to do: our own database is up to date.")

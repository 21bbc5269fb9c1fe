"""`jellystone serve · migrate · doctor`. What is heavy is imported by the command that needs it."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from jellystone import __version__
from jellystone.errors import Misconfigured

if TYPE_CHECKING:
    from jellystone.settings import Settings

data_dir = click.option("--data-dir", metavar="FOLDER", help="Where data is kept that comes along.")


class Commands(click.Group):
    """Says what is wrong with settings, data folder or machine, and ends with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Misconfigured as error:
            click.echo(f"{error}", err=True)
            sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jellystone", message="%(prog)s %(version)s")
def main() -> None:
    """Self-service for PostgreSQL: teams, databases, roles and passwords, for people and for programs.

    Every setting is an environment variable JELLYSTONE_…, or a line in a file .env; the README lists them.
    """


@main.command()
@click.option("--host", metavar="ADDRESS", help="Where to listen; localhost unless told otherwise.")
@click.option("--port", type=int, metavar="NUMBER", help="4000 unless told otherwise.")
@data_dir
@click.option("--open", "open_", is_flag=True, help="Open a browser when it answers.")
def serve(host: str | None, port: int | None, data_dir: str | None, open_: bool) -> None:
    """Start everything: PostgreSQL that comes along, our own database, the web server."""
    given = _settings(host=host, port=port, data_dir=data_dir, open="true" if open_ else None)
    _log(given)
    click.echo(f"Jellystone {__version__}")
    from jellystone.serve import serve

    try:
        serve(given, _say)
    except KeyboardInterrupt:
        sys.exit(130)


@main.command()
@data_dir
def migrate(data_dir: str | None) -> None:
    """Bring our own database up to date. Safe when many start it at once."""
    import asyncio

    from jellystone.database import DB
    from jellystone.migrate import migrate
    from jellystone.serve import reach_our_database

    async def bring() -> list[str]:
        await reach_our_database()
        return await migrate()

    given = _settings(data_dir=data_dir)
    _log(given)
    with _with_database(given) as usable:
        DB.configure(usable.database_url)
        applied = asyncio.run(bring())
        for name in applied:
            click.echo(f"Applied {name}")
        if not applied:
            click.echo("Nothing to do: our own database is up to date.")


@main.command()
@data_dir
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--mail", "mail_to", metavar="ADDRESS", help="Send a mail there, to see whether it arrives.")
def doctor(data_dir: str | None, as_json: bool, mail_to: str | None) -> None:
    """Look at settings, our own database, every managed server and mail, and say what to do."""
    from jellystone import doctor

    findings = doctor.examine(lambda: _settings(data_dir=data_dir), mail_to=mail_to)
    click.echo(doctor.as_json(findings) if as_json else doctor.as_text(findings))
    sys.exit(1 if any(finding.state == "bad" for finding in findings) else 0)


@main.group()
def operator() -> None:
    """Make an account an operator of this instance, or no longer one."""


@operator.command("add")
@data_dir
@click.argument("email")
def add_operator(data_dir: str | None, email: str) -> None:
    """EMAIL looks after the instance from now on: sees every team and server, and no password."""
    _set_operator(data_dir, email, operator=True)


@operator.command("remove")
@data_dir
@click.argument("email")
def remove_operator(data_dir: str | None, email: str) -> None:
    """EMAIL no longer looks after the instance. One operator always stays."""
    _set_operator(data_dir, email, operator=False)


def _set_operator(data_dir: str | None, email: str, *, operator: bool) -> None:
    import asyncio

    from jellystone import settings
    from jellystone.database import DB
    from jellystone.errors import Misconfigured, Problem
    from jellystone.migrate import pending
    from jellystone.serve import reach_our_database
    from jellystone.services import people

    async def change() -> None:
        await reach_our_database()
        if await pending():
            raise Misconfigured("Our own database is not up to date. Run `jellystone migrate` first.")
        await people.set_operator(email, operator=operator)

    given = _settings(data_dir=data_dir)
    with _with_database(given) as usable:
        settings.use(usable)
        DB.configure(usable.database_url)
        try:
            asyncio.run(change())
        except Problem as problem:
            raise Misconfigured(str(problem)) from None
    click.echo(f"{email.strip().lower()} is {'an operator now' if operator else 'no longer an operator'}.")


def _settings(**options: object) -> "Settings":
    """Options win over variables, and variables over `.env`."""
    from jellystone import settings
    from jellystone.environment import PREFIX

    chosen = {PREFIX + name.upper(): str(value) for name, value in options.items() if value is not None}
    return settings.load({**os.environ, **chosen})


@contextmanager
def _with_database(given: "Settings") -> Iterator["Settings"]:
    """The cluster of the data folder if `serve` runs it, else started for as long as this takes."""
    from jellystone import embedded

    if not given.embedded:
        yield given
    elif usable := embedded.found_running(given):
        yield usable
    else:
        with embedded.held(given), embedded.started(given, _say) as (usable, _):
            yield usable


def _log(given: "Settings") -> None:
    import logging

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.Formatter.default_time_format, logging.Formatter.default_msec_format = "%Y-%m-%dT%H:%M:%SZ", None
    logging.Formatter.converter = time.gmtime
    logging.getLogger("jellystone").setLevel(given.log_level.upper())


def _say(text: str, seconds: float) -> None:
    click.echo(f"  {text}  {seconds:.1f} s")


if __name__ == "__main__":
    main()

"""`jellystone psql`."""

import os
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from jellystone.cli.asking import asking
from jellystone.cli.failures import NOT_FOUND, Stopped
from jellystone.cli.given import ACCESS, database

if TYPE_CHECKING:
    from jellystone.client import Jellystone
    from jellystone.facts.databases import Connection
    from jellystone.facts.roles import Role

MOST_FIRST = ["owner", "readwrite", "readonly"]
LEFT_BEHIND = ("PGSERVICE", "PGHOSTADDR", "PGPASSFILE", "JELLYSTONE_TOKEN")  # would lead elsewhere, or is not psql's


@click.command("psql")
@database
@click.option("--role", metavar="NAME", help="Who to connect as; the one that may do most unless told otherwise.")
@click.option("--access", type=ACCESS, help="A role with this access.")
@click.argument("arguments", metavar="[-- ARGUMENTS]", nargs=-1, type=click.UNPROCESSED)
def command(database: str, role: str | None, access: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on DATABASE, such as main/orders, with a role's revealed password.

    The password stands in the environment of psql only: on no command line, and in no file. What follows `--` is for
    psql: `jellystone psql main/orders -- -c 'select 1'`.
    """
    program = shutil.which("psql")
    if program is None:
        raise Stopped("psql is not on the PATH. Install the client programs of PostgreSQL (postgresql-client).")
    with asking() as jellystone:
        where = jellystone.databases.get(database).connection
        name = role or _choice(jellystone, database, access).name
        password = jellystone.roles.reveal(f"{database}/{name}").password
    sys.stdout.flush()
    os.execve(program, [program, *arguments], _environment(where, name, password))  # noqa: S606


def _choice(jellystone: "Jellystone", database: str, access: str | None) -> "Role":
    """Of those with which one can connect; says on stderr which it took where there are several."""
    found = [role for role in jellystone.roles.list(database) if access in (None, role.access) and _is_usable(role)]
    if not found:
        wanted = f" --access {access}" if access else ""
        words = f"{database} has no role{f' with access {access}' if access else ''} that could connect."
        raise Stopped(f"{words} `jellystone roles create NAME --database {database}{wanted}` makes one.", NOT_FOUND)
    found.sort(key=lambda role: (MOST_FIRST.index(role.access), role.name))
    chosen, *others = found
    if others:
        rest = ", ".join(f"{role.name} ({role.access})" for role in others)
        click.echo(f"As {chosen.name} ({chosen.access}). With --role also: {rest}.", err=True)
    return chosen


def _is_usable(role: "Role") -> bool:
    expired = role.valid_until is not None and role.valid_until <= datetime.now(UTC)
    return role.readable and role.enabled and role.status == "ready" and not expired


def _environment(where: "Connection", role: str, password: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in LEFT_BEHIND}
    return kept | {
        "PGHOST": where.host,
        "PGPORT": str(where.port),
        "PGDATABASE": where.database,
        "PGUSER": role,
        "PGPASSWORD": password,
        "PGSSLMODE": where.sslmode,
    }

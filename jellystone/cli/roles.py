"""`jellystone roles …`."""

from typing import TYPE_CHECKING

import click

from jellystone.cli.asking import asking
from jellystone.cli.failures import Stopped
from jellystone.cli.given import (
    ACCESS,
    checked,
    chosen,
    database,
    from_stdin,
    limit,
    password_from,
    role,
    something,
    sure,
    until,
    yes,
)
from jellystone.cli.showing import Columns, as_json, show, show_all

if TYPE_CHECKING:
    from jellystone.facts.roles import RoleWithPassword

COLUMNS: Columns = {
    "role": lambda it: it.id,
    "access": lambda it: it.access,
    "status": lambda it: it.status,
    "enabled": lambda it: it.enabled,
    "connections": lambda it: it.connections,
    "valid until": lambda it: it.valid_until and it.valid_until.date(),
    "password changed": lambda it: it.password_changed_at and it.password_changed_at.date(),
}
FORMATS = ["password", "uri", "psql", "env", "pgpass", "jdbc", "dotnet", "django", "sqlalchemy", "kubernetes"]


@click.group("roles")
def command() -> None:
    """See, make, change and delete a database's roles, and reveal or change their passwords."""


@command.command("list")
@database
@as_json
def list_(database: str, as_json: bool) -> None:
    """List the roles of a database, such as main/orders."""
    with asking() as jellystone:
        none = f"There is none. `jellystone roles create NAME --database {database}` makes one."
        show_all(jellystone.roles.list(database), COLUMNS, as_json, none=none)


@command.command("show")
@role
@as_json
def show_(role: str, as_json: bool) -> None:
    """Show a role, such as main/orders/orders_app."""
    with asking() as jellystone:
        show(jellystone.roles.get(role), as_json)


@command.command("create")
@click.argument("name")
@click.option(
    "--database", required=True, metavar="DATABASE", help="Such as main/orders.", callback=lambda *it: checked(it[2], 2)
)
@click.option("--access", type=ACCESS, help="readwrite unless told otherwise.")
@limit
@until
@from_stdin
@as_json
def create(name: str, database: str, password_stdin: bool, as_json: bool, **options: object) -> None:
    """Make a role that can log in. Its password is shown."""
    password = password_from(password_stdin)
    with asking() as jellystone:
        show(jellystone.roles.create(database, name, **chosen(password=password, **options)), as_json)


@command.command("update")
@role
@click.option("--access", type=ACCESS)
@limit
@until
@click.option("--enabled/--disabled", default=None, help="Whether it may log in.")
@as_json
def update(role: str, as_json: bool, **options: object) -> None:
    """Change a role. Another access, or --disabled, ends its sessions."""
    changes = something(chosen(**options))
    with asking() as jellystone:
        show(jellystone.roles.update(role, **changes), as_json)


@command.command("delete")
@role
@yes
def delete(role: str, yes: bool) -> None:
    """Delete a role. What it made stays, and belongs to the database's owners."""
    sure(f"Delete {role}?", yes)
    with asking() as jellystone:
        jellystone.roles.delete(role)
    click.echo(f"{role} is deleted.", err=True)


@command.command("password")
@role
@click.option("--change", is_flag=True, help="Give it a new one first.")
@click.option("--end-sessions", is_flag=True, help="With --change: end the role's sessions, too.")
@from_stdin
@click.option("--format", "format_", type=click.Choice(FORMATS), help="Only this, as another program wants it.")
@as_json
def password(
    role: str, change: bool, end_sessions: bool, password_stdin: bool, format_: str | None, as_json: bool
) -> None:
    """Reveal a role's password, or change it. Who does is recorded."""
    if (end_sessions or password_stdin) and not change:
        raise click.UsageError("This goes with --change.")
    wanted = password_from(password_stdin)
    with asking() as jellystone:
        if change:
            options = chosen(password=wanted, end_sessions=end_sessions or None)
            found = jellystone.roles.change_password(role, **options)
        else:
            found = jellystone.roles.reveal(role)
    if format_ is None or as_json:
        show(found, as_json)
    else:
        click.echo(_as_format(found, format_))


def _as_format(found: "RoleWithPassword", wanted: str) -> str:
    if wanted == "password":
        return found.password
    if wanted not in found.formats:
        raise Stopped(f"This password cannot be written as {wanted}.")
    return found.formats[wanted]

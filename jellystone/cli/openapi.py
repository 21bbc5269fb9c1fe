"""`jellystone openapi`."""

from typing import Any

import click

# Neither is used: nothing is connected. They keep the description from depending on where it is printed.
NOWHERE = {"JELLYSTONE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "JELLYSTONE_SECRET_KEY": "-" * 32}


@click.command("openapi")
@click.option("--compact", is_flag=True, help="On one line.")
def command(compact: bool) -> None:
    """Print the description of the API (OpenAPI 3.1). Needs no database and no settings."""
    click.echo(printed(described(), compact=compact))


def described() -> dict[str, Any]:
    """As an instance without TLS serves it at /api/openapi.json."""
    from jellystone import settings
    from jellystone.app import create_app
    from jellystone.web.openapi import description_of

    return description_of(create_app(settings.load(NOWHERE, dotenv=None), jobs=False))


def printed(description: dict[str, Any], *, compact: bool = False) -> str:
    import msgspec

    text = msgspec.json.encode(description)
    return (text if compact else msgspec.json.format(text, indent=2)).decode()

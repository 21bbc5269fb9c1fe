"""`jellystone terraform install`."""

import sys
from pathlib import Path

import click


@click.group("terraform")
def command() -> None:
    """Databases as code: the provider for Terraform and OpenTofu."""


@command.command(short_help="Put the provider where `init` finds it.")
@click.option(
    "--plugin-dir",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to put it; ~/.terraform.d/plugins, where both look by themselves, unless told otherwise.",
)
def install(plugin_dir: Path | None) -> None:
    """Put the provider where `terraform init` and `tofu init` find it, without any network."""
    from importlib.util import find_spec

    from jellystone.terraform import mirror

    if find_spec("tf") is None:
        click.echo('The provider needs one more package. Run: pip install "jellystone[terraform]"', err=True)
        sys.exit(1)
    folder = (plugin_dir or mirror.usual_folder()).expanduser().absolute()
    mirror.install(folder)
    click.echo(f"The provider {mirror.version()} is in {folder}. Name it in your configuration:\n")
    click.echo("terraform {\n  required_providers {\n    jellystone = {")
    click.echo(f'      source  = "{mirror.SOURCE}"\n      version = "{mirror.version()}"\n    }}\n  }}\n}}\n')
    option = f" -plugin-dir={folder}" if plugin_dir else ""
    click.echo(f"Then run: terraform init{option} (or: tofu init{option})")

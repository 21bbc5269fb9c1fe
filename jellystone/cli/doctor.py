"""`jellystone doctor`."""

import sys

import click

from jellystone.cli.instance import data_dir, settings_with


@click.command("doctor")
@data_dir
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--mail", "mail_to", metavar="ADDRESS", help="Send a mail there, to see whether it arrives.")
def command(data_dir: str | None, as_json: bool, mail_to: str | None) -> None:
    """Look at settings, our own database, every managed server and mail, and say what to do."""
    from jellystone import doctor

    findings = doctor.examine(lambda: settings_with(data_dir=data_dir), mail_to=mail_to)
    click.echo(doctor.as_json(findings) if as_json else doctor.as_text(findings))
    sys.exit(1 if any(finding.state == "bad" for finding in findings) else 0)

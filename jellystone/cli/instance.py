"""What every command that runs on the instance itself needs: its settings, its database, its log."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from jellystone.settings import Settings

data_dir = click.option("--data-dir", metavar="FOLDER", help="Where data is kept that comes along.")


def settings_with(**options: object) -> "Settings":
    """Options win over variables, and variables over `.env`."""
    from jellystone import settings
    from jellystone.environment import PREFIX

    chosen = {PREFIX + name.upper(): str(value) for name, value in options.items() if value is not None}
    return settings.load({**os.environ, **chosen})


@contextmanager
def with_database(given: "Settings") -> Iterator["Settings"]:
    """The cluster of the data folder if `serve` runs it, else started for as long as this takes."""
    from jellystone import embedded

    if not given.embedded:
        yield given
    elif usable := embedded.found_running(given):
        yield usable
    else:
        with embedded.held(given), embedded.started(given, say) as (usable, _):
            yield usable


def log_as(given: "Settings") -> None:
    import logging

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.Formatter.default_time_format, logging.Formatter.default_msec_format = "%Y-%m-%dT%H:%M:%SZ", None
    logging.Formatter.converter = time.gmtime
    logging.getLogger("jellystone").setLevel(given.log_level.upper())


def say(text: str, seconds: float) -> None:
    """One step of a start, and how long it took."""
    click.echo(f"  {text}  {seconds:.1f} s")

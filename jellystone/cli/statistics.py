"""`jellystone statistics`."""

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import database
from jellystone.cli.seeing import SPAN
from jellystone.cli.showing import Columns, as_json, show, show_all, size

POINTS: Columns = {
    "from": lambda it: it.at,
    "size": lambda it: size(it.size_bytes),
    "connections": lambda it: it.connections,
    "most": lambda it: it.connections_most,
    "commits/s": lambda it: it.commits_per_second,
    "rows read/s": lambda it: it.rows_read_per_second,
    "cache hit %": lambda it: it.cache_hit_percent,
    "spilled/s": lambda it: size(it.temp_bytes_per_second),
}


@click.command("statistics")
@database
@click.option("--span", type=SPAN, help="Also show how it was in the last hour, day … step by step.")
@as_json
def command(database: str, span: str | None, as_json: bool) -> None:
    """Show how a database is used: size, connections, last use, and more. What is missing is not known."""
    with asking() as jellystone:
        found = jellystone.statistics.of_database(database, span=span or "day")  # type: ignore[arg-type]
    if as_json:
        show(found, as_json)
        return
    show(found.now, as_json)
    if span:
        click.echo()
        known = [point for point in found.points if point.connections is not None or point.size_bytes is not None]
        show_all(known, POINTS, as_json, none=f"Nothing is known of the last {span} yet.")

"""`jellystone queries …`."""

import click

from jellystone.cli.asking import asking
from jellystone.cli.given import database
from jellystone.cli.seeing import Named, note, number, rest, span
from jellystone.cli.showing import Columns, as_json, one_line, show, show_all, spelled

COLUMNS: Columns = {
    "query": lambda it: it.queryid,
    "calls": lambda it: f"{it.calls:,}",
    "total": lambda it: lasting(it.total_ms),
    "mean": lambda it: lasting(it.mean_ms),
    "share": lambda it: None if it.share is None else f"{it.share:.0%}",
    "rows": lambda it: f"{it.rows:,}",
    "text": lambda it: one_line(it.text),
}
RUNS: Columns = {
    "started": lambda it: it.started_at,
    "took": lambda it: lasting(it.duration_ms),
    "role": lambda it: it.role,
    "application": lambda it: it.application,
    "waited for": lambda it: it.wait,
    "text": lambda it: one_line(it.text),
}
SORTS = click.Choice(["total", "mean", "calls", "rows", "reads", "temp"])
matching = click.option("--q", metavar="TEXT", default="", help="Only those whose text contains this.")


@click.group("queries", cls=Named)
def command() -> None:
    """See what a database's queries cost, and which ran long.

    `jellystone queries main/orders` lists them.
    """


@command.command("list")
@database
@span
@matching
@click.option("--sort", type=SORTS, default="total", show_default=True, help="The most of it first.")
@number(20)
@as_json
def list_(database: str, span: str, q: str, sort: str, number: int, as_json: bool) -> None:
    """List the queries that cost most."""
    with asking() as jellystone:
        found = jellystone.queries.page(database, span=span, q=q, sort=sort, per_page=number)  # type: ignore[arg-type]
    show_all(found.items, COLUMNS, as_json, none=f"No query of the last {span} is known.")
    note(found.problem)
    note(rest(len(found.items), found.total))


@command.command("show", context_settings={"ignore_unknown_options": True})
@database
@click.argument("query")
@span
@as_json
def show_(database: str, query: str, span: str, as_json: bool) -> None:
    """Show one query, by its id in the list. --json also tells its history and who runs it."""
    with asking() as jellystone:
        found = jellystone.queries.get(database, query, span=span)  # type: ignore[arg-type]
    if as_json:
        show(found, as_json)
        return
    left_out = ("roles", "steps", "text")
    known = {name: getattr(found, name) for name in found.__struct_fields__ if name not in left_out}
    show(known | {"roles": [spent.role for spent in found.roles]}, as_json)
    if found.text:
        click.echo()
        for line in found.text.splitlines():
            click.echo(spelled(line))


@command.command("slow")
@database
@span
@matching
@click.option("--longest", is_flag=True, help="The longest first, rather than the newest.")
@number(20)
@as_json
def slow(database: str, span: str, q: str, longest: bool, number: int, as_json: bool) -> None:
    """List single runs that took longer than the database's threshold (its slow_query_ms)."""
    from itertools import islice

    with asking() as jellystone:
        sort = "longest" if longest else "newest"
        runs = jellystone.slow_runs.list(database, span=span, q=q, sort=sort, per_page=number)  # type: ignore[arg-type]
        show_all(islice(runs, number), RUNS, as_json, none=f"None within the last {span}.")


def lasting(milliseconds: float | None) -> str | None:
    if milliseconds is None:
        return None
    for step, unit in ((3_600_000, "h"), (60_000, "min"), (1000, "s")):
        if milliseconds >= step:
            return f"{milliseconds / step:,.1f} {unit}"
    return f"{milliseconds:.3g} ms"

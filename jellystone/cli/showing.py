"""What commands show: tables for people, JSON for programs. No colours, and nothing cut where nobody looks."""

import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
Columns = Mapping[str, Callable[[Any], object]]
GAP = "  "
UNKNOWN = "-"
SHORTEST = 12  # characters that stay of a column, however narrow the terminal
NOT_SHOWN = {"formats"}


def show(item: Any, as_json: bool) -> None:
    """One thing: its fields one below the other, or as an object."""
    if as_json:
        _json(item)
        return
    fields = [(name, text) for name, value in _flat(item) if (text := spelled(value))]
    longest = max((_width(name) for name, _ in fields), default=0)
    for name, text in fields:
        click.echo(f"{_padded(name, longest)}{GAP}{text}")


def show_all(items: Iterable[Any], columns: Columns, as_json: bool, *, none: str) -> None:
    """Many things: a table, or an array. `none` is what to say to people where there is nothing."""
    found = list(items)
    if as_json:
        _json(found)
    elif not found:
        click.echo(none, err=True)
    else:
        rows = [[spelled(cell(item)) or UNKNOWN for cell in columns.values()] for item in found]
        for line in aligned([[*columns], *rows], _terminal()):
            click.echo(line)


def aligned(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The widest columns give way where the lines would be longer than `width`."""
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    while width is not None and sum(widths) + len(GAP) * (len(widths) - 1) > width and max(widths) > SHORTEST:
        widths[widths.index(max(widths))] -= 1
    cut = [[_cut(cell, size) for cell, size in zip(row, widths, strict=True)] for row in rows]
    return [GAP.join(_padded(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in cut]


def spelled(value: object) -> str:
    """Unknown and empty are nothing at all."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(spelled(item) for item in value)
    return "".join(sign if sign.isprintable() else "�" for sign in str(value))


def size(octets: int | None) -> str | None:
    """8_214_051 bytes are 7.8 MB."""
    if octets is None:
        return None
    amount, unit = float(octets), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"


def _json(value: Any) -> None:
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def _flat(item: Any, before: str = "") -> Iterable[tuple[str, object]]:
    import msgspec

    fields = item if isinstance(item, dict) else msgspec.to_builtins(item)
    for name, value in fields.items():
        if isinstance(value, dict) and name not in NOT_SHOWN:
            yield from _flat(value, f"{before}{name} ")
        elif name not in NOT_SHOWN:
            yield f"{before}{name.replace('_', ' ')}", value


def _terminal() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(s) else 2 if unicodedata.east_asian_width(s) in "WF" else 1 for s in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    while _width(text) >= width:
        text = text[:-1]
    return f"{text}…"

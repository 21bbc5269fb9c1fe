"""What commands show: tables for people, JSON for programs. No colours, and nothing cut where nobody looks."""

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")
Columns = Mapping[str, Callable[[Any], object]]
GAP = "  "
UNKNOWN = "-"
SHORTEST = 12  # characters that stay of a column, however narrow the terminal
NOT_SHOWN = {"formats"}
WIDEST = 100  # characters of a line of prose, however wide the terminal
AGES = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


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


def prose(text: str, before: str = "") -> None:
    """As many lines as it takes, each with `before` in front; words stay whole."""
    width = max(min(_terminal() or WIDEST, WIDEST), 2 * SHORTEST + len(before))
    for line in text.splitlines():
        options = {"initial_indent": before, "subsequent_indent": before, "break_long_words": False}
        click.echo(textwrap.fill(_printable(line), width, break_on_hyphens=False, **options))  # type: ignore[arg-type]


def aligned(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """The widest columns give way where the lines would be longer than `width`; the first, with the ids, at last."""
    first, *others = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    while width is not None and first + sum(others) + len(GAP) * len(others) > width:
        if max(others, default=0) > SHORTEST:
            others[others.index(max(others))] -= 1
        elif first > SHORTEST:
            first -= 1
        else:
            break
    widths = [first, *others]
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
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return _printable(str(value))


def one_line(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


def ago(moment: datetime | None) -> str | None:
    """`5 min`: how long ago it was, in the largest unit of which there is one."""
    if moment is None:
        return None
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    step, unit = next((pair for pair in AGES if seconds >= pair[0]), AGES[-1])
    return f"{seconds // step} {unit}"


def _printable(text: str) -> str:
    """On one line, and without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "�" for sign in text)


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

    for name, value in msgspec.to_builtins(item, builtin_types=(datetime,)).items():
        if isinstance(value, dict) and name not in NOT_SHOWN:
            yield from _flat(value, f"{before}{name} ")
        elif name.endswith("_bytes") and isinstance(value, int):
            yield f"{before}{name.removesuffix('_bytes').replace('_', ' ')}", size(value)
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

"""Figures in words, by the unit at the end of their names."""

from collections.abc import Mapping

STEPS = ((86400, 2, "day"), (3600, 2, "hour"), (60, 2, "minute"))


def worded(seen: Mapping[str, str | int | float | None]) -> dict[str, str]:
    return {name: _word(name, value) for name, value in seen.items()}


def _word(name: str, value: str | int | float | None) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, str) or name == "pid":
        return str(value)
    if name.endswith("_bytes"):
        return size(value)
    if name.endswith("_percent"):
        return f"{value:.1f} %" if value < 10 and value != int(value) else f"{value:.0f} %"
    if name.endswith("_seconds"):
        return lasting(value)
    if name.endswith("_days"):
        return plural(int(value), "day")
    return f"{value:,.0f}"


def size(octets: float) -> str:
    """As `pg_size_pretty` names them, in steps of 1,024."""
    amount, units = float(octets), iter(("bytes", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= 999.5 and unit != "TB":
        amount, unit = amount / 1024, next(units)
    return f"{amount:.1f} {unit}" if amount < 10 and unit != "bytes" else f"{amount:,.0f} {unit}"


def lasting(seconds: float) -> str:
    """`75 seconds`, `12 minutes`: the largest unit of which there are two."""
    for step, least, name in STEPS:
        if seconds >= step * least:
            return plural(int(seconds // step), name)
    return plural(int(seconds), "second")


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

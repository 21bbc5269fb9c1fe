"""The values of parameters in words, for people."""

from typing import Any

from jellystone.facts.parameters import ParameterValues
from jellystone.web.words import size

STEPS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1000, "second"))


def said(values: ParameterValues | None) -> dict[str, str]:
    """By field. What is not known is said to be so."""
    fields = ParameterValues.__struct_fields__
    return {name: _said(name, getattr(values, name) if values else None) for name in fields}


def _said(name: str, value: Any) -> str:
    if value is None:
        return "not known yet"
    if isinstance(value, list):
        return ", ".join(value)
    if name == "log_min_duration_statement_ms":
        return "none" if value < 0 else "all of them" if value == 0 else _lasting(value)
    if name.endswith("_ms"):
        return "no limit" if value == 0 else _lasting(value)
    if name.endswith("_bytes"):
        return "no limit" if value < 0 else str(size(value))
    return str(value)


def _lasting(milliseconds: int) -> str:
    for step, unit in STEPS:
        if milliseconds % step == 0:
            number = milliseconds // step
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{milliseconds:,} ms"

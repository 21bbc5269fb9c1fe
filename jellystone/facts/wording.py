"""What is wrong with a field, in words for who filled it in."""

import re
from typing import Any, Literal, get_args, get_origin

import msgspec

MISSING = "Please fill this in."
UNKNOWN = "There is no such field here."
CHOOSE = r"[Ii]nvalid enum value"
WORDS = {
    r"length >= 1\b": MISSING,
    r"length >= (\d+)": r"Use at least \1 characters.",
    r"length <= (\d+)": r"Use at most \1 characters.",
    r"`int` >= (-?\d+)": r"Must be at least \1.",
    r"`int` <= (-?\d+)": r"Must be at most \1.",
    r"RFC3339|`datetime`": "Give a date and time with its zone, such as 2030-01-31T12:00:00Z.",
    r"Expected `int": "Give a whole number.",
    r"Expected `bool": "Give true or false.",
    r"Expected `str": "Give a text.",
    r"Expected `array": "Give a list.",
}


def words(annotation: Any, message: str) -> str:
    """The field's own words (`Meta(extra={"error": …})`), else msgspec's message put for people."""
    for meta in getattr(annotation, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.extra and "error" in meta.extra:
            return str(meta.extra["error"])
    for inner in get_args(annotation):
        if (own := words(inner, "")) and hasattr(inner, "__metadata__"):
            return own
    if re.search(CHOOSE, message) and (found := choices(annotation)):
        return f"Choose one of these: {', '.join(found)}."
    for pattern, said in WORDS.items():
        if match := re.search(pattern, message):
            return match.expand(said)
    return message.partition(" - at ")[0]


def choices(annotation: Any) -> list[str]:
    """The words that are possible, where there are only some."""
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    return [word for inner in get_args(annotation) for word in choices(inner)]

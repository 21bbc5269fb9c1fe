"""docs/advice.md lists the checks as they are. To renew it: `uv run python -m tests.test_advice_docs`."""

from typing import Any

from jellystone.paths import PACKAGE
from jellystone.postgres import checks

PAGE = PACKAGE.parent / "docs" / "advice.md"
BEGIN = "<!-- from here on written by tests/test_advice_docs.py -->\n"


def table() -> str:
    """A section for databases and one for servers."""
    lines = []
    parts: dict[str, dict[str, Any]] = {
        "Of each database": {**checks.OF_DATABASES},
        "Of each server": {**checks.OF_SERVERS},
    }
    for title, known in parts.items():
        lines += ["", f"## {title}", "", "| check | title | is said | why it matters |", "| --- | --- | --- | --- |"]
        lines += [f"| `{c.name}` | {c.title} | {c.limits} | {c.why} |" for c in known.values()]
    return "\n".join(lines).lstrip("\n") + "\n"


def test_the_checks_are_listed_as_they_are() -> None:
    assert PAGE.read_text().partition(BEGIN)[2].strip() == table().strip()


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text().partition(BEGIN)[0] + BEGIN + "\n" + table())

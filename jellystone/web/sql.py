"""SQL to be read: broken into lines, and its words in classes that a stylesheet colours. The text is never changed.

sqlparse knows no grammar, so it takes whatever there is, cut off or not; where it gives up the text stands as it is.
"""

import re
from functools import lru_cache

import sqlparse
from markupsafe import Markup, escape
from sqlparse import lexer
from sqlparse import tokens as T  # noqa: N812
from sqlparse.exceptions import SQLParseError

LONGEST = 4_000
"""Letters that are broken into lines: some tens of milliseconds. What is longer stands as it is."""
LINE = 240
TORN = re.compile(r"FILTER \(\s+WHERE|DISTINCT\s+FROM", re.IGNORECASE)
CLASSES = (
    (T.Comment, "note"),
    (T.Keyword, "keyword"),
    (T.Literal, "literal"),
    (T.Name.Placeholder, "slot"),
    (T.Name.Builtin, "type"),
)


@lru_cache(maxsize=512)
def formatted(text: str) -> Markup:
    """Over several lines, for a `<pre>`."""
    return _coloured(_broken(text) if len(text) <= LONGEST else text)


@lru_cache(maxsize=2048)
def in_a_line(text: str) -> Markup:
    """Its beginning on one line, for a row of a table."""
    line = " ".join(text[: 4 * LINE].split())
    return _coloured(line if len(line) <= LINE else f"{line[: LINE - 2].rstrip()} …")


def _broken(text: str) -> str:
    try:
        broken = sqlparse.format(text, reindent=True, indent_width=2, wrap_after=80)
    except (SQLParseError, RecursionError):
        return text
    if "'" not in text:  # else it could be within a literal
        broken = TORN.sub(lambda found: " ".join(found.group().split()).replace("( ", "("), broken)
    return broken if "".join(broken.split()) == "".join(text.split()) else text


def _coloured(text: str) -> Markup:
    if len(text) > 2 * LONGEST:
        return escape(text)
    return Markup("").join(_piece(kind, piece) for kind, piece in lexer.tokenize(text))  # type: ignore[no-untyped-call]


def _piece(kind: T._TokenType, piece: str) -> Markup:
    for group, name in CLASSES:
        if kind in group:
            return Markup('<span class="sql-{}">{}</span>').format(name, piece)
    return escape(piece)


FILTERS = {"sql": formatted, "sql_line": in_a_line}

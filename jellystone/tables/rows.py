"""Rows of several tables by one statement of our own: Piccolo would ask for each, and build each question anew."""

from functools import cache
from typing import Any

from piccolo.table import Table


def listed(**tables: type[Table]) -> str:
    """What to select, by the tables' names in the statement: `listed(d=Database, t=Team)`. `split` takes it apart."""
    return ", ".join(f'{alias}."{name}"' for alias, table in tables.items() for name in _names(table))


def split(record: Any, *tables: type[Table]) -> list[Any]:
    """The rows that `listed` of the same tables has selected."""
    found, begin = [], 0
    for table in tables:
        values = record[begin : begin + len(_names(table))]
        found.append(table(_exists_in_db=True, **dict(zip(_names(table), values, strict=True))))
        begin += len(values)
    return found


@cache
def _names(table: type[Table]) -> tuple[str, ...]:
    """Named one by one: during an update the table may have one more, which only the newer replica knows."""
    return tuple(column._meta.name for column in table._meta.columns)

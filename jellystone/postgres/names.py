"""Names and literals inside SQL, and which names we give.

Utility statements take no parameters, so names and literals are quoted here and sent as text.
"""

from jellystone.errors import Invalid
from jellystone.facts.naming import GROUP_SUFFIXES, database_name_problem, role_name_problem


def quoted(name: str) -> str:
    """An identifier. PostgreSQL cuts longer names off silently, and would then act on another's: ValueError here."""
    if "\0" in name or not 0 < len(name.encode()) <= 63:
        raise ValueError(f"not a name of 1 to 63 bytes: {name!r}")
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant, right whatever standard_conforming_strings is."""
    if "\0" in text:
        raise ValueError("a literal cannot hold a zero byte")
    inner = text.replace("'", "''")
    return " E'" + inner.replace("\\", "\\\\") + "'" if "\\" in inner else f"'{inner}'"


def group_name(database: str, access: str) -> str:
    """The role that holds this access to the database: users are its members."""
    return database + GROUP_SUFFIXES[access]


def check_database_name(name: str) -> None:
    """Raise Invalid(name=…) unless a new database may have this name."""
    if problem := database_name_problem(name):
        raise Invalid(name=problem)


def check_role_name(name: str) -> None:
    if problem := role_name_problem(name):
        raise Invalid(name=problem)

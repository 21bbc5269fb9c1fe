"""Which names we give to databases, roles and servers: the same rules for us, in forms and from afar."""

import re

DATABASE = re.compile(r"[a-z][a-z0-9_]{0,49}")  # room for _owner
ROLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
SERVER = re.compile(r"[a-z][a-z0-9_-]{0,39}")
GROUP_SUFFIXES = {"owner": "_owner", "readwrite": "_rw", "readonly": "_ro"}

TAKEN = frozenset(
    "postgres template0 template1 public none all replication sameuser samerole samegroup pgbouncer rdsadmin".split()  # noqa: SIM905
)
"""Names that PostgreSQL, pg_hba.conf, poolers or clouds give a meaning of their own."""
TAKEN_PREFIXES = ("pg_", "rds", "cloudsql", "azure_", "alloydb")

RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric system_user table tablesample then to trailing true
    union unique user using variadic verbose when where window with""".split()  # noqa: SIM905
)
"""Reserved words of PostgreSQL 14 to 18: pg_get_keywords(), catcode R and T. A name must work unquoted in psql."""


def database_name_problem(name: str) -> str | None:
    """What is wrong with a new database's name, in words for the one who chose it; None if nothing."""
    return _problem(name, DATABASE, longest=50)


def role_name_problem(name: str) -> str | None:
    return _problem(name, ROLE, longest=63)


def server_name_problem(name: str) -> str | None:
    """It stands in addresses, in ids and in metrics; on the server itself nothing bears it."""
    if not SERVER.fullmatch(name):
        return "Use at most 40 small letters (a to z), digits, - and _, beginning with a letter."
    if name == "new":
        return "new is an address here. Choose another name, such as new-1."
    return None


def _problem(name: str, pattern: re.Pattern[str], *, longest: int) -> str | None:
    if not name:
        return "Give it a name."
    if len(name) > longest:
        return f"Use at most {longest} characters."
    if not pattern.fullmatch(name):
        return "Use small letters (a to z), digits and underscores, beginning with a letter."
    if name in RESERVED:
        return f"{name} is a word of SQL. Choose another, such as {name}_1."
    if name in TAKEN or name.startswith(TAKEN_PREFIXES):
        return f"{name} has a meaning of its own on PostgreSQL servers. Choose another name."
    if name.endswith(tuple(GROUP_SUFFIXES.values())):
        return "Names ending in _owner, _rw or _ro are kept for the groups of a database. Choose another ending."
    return None

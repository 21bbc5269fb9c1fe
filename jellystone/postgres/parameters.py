"""What a database's new sessions begin with: `ALTER DATABASE … SET`, quoted in one place.

These are defaults: any session may set its own again. Only `log_min_duration_statement` and `temp_file_limit` bind
ordinary roles, and setting them takes a superuser, or from 15 on GRANT SET ON PARAMETER.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

import asyncpg

from jellystone.errors import Invalid, Refused
from jellystone.postgres.catalog import our_database
from jellystone.postgres.connection import Connection, connect
from jellystone.postgres.databases import DatabaseSpec
from jellystone.postgres.failures import in_words
from jellystone.postgres.names import literal, quoted
from jellystone.postgres.server import Server

Kind = Literal["ms", "bytes", "text", "names"]
Value = int | str | list[str]

KINDS: dict[str, Kind] = {
    "statement_timeout": "ms",
    "lock_timeout": "ms",
    "idle_in_transaction_session_timeout": "ms",
    "idle_session_timeout": "ms",
    "transaction_timeout": "ms",
    "work_mem": "bytes",
    "timezone": "text",
    "search_path": "names",
    "log_min_duration_statement": "ms",
    "temp_file_limit": "bytes",
}
BINDING = ("log_min_duration_statement", "temp_file_limit")
SINCE = {"transaction_timeout": 17}
NAME = re.compile(r'[^\x00-\x1f"\\,]{1,63}')


async def apply(server: Server, spec: DatabaseSpec, wanted: Mapping[str, Value]) -> None:
    """All of them or none. What is not wanted falls back to the server's own; others' settings stay as they are.

    Raises `Invalid` if the server knows no such value, `Refused` with the GRANT that is missing.
    """

    async def attempt() -> None:
        async with server.locked("db", spec.name) as connection:
            await our_database(connection, spec.name, spec.id)
            there = await connection.fetchval(SET_NOW, spec.name) or []
            async with connection.transaction():
                for name in sorted(set(there) - set(wanted)):
                    await connection.run(f"ALTER DATABASE {quoted(spec.name)} RESET {name}")
                for name, value in sorted(wanted.items()):
                    await _set(connection, spec.name, name, value)

    await server.retried(attempt)


async def _set(connection: Connection, database: str, name: str, value: Value) -> None:
    try:
        await connection.run(f"ALTER DATABASE {quoted(database)} SET {name} = {assigned(name, value)}")
    except asyncpg.InsufficientPrivilegeError as error:
        role = str(connection.get_settings().session_authorization)  # nothing can be asked within a failed transaction
        raise Refused(f"Our role may not set {name}. As a superuser run {grant(name, role)}") from error
    except (asyncpg.InvalidParameterValueError, asyncpg.UndefinedObjectError) as error:
        raise Invalid(**{field(name): f"The server does not take this: {error}."}) from error


def assigned(name: str, value: Value) -> str:
    """The right side of SET. -1 stands for "off" or "no limit"; milliseconds and kilobytes are PostgreSQL's units."""
    kind = KINDS[name]
    if kind == "names":
        assert isinstance(value, list)
        return ", ".join(literal(one) for one in value) or literal("")
    if kind == "text":
        return literal(str(value))
    number = int(str(value))
    return str(number) if kind == "ms" or number < 0 else f"'{-(-number // 1024)}kB'"


def field(name: str) -> str:
    """How we call it, with its unit: `work_mem_bytes`."""
    unit = {"ms": "_ms", "bytes": "_bytes"}.get(KINDS[name], "")
    return name + unit


def grant(name: str, role: str) -> str:
    return f"GRANT SET ON PARAMETER {name} TO {quoted(role)};"


async def defaults(server: Server) -> dict[str, Any]:
    """`values`: what sessions begin with where their database says nothing; `settable`: binding ones we may set.

    The values come over a short session of its own, that sets none of them for itself.
    """
    async with server.admin() as connection:
        may = RIGHT if connection.major >= 15 else ALL_OR_NONE
        rows = await connection.fetch(f"SELECT name, {may} AS may FROM unnest($1::text[]) AS name", list(BINDING))
        role = await connection.fetchval("SELECT session_user::text")
    with in_words(server.name):
        bare = await connect(server.address, server.address.admin_database, bare=True)
        try:
            found = {row["name"].lower(): row["setting"] for row in await bare.fetch(SHOWN)}
        finally:
            await bare.end()
    values = {name: read(kind, found[name]) for name, kind in KINDS.items() if name in found}
    return {"values": values, "settable": [row["name"] for row in rows if row["may"]], "role": role}


def read(kind: Kind, text: str) -> Value:
    """As pg_settings has it: milliseconds, and memory in kilobytes."""
    if kind == "names":
        return [part.strip().strip('"') for part in text.split(",") if part.strip()]
    if kind == "text":
        return text
    number = int(text)
    return number if number < 0 or kind == "ms" else number * 1024


SET_NOW = f"""
SELECT array_agg(lower(split_part(setting, '=', 1)))
FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS setting
WHERE s.setrole = 0 AND d.datname = $1::name
  AND lower(split_part(setting, '=', 1)) = ANY (ARRAY[{", ".join(map(literal, KINDS))}])"""
SHOWN = "SELECT name, setting FROM pg_catalog.pg_settings"
RIGHT = "has_parameter_privilege(name, 'SET')"
ALL_OR_NONE = "(SELECT rolsuper FROM pg_roles WHERE rolname = session_user)"

"""The statements that Jellystone sends to a managed server, from PostgreSQL's own log, to be sent again."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from jellystone.postgres.address import Address
from jellystone.postgres.connection import Connection, connect
from tests.clusters import Cluster

SAMPLE = "benchsample"
OUR_OWN = "jellystone"
PARAMETER = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")


@dataclass(frozen=True)
class Statement:
    """`session` tells connections apart; None is the warm one into the administrative database.

    `simple`: sent as plain text, as BEGIN and COMMIT are. Otherwise prepared, with `values`.
    """

    session: int | None
    text: str
    simple: bool
    values: tuple[str | None, ...] = ()


async def recorded(cluster: Cluster, create: Callable[[str], Awaitable[object]]) -> list[Statement]:
    """What `create(name)` makes the server do; recorded until two recordings agree, for others may speak as well."""
    cluster.psql("ALTER SYSTEM SET log_statement = 'all'")
    cluster.psql("SELECT pg_reload_conf()")
    await asyncio.sleep(0.5)
    before: list[Statement] = []
    for turn in range(10):
        seen, name = len(_lines(cluster)), f"{SAMPLE}{turn}"
        await create(name)
        await asyncio.sleep(0.5)
        found = _statements(_lines(cluster)[seen:], name)
        if _shape(found) == _shape(before):
            cluster.psql("ALTER SYSTEM RESET log_statement")
            cluster.psql("SELECT pg_reload_conf()")
            return found
        before = found
    raise RuntimeError("No two creations sent the same statements.")


class Replay:
    """Sends recorded statements again, for another name. The administrative connection stays; others come and go."""

    def __init__(self, cluster: Cluster, statements: list[Statement], admin: Connection) -> None:
        self.address, self.statements, self.admin = Address.from_url(cluster.url()), statements, admin
        self.values: list[list[Any]] = []

    @classmethod
    async def of(cls, cluster: Cluster, statements: list[Statement]) -> "Replay":
        replay = cls(cluster, statements, await connect(Address.from_url(cluster.url()), "postgres"))
        for statement in statements:
            replay.values.append(await replay._typed(statement))
        return replay

    async def send(self, name: str) -> list[Connection]:
        """The connections that were opened on the way: closing them is not measured, as it is not for Jellystone."""
        sessions: dict[int, Connection] = {}
        for statement, values in zip(self.statements, self.values, strict=True):
            connection = self.admin
            if statement.session is not None:
                if statement.session not in sessions:
                    sessions[statement.session] = await connect(self.address, name)
                connection = sessions[statement.session]
            text = statement.text.replace(SAMPLE, name)
            if statement.simple:
                await connection.execute(text)
            else:
                await connection.fetch(text, *(_renamed(value, name) for value in values))
        return list(sessions.values())

    async def _typed(self, statement: Statement) -> list[Any]:
        if not statement.values:
            return []
        prepared = await self.admin.prepare(statement.text)
        return [
            _converted(kind, value) for kind, value in zip(prepared.get_parameters(), statement.values, strict=True)
        ]


async def drop(admin: Connection, name: str) -> None:
    """All that a creation has made."""
    await admin.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    for row in await admin.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname = $1 OR starts_with(rolname, $1 || '_')", name
    ):
        await admin.run(f'DROP ROLE "{row["rolname"]}"')


def _lines(cluster: Cluster) -> list[dict[str, Any]]:
    files = sorted((cluster.data / "statements").glob("*.json"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def _statements(lines: list[dict[str, Any]], name: str) -> list[Statement]:
    """The sample's own name stands for every name."""
    found = []
    for line in lines:
        kind, _, text = line.get("message", "").partition(": ")
        if line.get("application_name") != "jellystone" or line["dbname"] == OUR_OWN:
            continue
        if kind == "statement" or kind.startswith("execute "):
            session = None if line["dbname"] == "postgres" else int(line["pid"])
            values = PARAMETER.findall(line.get("detail", ""))
            plain = tuple(None if value == "NULL" else value[1:-1].replace("''", "'") for value in values)
            renamed = tuple(value and value.replace(name, SAMPLE) for value in plain)
            found.append(Statement(session, text.replace(name, SAMPLE), kind == "statement", renamed))
    return found


def _shape(statements: list[Statement]) -> list[tuple[bool, str]]:
    """What two recordings have in common: not ids, salts and process numbers."""
    return [(one.session is None, re.sub(r"[0-9a-f-]{36}|SCRAM-SHA-256\S+", "", one.text)) for one in statements]


def _converted(kind: asyncpg.Type, value: str | None) -> Any:
    if value is None:
        return None
    if kind.kind == "array":
        return [part.strip('"') for part in value.strip("{}").split(",") if part]
    makers: dict[str, Callable[[str], Any]] = {"uuid": UUID, "int4": int, "int8": int, "oid": int, "bool": "t".__eq__}
    return makers.get(kind.name, str)(value)


def _renamed(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_renamed(one, name) for one in value]
    return value.replace(SAMPLE, name) if isinstance(value, str) else value

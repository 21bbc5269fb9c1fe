"""Which cluster a server is, whatever its address, and whether it holds what we believe to be on it."""

from collections.abc import Iterable
from uuid import UUID

from jellystone.postgres.server import Server
from jellystone.postgres.tags import tagged_database

READABLE = "SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS yes"
IDENTIFIER = "SELECT system_identifier::text FROM pg_control_system()"
OURS = """
SELECT shobj_description(oid, 'pg_database') AS tag FROM pg_database
WHERE shobj_description(oid, 'pg_database') LIKE 'jellystone:db:%'"""


async def identifier(server: Server) -> str | None:
    """What `initdb` has given the cluster; its standbys and physical copies share it. None if we may not read it."""
    async with server.admin() as connection:
        if not await connection.fetchval(READABLE):
            return None
        found: str = await connection.fetchval(IDENTIFIER)
        return found


async def missing(server: Server, databases: Iterable[UUID]) -> set[UUID]:
    """Those of our databases that are not there: they are known by their comments, which dumps and upgrades keep."""
    async with server.admin() as connection:
        rows = await connection.fetch(OURS)
    return set(databases) - {tagged_database(row["tag"]) for row in rows}

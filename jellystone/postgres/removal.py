"""How a role goes while its data stays: what it owns is handed to the owners' group of each database it was in."""

from uuid import UUID

from jellystone.errors import Conflict
from jellystone.postgres import privileges, sessions
from jellystone.postgres.connection import Connection
from jellystone.postgres.names import group_name, quoted
from jellystone.postgres.server import Server
from jellystone.postgres.tags import role_tag, tagged_database


async def remove(server: Server, connection: Connection, name: str, id: UUID) -> None:
    """Drop the role if it is there and ours. A session that outlived its role would go on as a ghost."""
    row = await connection.fetchrow(ROLE, name)
    if row is None:
        return
    if row["tag"] != role_tag(id):
        raise Conflict(f"The role {name} on the server is not the one we made, so it stays.")
    await connection.run(f"ALTER ROLE {quoted(name)} NOLOGIN")
    if not row["usable"]:
        await act_for(connection, name)
    await sessions.end(connection, name)
    for place in await connection.fetch(DEPENDENTS, row["oid"]):
        await _detach(server, name, place["database"], tag=place["tag"], owns=place["owns"])
    await connection.run(f"DROP ROLE {quoted(name)}")


async def act_for(connection: Connection, name: str) -> None:
    """Let our own role, if it is no superuser, end the user's sessions and hand over what it owns."""
    option = " WITH INHERIT TRUE, SET FALSE" if connection.major >= 16 else ""
    await connection.run(f"GRANT {quoted(name)} TO CURRENT_USER{option}")


async def _detach(server: Server, name: str, database: str, *, tag: str | None, owns: bool) -> None:
    ours = tagged_database(tag) is not None
    if owns and not ours:
        raise Conflict(
            f"{name} owns things outside the databases made here, in {database}. As a superuser run "
            f"REASSIGN OWNED BY {quoted(name)} TO another role in that database, then delete it again."
        )
    async with server.inside(database) as inside, inside.transaction():
        if owns:
            await privileges.hand_over(inside, name, group=group_name(database, "owner"))
        await privileges.strip(inside, name)


ROLE = """
SELECT oid, shobj_description(oid, 'pg_authid') AS tag, pg_has_role(oid, 'USAGE') AS usable
FROM pg_roles WHERE rolname = $1::name"""

# Memberships go with the role. What belongs to no database (an owned database, a grant on one) counts as here.
DEPENDENTS = """
SELECT coalesce(d.datname, current_database()) AS database, shobj_description(d.oid, 'pg_database') AS tag,
       bool_or(s.deptype = 'o') AS owns
FROM pg_shdepend s LEFT JOIN pg_database d ON d.oid = s.dbid
WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1 AND s.classid <> 'pg_auth_members'::regclass
GROUP BY d.oid, d.datname"""

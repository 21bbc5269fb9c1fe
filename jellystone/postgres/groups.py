"""The three roles of a database that hold its rights; users come and go as members of exactly one.

`<database>_owner` owns the objects, `_rw` writes, `_ro` reads. None of them can log in.
"""

from typing import Literal
from uuid import UUID

from jellystone.errors import Conflict, Refused
from jellystone.facts.naming import GROUP_SUFFIXES
from jellystone.postgres.connection import Connection
from jellystone.postgres.names import group_name, literal, quoted
from jellystone.postgres.tags import group_tag

Access = Literal["owner", "readwrite", "readonly"]

POWERLESS = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT"


async def ensure(connection: Connection, database: str, id: UUID) -> None:
    """Make what is missing, and let our own role act as them. Superusers do not become members of anything."""
    names = {access: group_name(database, access) for access in GROUP_SUFFIXES}
    there = await _found(connection, list(names.values()))
    for access, name in names.items():
        if name in there and there[name][0] != group_tag(id, access):
            raise Conflict(f"A role named {name} is on the server already, for something else. Choose another name.")
    missing = {access: name for access, name in names.items() if name not in there}
    foreign = [name for name in names.values() if not (there[name][1] if name in there else connection.superuser)]
    if not missing and not foreign:
        return
    async with connection.transaction():
        for access, name in missing.items():
            await connection.run(f"CREATE ROLE {quoted(name)} NOLOGIN {POWERLESS}")
            await connection.run(f"COMMENT ON ROLE {quoted(name)} IS {literal(group_tag(id, access))}")
        if foreign:
            option = " WITH INHERIT TRUE, SET TRUE" if connection.major >= 16 else ""
            await connection.run(f"GRANT {', '.join(map(quoted, foreign))} TO CURRENT_USER{option}")


async def drop(connection: Connection, database: str, id: UUID) -> None:
    """Drop those that are ours; others of these names have nothing to do with us."""
    tags = {group_name(database, access): group_tag(id, access) for access in GROUP_SUFFIXES}
    there = await _found(connection, list(tags))
    if ours := [name for name, (tag, _) in there.items() if tag == tags[name]]:
        await connection.run(f"DROP ROLE {', '.join(map(quoted, ours))}")


async def join(connection: Connection, role: str, *, database: str, access: Access) -> None:
    """Make the role a member of that group. The owner's sessions act as the group, so that it owns what they make."""
    group = group_name(database, access)
    option = " WITH ADMIN FALSE, INHERIT TRUE, SET TRUE" if connection.major >= 16 else ""
    await connection.run(f"GRANT {quoted(group)} TO {quoted(role)}{option}")
    if access == "owner":
        await connection.run(f"ALTER ROLE {quoted(role)} IN DATABASE {quoted(database)} SET role = {literal(group)}")


async def leave(connection: Connection, role: str, *, database: str, remaining: Access) -> None:
    """End the membership in the other two groups, whoever granted it.

    From 16 on a membership exists once per grantor, and a plain REVOKE of another's is only a warning.
    """
    others = [group_name(database, access) for access in GROUP_SUFFIXES if access != remaining]
    for row in await connection.fetch(MEMBERSHIPS, role, others):
        by = f" GRANTED BY {quoted(row['grantor'])} CASCADE" if connection.major >= 16 else ""
        await connection.run(f"REVOKE {quoted(row['granted'])} FROM {quoted(role)}{by}")
    if left := await connection.fetch(MEMBERSHIPS, role, others):
        raise Refused(f"{role} is still a member of {left[0]['granted']}, granted by {left[0]['grantor']}.")
    if remaining != "owner":
        await connection.run(f"ALTER ROLE {quoted(role)} IN DATABASE {quoted(database)} RESET role")


MEMBERSHIPS = """
SELECT g.rolname AS granted, pg_get_userbyid(m.grantor) AS grantor
FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member
WHERE r.rolname = $1::name AND g.rolname = ANY ($2::name[])"""


async def _found(connection: Connection, names: list[str]) -> dict[str, tuple[str | None, bool]]:
    """Those that exist: their comment, and whether our own role may act as them."""
    settable = "pg_has_role(oid, 'USAGE') AND pg_has_role(oid, 'SET')"
    usable = settable if connection.major >= 16 else "pg_has_role(oid, 'USAGE')"
    rows = await connection.fetch(
        f"SELECT rolname, shobj_description(oid, 'pg_authid') AS tag, {usable} AS usable "
        "FROM pg_roles WHERE rolname = ANY ($1::name[])",
        names,
    )
    return {row["rolname"]: (row["tag"], row["usable"]) for row in rows}

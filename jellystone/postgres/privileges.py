"""What is granted inside a tenant's database. Each function expects a connection into it, in a transaction."""

from jellystone.postgres.connection import Connection
from jellystone.postgres.names import group_name, quoted

LARGE_OBJECT_WRITERS = """lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea), lo_put(oid, bigint, bytea),
lowrite(int, bytea), lo_truncate(int, int), lo_truncate64(int, bigint), lo_unlink(oid)"""


async def lay(inside: Connection, database: str) -> bool:
    """Give the schema public to the owners and set what writers and readers may do with all they will make.

    False if the schema public cannot be closed: before 15 it belongs to a superuser, so that anybody who may
    connect can make tables in it, unless our own role is one.
    """
    owner, writer, reader = _groups(database)
    public = await inside.fetchval("SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public'")
    if public:
        await inside.run(f"ALTER SCHEMA public OWNER TO {owner}")
        await inside.run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    await inside.run(f"SET LOCAL ROLE {owner}")
    if public:
        await inside.run(f"GRANT USAGE ON SCHEMA public TO {writer}, {reader}")
    for grant in _defaults(writer, reader):
        await inside.run(f"ALTER DEFAULT PRIVILEGES {grant}")
    await inside.run("RESET ROLE")
    if inside.superuser:
        await _close_large_objects(inside, owner, writer)
    return public is not False


async def catch(inside: Connection, database: str, role: str) -> None:
    """A net for what an owner makes outside the group (after SET ROLE NONE): the groups can use that as well."""
    owner, writer, reader = _groups(database)
    for grant in (
        f"GRANT USAGE, CREATE ON SCHEMAS TO {owner}",
        f"GRANT ALL ON TABLES TO {owner}",
        f"GRANT ALL ON SEQUENCES TO {owner}",
        *_defaults(writer, reader),
    ):
        await inside.run(f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(role)} {grant}")


async def hand_over(inside: Connection, role: str, *, group: str) -> None:
    """Give what the role owns here to the group. Never for a role that owns databases: those would move as well."""
    await inside.run(f"REASSIGN OWNED BY {quoted(role)} TO {quoted(group)}")


async def strip(inside: Connection, role: str) -> None:
    """Take its own grants and default privileges. Never for groups: theirs on every database would go as well."""
    await inside.run(f"DROP OWNED BY {quoted(role)}")


def _groups(database: str) -> tuple[str, str, str]:
    owner, writer, reader = (quoted(group_name(database, access)) for access in ("owner", "readwrite", "readonly"))
    return owner, writer, reader


def _defaults(writer: str, reader: str) -> tuple[str, ...]:
    return (
        f"GRANT USAGE ON SCHEMAS TO {writer}, {reader}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {writer}",
        f"GRANT SELECT ON TABLES TO {reader}",
        f"GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {writer}",
        f"GRANT SELECT ON SEQUENCES TO {reader}",
    )


async def _close_large_objects(inside: Connection, owner: str, writer: str) -> None:
    """Anybody who may connect could write large objects; only a superuser can take that away."""
    await inside.run(f"REVOKE EXECUTE ON FUNCTION {LARGE_OBJECT_WRITERS} FROM PUBLIC")
    await inside.run(f"GRANT EXECUTE ON FUNCTION {LARGE_OBJECT_WRITERS} TO {owner}, {writer}")

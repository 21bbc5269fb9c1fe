"""A managed server as tests see it: our own way in, a superuser's, and the tenants'."""

from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias
from uuid import UUID, uuid4

import asyncpg

from jellystone.postgres import databases, roles
from jellystone.postgres.address import Address
from jellystone.postgres.databases import DatabaseSpec
from jellystone.postgres.groups import Access
from jellystone.postgres.names import quoted
from jellystone.postgres.roles import RoleSpec
from jellystone.postgres.scram import verifier
from jellystone.postgres.server import Server
from tests.clusters import Cluster

SALT = b"0123456789abcdef"
GRANTED = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'jadmin'::regrole AND roleid < 16384"
Tenant: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass
class World:
    """`kind` says what our own role is on the server: a superuser, or only CREATEDB and CREATEROLE."""

    cluster: Cluster
    kind: str
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        await self.reset()
        self.server = self.another_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        await self.server.close()
        await self.reset()

    @property
    def superuser(self) -> bool:
        return self.kind == "superuser"

    @property
    def address(self) -> Address:
        url = self.cluster.url() if self.superuser else self.cluster.url(user="jadmin", password="admin-secret")
        return Address.from_url(url)

    def another_server(self, name: str = "main") -> Server:
        """As another process of ours would have it."""
        return Server(name, self.address)

    async def root(self, database: str = "postgres") -> Tenant:
        """A superuser's connection, that is closed with the test."""
        return await self.login(self.cluster.user, database, password=self.cluster.password)

    async def login(self, role: str, database: str, *, password: str | None = None, **more: Any) -> Tenant:
        """A tenant's connection, that is closed with the test. The password of `ann` is `pw-ann`."""
        url = self.cluster.url(database, user=role, password=password or f"pw-{role}")
        connection: Tenant = await asyncpg.connect(url, timeout=10, **more)
        self._stack.callback(connection.terminate)
        return connection

    async def database(self, name: str = "shop", **more: Any) -> DatabaseSpec:
        spec = DatabaseSpec(id=uuid4(), name=name, **more)
        await databases.create(self.server, spec, was_absent=True)
        return spec

    async def role(self, name: str, database: DatabaseSpec, access: Access, **more: Any) -> RoleSpec:
        spec = role_spec(name, database, access, **more)
        await roles.create(self.server, spec)
        return spec

    async def ask(self, query: str, *args: Any, database: str = "postgres") -> Any:
        """One value, asked as a superuser."""
        connection = await asyncpg.connect(self.cluster.url(database))
        try:
            return await connection.fetchval(query, *args)
        finally:
            await connection.close()

    async def reset(self) -> None:
        root = await asyncpg.connect(self.cluster.url())
        try:
            for row in await root.fetch("SELECT datname FROM pg_database WHERE oid >= 16384"):
                await root.execute(f"DROP DATABASE {quoted(row[0])} WITH (FORCE)")
            names = [row[0] for row in await root.fetch("SELECT rolname FROM pg_roles WHERE oid >= 16384")]
            if others := ", ".join(quoted(name) for name in names if name != "jadmin"):
                await root.execute(f"DROP OWNED BY {others} CASCADE; DROP ROLE {others}")
            if "jadmin" not in names:
                await root.execute("CREATE ROLE jadmin LOGIN CREATEDB CREATEROLE PASSWORD 'admin-secret'")
            for row in await root.fetch(GRANTED):
                await root.execute(f"REVOKE {quoted(row[0])} FROM jadmin")
        finally:
            await root.close()

    async def signature(self) -> list[tuple[str, ...]]:
        """Everything on the server that provisioning could have made, in an order of its own."""
        names, *found = await self._rows("postgres", NAMES, *SERVER_SIGNATURE)
        for (name,) in names:
            found += await self._rows(name, *DATABASE_SIGNATURE)
        return [row for rows in found for row in rows]

    async def _rows(self, database: str, *queries: str) -> list[list[tuple[str, ...]]]:
        connection = await asyncpg.connect(self.cluster.url(database))
        try:
            return [[tuple(map(str, row)) for row in await connection.fetch(query)] for query in queries]
        finally:
            await connection.close()


def role_spec(name: str, database: DatabaseSpec, access: Access, **more: Any) -> RoleSpec:
    """Its password is `pw-` and its name; the same name has the same id and the same salt every time."""
    id = UUID(bytes=name.encode().ljust(16, b".")[:16])
    return RoleSpec(
        id=id,
        name=name,
        database=database.name,
        database_id=database.id,
        access=access,
        **{"verifier": verifier(f"pw-{name}", salt=SALT), **more},
    )


async def pid(server: Server) -> int:
    """Which process serves the next operation."""
    async with server.admin() as connection:
        return int(connection.get_server_pid())


async def state(connection: Tenant, statement: str) -> str | None:
    """The SQLSTATE that the statement ends with; None if it works."""
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as error:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.execute("ROLLBACK")
        return error.sqlstate
    except (asyncpg.InterfaceError, OSError):
        return "gone"
    return None


ACL = "(SELECT array_agg(x::text ORDER BY x::text) FROM unnest({}) x)"

NAMES = "SELECT datname FROM pg_database WHERE oid >= 16384 ORDER BY 1"

SERVER_SIGNATURE = (
    f"""SELECT datname, pg_get_userbyid(datdba), {ACL.format("datacl")}, datallowconn, datconnlimit,
    shobj_description(oid, 'pg_database') FROM pg_database WHERE oid >= 16384 ORDER BY 1""",
    """SELECT a.rolname, a.rolcanlogin, a.rolconnlimit, a.rolvaliduntil, a.rolsuper, a.rolinherit, a.rolpassword,
    shobj_description(a.oid, 'pg_authid') FROM pg_authid a WHERE a.oid >= 16384 AND a.rolname <> 'jadmin' ORDER BY 1""",
    """SELECT roleid::regrole::text, member::regrole::text, grantor::regrole::text, to_jsonb(m) - 'oid' - 'roleid'
    - 'member' - 'grantor' FROM pg_auth_members m WHERE roleid >= 16384 ORDER BY 1, 2, 3""",
    """SELECT setrole::regrole::text, (SELECT datname FROM pg_database WHERE oid = setdatabase), setconfig
    FROM pg_db_role_setting WHERE setrole >= 16384 OR setdatabase >= 16384 ORDER BY 1, 2""",
    """SELECT count(*) FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid >= 16384
    AND refobjid NOT IN (SELECT oid FROM pg_authid)""",
)

DATABASE_SIGNATURE = (
    f"""SELECT current_database(), defaclrole::regrole::text, defaclobjtype, {ACL.format("defaclacl")}
    FROM pg_default_acl ORDER BY 2, 3""",
    f"""SELECT nspname, nspowner::regrole::text, {ACL.format("nspacl")} FROM pg_namespace
    WHERE nspname = 'public' OR oid >= 16384 ORDER BY 1""",
    f"""SELECT relname, relkind, relowner::regrole::text, {ACL.format("relacl")} FROM pg_class
    WHERE oid >= 16384 AND relkind IN ('r', 'S', 'v') ORDER BY 1""",
    f"""SELECT proname, {ACL.format("proacl")} FROM pg_proc
    WHERE proname ~ '^lo' AND proacl IS NOT NULL ORDER BY 1, 2""",
)

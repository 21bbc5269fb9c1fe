"""What a server is, what our own role may do there, and what its owner should mend."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jellystone.errors import Unreachable
from jellystone.postgres.address import Address
from jellystone.postgres.names import quoted
from jellystone.postgres.server import Server

BROKEN_MINORS = (140014, 150009, 160005, 170001)
"""They ignore ALTER ROLE … SET role (mended one release later): objects would belong to users, not to the group."""

OLDEST = 15
NO_DATABASES = "We cannot make databases."
NO_ROLES = "We cannot make roles."
NO_STATISTICS = "We cannot see statistics."
NO_STATEMENTS = "We cannot see statements."


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """`usable` connections are those that ordinary roles may use in all, `used` those of clients at this moment.

    `warnings` are sentences for people, with the SQL that mends it where SQL can. `tls` is the version in use: TLSv1.3,
    or "" where our sessions are not encrypted.
    """

    version: str
    version_number: int
    started_at: datetime
    usable: int
    used: int
    rights: dict[str, bool]
    warnings: tuple[str, ...]
    standby: bool
    tls: str

    @property
    def lacks(self) -> tuple[str, ...]:
        """Those of the warnings without whose end we can do nothing here."""
        return tuple(words for words in self.warnings if words.startswith((NO_DATABASES, NO_ROLES)))


async def probe(server: Server) -> ServerFacts:
    async with server.admin() as connection:
        row = await connection.fetchrow(PROBE)
    if row is None:
        raise Unreachable(f"The server {server.name} does not know its own role.")
    rights = {name: bool(row[name]) for name in RIGHTS}
    return ServerFacts(
        version=row["version"].split()[0],
        version_number=row["number"],
        started_at=row["started_at"],
        usable=row["usable"],
        used=row["used"],
        rights=rights,
        warnings=(
            *_version_warnings(row),
            *_right_warnings(row, rights),
            *_door_warnings(row),
            *_way_warnings(row, server.address),
        ),
        standby=row["standby"],
        tls=row["tls"],
    )


def letting_in(role: str, database: str) -> str:
    """The SQL for it."""
    return f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(role)};"


def _version_warnings(row: Any) -> list[str]:
    warnings, version, major = [], row["version"].split()[0], row["number"] // 10000
    if row["standby"]:
        warnings.append("This is a standby: nothing can be made or changed here. Use the address of the primary.")
    if major < OLDEST:
        warnings.append(f"PostgreSQL {version} is out of support. Upgrade it; what we do here is untested.")
    if major < OLDEST and not row["superuser"] and not row["template"]:
        warnings.append(
            "Roles with any access can make tables in the schema public of new databases. As a superuser run "
            "CREATE DATABASE jellystone_template TEMPLATE template0 IS_TEMPLATE true; and in it "
            f"ALTER SCHEMA public OWNER TO {quoted(row['role'])}; REVOKE ALL ON SCHEMA public FROM PUBLIC;"
        )
    if row["number"] in BROKEN_MINORS:
        warnings.append(
            f"PostgreSQL {version} ignores ALTER ROLE … SET role, so what owners make belongs to them alone. "
            "Update it to the next minor release."
        )
    return warnings


def _right_warnings(row: Any, rights: dict[str, bool]) -> list[str]:
    role, warnings = quoted(row["role"]), []
    if not rights["createdb"]:
        warnings.append(f"{NO_DATABASES} As a superuser run ALTER ROLE {role} CREATEDB;")
    if not rights["createrole"]:
        warnings.append(f"{NO_ROLES} As a superuser run ALTER ROLE {role} CREATEROLE;")
    if not rights["read_all_stats"]:
        warnings.append(f"{NO_STATISTICS} As a superuser run GRANT pg_monitor TO {role};")
    if not rights["signal_backend"]:
        warnings.append(
            f"We can end only sessions of roles made here. As a superuser run GRANT pg_signal_backend TO {role};"
        )
    if not rights["pg_stat_statements"]:
        add = "" if row["loaded"] else "add pg_stat_statements to shared_preload_libraries, restart the server, then "
        warnings.append(
            f"{NO_STATEMENTS} To change that, {add}run CREATE EXTENSION pg_stat_statements; "
            f"in the database {row['database']} as a superuser."
        )
    return warnings


def _door_warnings(row: Any) -> list[str]:
    if not row["open"]:
        return []
    names = ", ".join(quoted(name) for name in row["open"])
    keep = " " + letting_in(row["role"], row["database"])
    return [
        f"Every role may connect to {names}. See who uses it, then run REVOKE ALL ON DATABASE {names} FROM PUBLIC;"
        + ("" if row["superuser"] or row["database"] not in row["open"] else keep)
    ]


def _way_warnings(row: Any, address: Address) -> list[str]:
    if row["tls"] or address.nearby:
        return []
    return [
        "Our own sessions on it are not encrypted. Turn on TLS there (ssl = on, with a certificate), then write"
        " ?sslmode=require at the end of the server's address here."
    ]


RIGHTS = ("superuser", "createdb", "createrole", "read_all_stats", "signal_backend", "pg_stat_statements")

PROBE = """
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
       pg_postmaster_start_time() AS started_at, pg_is_in_recovery() AS standby, current_database() AS database,
       r.rolname AS role, r.rolsuper AS superuser, r.rolsuper OR r.rolcreatedb AS createdb,
       r.rolsuper OR r.rolcreaterole AS createrole, pg_has_role('pg_read_all_stats', 'USAGE') AS read_all_stats,
       pg_has_role('pg_signal_backend', 'USAGE') AS signal_backend,
       current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded,
       current_setting('pg_stat_statements.max', true) IS NOT NULL
           AND EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') AS pg_stat_statements,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0) AS usable,
       (SELECT count(*) FROM pg_stat_activity
        WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL) AS used,
       EXISTS (SELECT FROM pg_database WHERE datname = 'jellystone_template') AS template,
       coalesce((SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl), '') AS tls,
       ARRAY(SELECT d.datname::text FROM pg_database d WHERE d.datname IN (current_database(), 'template1')
             AND EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                         WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT') ORDER BY 1) AS open
FROM pg_roles r WHERE r.rolname = session_user"""

"""What only the database itself can tell: how much of its tables is waste, and what the bootstrap superuser owns in it.

Asked when somebody wants to know, never by itself: it takes a session inside. Catalogs and counters only, so that no
table is read and nobody is made to wait; `pg_relation_size` would wait for whoever has locked a table.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jellystone.errors import Conflict
from jellystone.postgres.failures import in_words
from jellystone.postgres.names import group_name, quoted
from jellystone.postgres.server import Server
from jellystone.postgres.tags import database_tag

PATIENCE = 10.0
"""Seconds, connecting included: somebody waits for the page."""
MOST = 100
"""Tables told, and things of the bootstrap superuser."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """`size_bytes` with its indexes, as of when it was last vacuumed or analyzed; None: it never was."""

    schema: str
    name: str
    owner: str
    size_bytes: int | None
    rows_live: int
    rows_dead: int
    vacuumed_at: datetime | None
    analyzed_at: datetime | None


@dataclass(frozen=True)
class Inside:
    """Tables with the most dead rows first; `strays` belong to the bootstrap superuser, with the SQL that mends it."""

    tables: list[Table]
    total: int
    strays: dict[str, str]


async def look(server: Server, database: str, id: UUID) -> Inside:
    """Conflict if the database of that name does not bear our mark. Unreachable if there is no answer in time."""
    with in_words(server.name):
        async with asyncio.timeout(PATIENCE), server.inside(database) as connection:
            if await connection.fetchval(TAG) != database_tag(id):
                raise Conflict(f"The database {database} on the server is not this one: see its advice.")
            tables = await connection.fetch(TABLES, MOST)
            strays = await connection.fetch(STRAYS, MOST)
    owner = quoted(group_name(database, "owner"))
    return Inside(
        tables=[Table(**{name: row[name] for name in Table.__dataclass_fields__}) for row in tables],
        total=tables[0]["total"] if tables else 0,
        strays={row["name"]: f"ALTER {row['kind']} {row['name']} OWNER TO {owner};" for row in strays},
    )


TAG = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
OURS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
TABLES = f"""
SELECT n.nspname::text AS schema, c.relname::text AS name, pg_get_userbyid(c.relowner)::text AS owner,
    nullif(c.relpages + coalesce(t.relpages, 0) + i.pages, 0) * current_setting('block_size')::bigint AS size_bytes,
    pg_stat_get_live_tuples(c.oid) AS rows_live, pg_stat_get_dead_tuples(c.oid) AS rows_dead,
    greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS vacuumed_at,
    greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed_at,
    count(*) OVER () AS total
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid,
    LATERAL (SELECT coalesce(sum(o.relpages), 0) AS pages FROM pg_index x JOIN pg_class o ON o.oid = x.indexrelid
        WHERE x.indrelid = c.oid) i
WHERE c.relkind IN ('r', 'm') AND {OURS}
ORDER BY rows_dead DESC, size_bytes DESC NULLS LAST, 1, 2 LIMIT $1"""

# The bootstrap superuser (role 10) is in no catalog that databases share: without this look nobody sees what it owns.
# What belongs to an extension, or to a column as its sequence, goes with that.
STRAYS = f"""
SELECT kind, name FROM (
    SELECT 'pg_class'::regclass AS catalog, c.oid, 'TABLE' AS kind, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relowner = 10 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {OURS}
    UNION ALL SELECT 'pg_proc'::regclass, p.oid, 'ROUTINE',
        format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.proowner = 10 AND {OURS}
    UNION ALL SELECT 'pg_namespace'::regclass, n.oid, 'SCHEMA', quote_ident(n.nspname)
    FROM pg_namespace n WHERE n.nspowner = 10 AND {OURS} AND n.nspname <> 'public'
) found
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = found.catalog AND d.objid = found.oid
    AND d.deptype IN ('e', 'a', 'i') AND d.refclassid IN ('pg_extension'::regclass, 'pg_class'::regclass))
ORDER BY kind, name LIMIT $1"""

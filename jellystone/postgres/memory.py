"""Memory: the machine's, and what backends share with nobody. Only a superuser on Linux can ask for either."""

from jellystone.postgres.connection import Connection

MOST = 1000
"""Backends whose memory is read (a quarter of a millisecond each); with more of them it stays unknown."""


async def machine(connection: Connection) -> int | None:
    """Bytes of the machine, or of the container if that has a limit; None where it cannot be known."""
    if not connection.superuser:
        return None
    found = await connection.fetchval(MACHINE)
    return int(found) if found else None


async def private(connection: Connection) -> dict[int, int] | None:
    """By database, bytes that its sessions and their workers have for themselves; None where it cannot be known.

    A database with no session is not in it.
    """
    if not connection.superuser:
        return None
    rows = await connection.fetch(PRIVATE, MOST)
    if any(row["bytes"] is None for row in rows):
        return None
    return {row["datid"]: row["bytes"] for row in rows}


# With the last argument a file that is not there is NULL. A cgroup without a limit says "max", or an absurd number.
MACHINE = """
SELECT least(
    (SELECT substring(pg_read_file('/proc/meminfo', 0, 4096, true) FROM 'MemTotal:\\s+(\\d+)')::bigint * 1024),
    (SELECT substring(pg_read_file('/sys/fs/cgroup/memory.max', 0, 64, true) FROM '^\\d{1,18}')::bigint),
    (SELECT substring(pg_read_file('/sys/fs/cgroup/memory/memory.limit_in_bytes', 0, 64, true)
            FROM '^\\d{1,18}')::bigint))"""

# A backend that has gone meanwhile counts nothing; on a system without /proc all of them would have.
PRIVATE = """
WITH backends AS MATERIALIZED (
    SELECT pid, datid FROM pg_stat_activity WHERE datid IS NOT NULL LIMIT $1 + 1
), seen AS (
    SELECT datid, substring(pg_read_file('/proc/' || pid || '/status', 0, 4096, true)
                            FROM 'RssAnon:\\s+(\\d+)')::bigint * 1024 AS bytes
    FROM backends WHERE (SELECT count(*) FROM backends) <= $1
)
SELECT datid::bigint AS datid, sum(bytes)::bigint AS bytes FROM seen GROUP BY datid
UNION ALL SELECT 0, NULL WHERE (SELECT count(*) FROM backends) > $1 OR (SELECT count(bytes) FROM seen) = 0"""

"""How big databases are on disk: about a millisecond each, and much more while the disk is cold."""

import asyncpg

from jellystone.postgres.connection import Connection

BATCH = 50
GONE = ("42704", "3D000", "58P01")
FORBIDDEN = "42501"


async def sizes(connection: Connection, datids: list[int]) -> dict[int, int | None]:
    """Bytes by database. One that is gone is not in it; None: we may not know, for want of CONNECT."""
    found: dict[int, int | None] = {}
    for begin in range(0, len(datids), BATCH):
        found |= await _batch(connection, datids[begin : begin + BATCH])
    return found


async def _batch(connection: Connection, datids: list[int]) -> dict[int, int | None]:
    """One that vanishes meanwhile spoils the batch from 18 on, one that is closed to us always: then one by one."""
    try:
        rows = await connection.fetch(SIZES, datids)
    except asyncpg.PostgresError as error:
        if error.sqlstate not in (*GONE, FORBIDDEN):
            raise
        if len(datids) == 1:
            return {datids[0]: None} if error.sqlstate == FORBIDDEN else {}
        found: dict[int, int | None] = {}
        for datid in datids:
            found |= await _batch(connection, [datid])
        return found
    return {row["datid"]: row["bytes"] for row in rows if row["bytes"] is not None}


SIZES = """
SELECT oid::bigint AS datid, pg_database_size(oid) AS bytes FROM pg_database
WHERE oid = ANY ($1::oid[]) AND datconnlimit <> -2"""

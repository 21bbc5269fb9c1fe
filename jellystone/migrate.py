"""Bring our own database up to date: once, however many replicas start together, and all or nothing."""

import contextlib
import io
import os
import re
import sys

from jellystone.database import DB
from jellystone.paths import MIGRATIONS

os.environ.setdefault("PICCOLO_CONF", "jellystone.piccolo_conf")  # the only place where Piccolo looks

LOCK = 0x6A65_6C6C_7973  # an advisory lock's key: any constant


async def execute(sql: str) -> None:
    """For the raw steps of migrations: several statements, in the transaction of `migrate`."""
    async with DB.connection() as connection:
        await connection.execute(sql)


async def pending() -> list[str]:
    """The ids of the migrations that our database has not seen: one query, no Piccolo machinery."""
    known = set(re.findall(r'^ID = "(.+)"$', "\n".join(_sources()), re.MULTILINE))
    return sorted(known - set(await _ran()))


async def migrate() -> list[str]:
    """Apply what is pending and return its ids. Others who start meanwhile wait, then find nothing to do."""
    if not await pending():
        return []
    from piccolo.apps.migrations.commands.forwards import run_forwards

    search_path = list(sys.path)  # Piccolo adds to it at every call
    try:
        async with DB.transaction():
            await execute("SET LOCAL lock_timeout = '5min'; SET LOCAL statement_timeout = 0")
            await DB.fetch("SELECT pg_advisory_xact_lock($1)", LOCK)
            before = set(await _ran())
            with contextlib.redirect_stdout(io.StringIO()) as said:
                result = await run_forwards("all")
            if not result.success:
                raise RuntimeError(f"The migrations failed: {result.message}\n{said.getvalue()}")
            return sorted(set(await _ran()) - before)
    finally:
        sys.path[:] = search_path


def _sources() -> list[str]:
    return [file.read_text() for file in MIGRATIONS.glob("*.py")]


async def _ran() -> list[str]:
    exists = await DB.fetch_row("SELECT to_regclass('migration') IS NOT NULL AS yes")
    if exists is None or not exists["yes"]:
        return []
    return [row["name"] for row in await DB.fetch("SELECT name FROM migration WHERE app_name = 'jellystone'")]

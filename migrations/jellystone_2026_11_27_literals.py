"""Literals in texts that were kept while only those behind telling names were hidden."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.database import DB
from jellystone.postgres.masking import masked

ID = "2026-11-27T02:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "literals of queries"
HIDE = """
    UPDATE {table} kept SET text = hidden.text FROM unnest($1::uuid[], $2::text[]) AS hidden(id, text)
    WHERE kept.id = hidden.id
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        for table in ("slow_runs", "queries"):
            told = {row["id"]: row["text"] for row in await DB.fetch(f"SELECT id, text FROM {table}")}
            hidden = {id: masked(text) for id, text in told.items() if masked(text) != text}
            await DB.fetch(HIDE.format(table=table), list(hidden), list(hidden.values()))

    manager.add_raw(up)
    return manager

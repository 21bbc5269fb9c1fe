"""When a server's checks were last gone through, what its sessions have by default, and whom we wrote to about what."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import JSONB
from piccolo.columns.indexes import IndexMethod

from jellystone.migrate import execute

ID = "2026-11-23T16:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "advice and parameters"

USUAL = {
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)
    for name in ("advised", "session_defaults"):
        manager.add_column(
            table_class_name="Server",
            tablename="servers",
            column_name=name,
            db_column_name=name,
            column_class_name="JSONB",
            column_class=JSONB,
            params={"default": "{}", "null": False, **USUAL},
            schema=None,
        )

    async def up():
        await execute("""
            CREATE TABLE advice_mails (
                server uuid NOT NULL REFERENCES servers ON DELETE CASCADE,
                database uuid REFERENCES databases ON DELETE CASCADE,
                check_name text NOT NULL,
                at timestamptz NOT NULL,
                over_at timestamptz
            );
            CREATE UNIQUE INDEX advice_mails_check ON advice_mails
                (server, coalesce(database, '00000000-0000-0000-0000-000000000000'), check_name);
        """)

    async def down():
        await execute("DROP TABLE advice_mails")

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

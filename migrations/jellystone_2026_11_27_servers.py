"""What tells one managed server from another, how our own sessions reach it, and when it was last changed here."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-27T01:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "registering servers"

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
    for name in ("system_identifier", "tls"):
        manager.add_column(
            table_class_name="Server",
            tablename="servers",
            column_name=name,
            db_column_name=name,
            column_class_name="Varchar",
            column_class=Varchar,
            params={"length": 20, "default": None, "null": True, **USUAL},
            schema=None,
        )
    manager.add_column(
        table_class_name="Server",
        tablename="servers",
        column_name="changed_at",
        db_column_name="changed_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={"default": TimestamptzNow(), "null": False, **USUAL},
        schema=None,
    )
    return manager

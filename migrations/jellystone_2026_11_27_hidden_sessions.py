"""What sessions did whose states were hidden from us is not known: null, and never zero."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.migrate import execute

ID = "2026-11-27T01:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "states of hidden sessions"
TABLES = ("figures_minute", "figures_ten_minutes", "figures_day")
STATES = ("active", "idle", "idle_in_transaction", "waiting")


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        for table in TABLES:
            await execute(f"ALTER TABLE {table} " + ", ".join(f"ALTER {name} DROP NOT NULL" for name in STATES))

    async def down():
        for table in TABLES:
            for name in STATES:
                await execute(f"UPDATE {table} SET {name} = 0 WHERE {name} IS NULL")
            await execute(f"ALTER TABLE {table} " + ", ".join(f"ALTER {name} SET NOT NULL" for name in STATES))

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

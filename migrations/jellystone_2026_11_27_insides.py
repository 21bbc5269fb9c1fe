"""What a look inside a database has found: the last one of each."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.migrate import execute

ID = "2026-11-27T01:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "looks inside"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        await execute("""
            CREATE TABLE insides (
                database uuid PRIMARY KEY REFERENCES databases ON DELETE CASCADE,
                at timestamptz NOT NULL DEFAULT now(),
                "by" text NOT NULL,
                seen jsonb NOT NULL
            )
        """)

    async def down():
        await execute("DROP TABLE insides")

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

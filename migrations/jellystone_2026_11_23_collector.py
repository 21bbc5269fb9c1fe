"""What the collector keeps between two looks: of every database of a server, also of those that we do not manage."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.migrate import execute

ID = "2026-11-23T16:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what the collector keeps"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        await execute("""
            CREATE UNLOGGED TABLE counters (
                server uuid NOT NULL REFERENCES servers ON DELETE CASCADE,
                datid bigint NOT NULL,
                database uuid,
                seen jsonb NOT NULL,
                size_bytes bigint,
                PRIMARY KEY (server, datid)
            ) WITH (fillfactor = 70);
            CREATE INDEX counters_database ON counters (database);
            CREATE TABLE looks (
                server uuid NOT NULL REFERENCES servers ON DELETE CASCADE,
                kind text NOT NULL,
                at timestamptz NOT NULL,
                taken_at timestamptz NOT NULL,
                PRIMARY KEY (server, kind)
            );
            CREATE UNLOGGED TABLE visits (
                id uuid PRIMARY KEY,
                server uuid NOT NULL,
                database text NOT NULL,
                began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                ended_at timestamptz
            );
            CREATE TABLE rolled_up (step text PRIMARY KEY, until timestamptz NOT NULL);
            ALTER TABLE databases SET (fillfactor = 70);
        """)

    async def down():
        await execute("""
            DROP TABLE counters, looks, visits, rolled_up;
            ALTER TABLE databases RESET (fillfactor);
        """)

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

"""What Piccolo cannot describe: indexes on expressions and in an order, and an unlogged table."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.migrate import execute

ID = "2026-11-23T13:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes and throttles"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        await execute("""
            CREATE UNIQUE INDEX teams_name_lower ON teams (lower(name));
            CREATE INDEX events_team_at ON events (team, at DESC, id DESC);
            CREATE INDEX events_object_at ON events (object, at DESC);
            CREATE INDEX events_of_leaving ON events (team) WHERE details ? 'held_the_key';
            CREATE INDEX databases_unfinished ON databases (status) WHERE status <> 'ready';
            CREATE INDEX roles_unfinished ON roles (status) WHERE status <> 'ready';
            CREATE UNLOGGED TABLE throttles (
                key text PRIMARY KEY,
                window_start bigint NOT NULL,
                hits integer NOT NULL
            );
        """)

    async def down():
        await execute("""
            DROP TABLE throttles;
            DROP INDEX teams_name_lower, events_team_at, events_object_at, events_of_leaving;
            DROP INDEX databases_unfinished, roles_unfinished;
        """)

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

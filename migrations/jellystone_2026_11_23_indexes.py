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
            CREATE INDEX events_team_at ON events (team, at DESC, id DESC);
            CREATE INDEX events_object_at ON events (object, at DESC);
            CREATE INDEX events_at ON events (at DESC, id DESC);
            CREATE INDEX events_user_at ON events ("user", at DESC, id DESC);
            CREATE INDEX events_of_leaving ON events (team) WHERE details ? 'held_the_key';
            CREATE INDEX databases_unfinished ON databases (status) WHERE status <> 'ready';
            CREATE INDEX roles_unfinished ON roles (status) WHERE status <> 'ready';
            CREATE UNIQUE INDEX invitations_open ON invitations (team, email)
                WHERE accepted_at IS NULL AND revoked_at IS NULL;
            CREATE INDEX mails_waiting ON mails (retry_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
            CREATE UNLOGGED TABLE throttles (
                key text PRIMARY KEY,
                window_start bigint NOT NULL,
                hits integer NOT NULL
            );
        """)

    async def down():
        await execute("""
            DROP TABLE throttles;
            DROP INDEX events_team_at, events_object_at, events_at, events_user_at, events_of_leaving;
            DROP INDEX databases_unfinished, roles_unfinished, invitations_open, mails_waiting;
        """)

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

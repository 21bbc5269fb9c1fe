"""Indexes for what is asked often of invitations, mails and events, in an order or of a part."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.migrate import execute

ID = "2026-11-23T14:01:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of invitations, mails and events"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        await execute("""
            CREATE UNIQUE INDEX invitations_open ON invitations (team, email)
                WHERE accepted_at IS NULL AND revoked_at IS NULL;
            CREATE INDEX mails_waiting ON mails (retry_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
            CREATE INDEX events_at ON events (at DESC, id DESC);
            CREATE INDEX events_user_at ON events ("user", at DESC, id DESC);
        """)

    async def down():
        await execute("DROP INDEX invitations_open, mails_waiting, events_at, events_user_at")

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

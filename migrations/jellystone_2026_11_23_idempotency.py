"""Keys by which a POST that is sent again is known, and its answer, which only the one who asked can open."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.migrate import execute

ID = "2026-11-23T16:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "idempotency keys"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        await execute("""
            CREATE TABLE idempotency_keys (
                id uuid PRIMARY KEY,
                caller uuid NOT NULL,
                key text NOT NULL,
                holder uuid NOT NULL,
                request bytea NOT NULL,
                running_until timestamptz NOT NULL,
                made_kind text,
                made text,
                answer bytea,
                secret boolean NOT NULL DEFAULT false,
                answered_at timestamptz,
                created_at timestamptz NOT NULL DEFAULT now(),
                UNIQUE (caller, key)
            );
            CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
            CREATE INDEX idempotency_keys_secret ON idempotency_keys (answered_at) WHERE secret AND answer IS NOT NULL;
        """)

    async def down():
        await execute("DROP TABLE idempotency_keys")

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

"""What was measured, step by step: partitioned by time, so that what is old goes at once and costs nothing."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from jellystone.migrate import execute

ID = "2026-11-23T16:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "steps of figures and statements"

FIGURES = """
    CREATE TABLE {name} (
        subject uuid NOT NULL,
        at timestamptz NOT NULL,
        seconds real NOT NULL,
        connections real NOT NULL DEFAULT 0,
        connections_most integer NOT NULL DEFAULT 0,
        active real NOT NULL DEFAULT 0,
        idle real NOT NULL DEFAULT 0,
        idle_in_transaction real NOT NULL DEFAULT 0,
        waiting real NOT NULL DEFAULT 0,
        commits bigint NOT NULL DEFAULT 0,
        rollbacks bigint NOT NULL DEFAULT 0,
        blocks_hit bigint NOT NULL DEFAULT 0,
        blocks_read bigint NOT NULL DEFAULT 0,
        rows_returned bigint NOT NULL DEFAULT 0,
        rows_fetched bigint NOT NULL DEFAULT 0,
        rows_inserted bigint NOT NULL DEFAULT 0,
        rows_updated bigint NOT NULL DEFAULT 0,
        rows_deleted bigint NOT NULL DEFAULT 0,
        temp_files bigint NOT NULL DEFAULT 0,
        temp_bytes bigint NOT NULL DEFAULT 0,
        deadlocks bigint NOT NULL DEFAULT 0,
        active_ms bigint NOT NULL DEFAULT 0,
        idle_in_transaction_ms bigint NOT NULL DEFAULT 0,
        sessions bigint NOT NULL DEFAULT 0,
        sessions_abandoned bigint NOT NULL DEFAULT 0,
        sessions_fatal bigint NOT NULL DEFAULT 0,
        sessions_killed bigint NOT NULL DEFAULT 0,
        size_bytes bigint,
        private_bytes bigint,
        PRIMARY KEY (subject, at)
    ) PARTITION BY RANGE (at);
"""
STATEMENTS = """
    CREATE TABLE {name} (
        database uuid NOT NULL,
        at timestamptz NOT NULL,
        queryid bigint NOT NULL,
        role text NOT NULL,
        seconds real NOT NULL,
        calls bigint NOT NULL,
        total_ms double precision NOT NULL,
        rows bigint NOT NULL DEFAULT 0,
        blocks_hit bigint NOT NULL DEFAULT 0,
        blocks_read bigint NOT NULL DEFAULT 0,
        temp_blocks bigint NOT NULL DEFAULT 0,
        wal_bytes bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (database, at, queryid, role)
    ) PARTITION BY RANGE (at);
"""
STEPS = ("minute", "ten_minutes", "day")


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="jellystone", description=DESCRIPTION)

    async def up():
        for step in STEPS:
            await execute(FIGURES.format(name=f"figures_{step}"))
            await execute(STATEMENTS.format(name=f"statements_{step}"))
        await execute("""
            CREATE INDEX slow_runs_query_start ON slow_runs (database, query_start DESC);
            CREATE INDEX rounds_at ON rounds (server, kind, at DESC);
            CREATE UNIQUE INDEX advice_check ON advice
                (server, coalesce(database, '00000000-0000-0000-0000-000000000000'), check_name);
        """)

    async def down():
        for step in STEPS:
            await execute(f"DROP TABLE figures_{step}")
            await execute(f"DROP TABLE statements_{step}")
        await execute("DROP INDEX slow_runs_query_start, rounds_at, advice_check")

    manager.add_raw(up)
    manager.add_raw_backwards(down)
    return manager

"""The server's own settings, as far as they matter to those who look after databases."""

from jellystone.postgres.connection import Connection

MATTER = (
    *("max_connections", "superuser_reserved_connections", "reserved_connections", "shared_buffers", "work_mem"),
    *("hash_mem_multiplier", "maintenance_work_mem", "autovacuum_work_mem", "autovacuum_max_workers", "temp_buffers"),
    *("effective_cache_size", "max_wal_size", "max_worker_processes", "max_parallel_workers", "huge_pages"),
    *("autovacuum", "autovacuum_naptime", "autovacuum_freeze_max_age", "autovacuum_multixact_freeze_max_age"),
    *("idle_session_timeout", "transaction_timeout", "log_min_duration_statement", "temp_file_limit"),
    *("random_page_cost", "default_transaction_isolation", "timezone", "max_locks_per_transaction"),
    *("track_activities", "track_counts", "track_io_timing", "shared_preload_libraries", "pg_stat_statements.max"),
    *("pg_stat_statements.track", "password_encryption", "ssl", "wal_level", "fsync", "full_page_writes"),
    *("synchronous_commit", "checkpoint_timeout", "data_checksums"),
)
BYTES = {"B": 1, "kB": 1024, "8kB": 8192, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
MILLISECONDS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}

# What our own session has set for itself says nothing of the server.
SETTINGS = """
SELECT name, setting, unit, vartype FROM pg_settings
WHERE lower(name) = ANY ($1::text[]) AND source NOT IN ('client', 'session') ORDER BY name"""


async def parameters(connection: Connection) -> dict[str, int | float | bool | str]:
    """By name, those that this version has and our role may see. In bytes and milliseconds; -1 and 0 as they are."""
    rows = await connection.fetch(SETTINGS, list(MATTER))
    return {row["name"]: _value(row["setting"], row["vartype"], row["unit"]) for row in rows}


def _value(setting: str, kind: str, unit: str | None) -> int | float | bool | str:
    if kind == "bool":
        return setting == "on"
    if kind not in ("integer", "real"):
        return setting
    number = float(setting)
    if unit is None or number <= 0:
        return int(number) if kind == "integer" else number
    pages = unit.removesuffix("kB")  # a block's size may be another than 8 kB
    factor = int(pages) * 1024 if pages.isdigit() else (BYTES | MILLISECONDS)[unit]
    return round(number * factor)

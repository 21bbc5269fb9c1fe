"""Rows of our own tables as series for Prometheus, each a line of a table here: its name, what it says, its column."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from prometheus_client.core import Metric

Kind = Literal["gauge", "unknown"]


class Series(NamedTuple):
    """`column` holds a number, or null where it is not known: then there is no sample."""

    name: str
    says: str
    column: str
    kind: Kind = "gauge"


OF_SERVER = (
    Series("pg_up", "Whether the server answered when it was last asked.", "up"),
    Series("pg_settings_max_connections", "max_connections", "max_connections"),
    Series("pg_postmaster_start_time_seconds", "When PostgreSQL was started.", "started_at"),
    Series("jellystone_server_connections", "Client connections, of all databases.", "connections"),
    Series("jellystone_server_connections_usable", "Connections that ordinary roles can have.", "usable"),
    Series("jellystone_server_contact_timestamp_seconds", "When the server last answered.", "contacted_at"),
    Series("jellystone_server_memory_bytes", "Memory of its machine.", "memory_bytes"),
)
OF_DATABASE = (
    Series("pg_database_size_bytes", "pg_database_size()", "size_bytes"),
    Series("pg_database_connection_limit", "Most connections at a time; -1 for no limit.", "connection_limit"),
    Series("jellystone_database_waiting", "Connections that wait for a lock.", "waiting"),
    Series("jellystone_database_private_memory_bytes", "Memory that its backends share with nobody.", "private_bytes"),
    Series("jellystone_database_last_query_timestamp_seconds", "When anybody last used it.", "last_query_at"),
    Series("jellystone_database_last_write_timestamp_seconds", "When anybody last wrote to it.", "last_write_at"),
    Series("jellystone_database_measured_timestamp_seconds", "When these figures were taken.", "measured_at"),
    Series("jellystone_database_oldest_password_timestamp_seconds", "When the oldest password was set.", "password_at"),
)
COUNTED: tuple[str, ...] = (
    "xact_commit",
    "xact_rollback",
    "blks_read",
    "blks_hit",
    "tup_returned",
    "tup_fetched",
    "tup_inserted",
)
COUNTED += ("tup_updated", "tup_deleted", "temp_files", "temp_bytes", "deadlocks", "sessions", "sessions_abandoned")
COUNTED += ("sessions_fatal", "sessions_killed")
OF_STATISTICS = tuple(
    Series(f"pg_stat_database_{column}", f"pg_stat_database.{column}", column, "unknown") for column in COUNTED
)
OF_STATE = Series("pg_stat_activity_count", "Client connections by state.", "count")
OF_ADVICE = Series("jellystone_advice", "1 for each check that is not ok, by state: watch, act or unknown.", "one")
OF_ROUND = (
    Series("jellystone_collector_round_duration_seconds", "Time that the last round took.", "seconds"),
    Series("jellystone_collector_round_timestamp_seconds", "When the last round was.", "at"),
    Series("jellystone_collector_round_rows", "Rows that the last round read.", "rows"),
    Series("jellystone_collector_round_failed", "1 if the last round failed.", "failed"),
)
OF_INSTANCE = (
    Series("jellystone_teams", "Teams.", "teams"),
    Series("jellystone_accounts", "Accounts.", "accounts"),
    Series("jellystone_mails_waiting", "Mails that wait to be sent.", "mails_waiting"),
    Series("jellystone_mail_oldest_waiting_seconds", "How long the oldest of them has waited.", "oldest_mail_seconds"),
    Series("jellystone_databases_without_series", "Databases beyond JELLYSTONE_METRICS_DATABASES.", "left_out"),
)
OF_STATUS = Series("jellystone_objects", "Databases and roles by status.", "count")


def families(series: Iterable[Series], rows: Iterable[Any], labels: tuple[str, ...]) -> Iterator[Metric]:
    """One family for each of the series; the labels are columns too."""
    rows = list(rows)
    for one in series:
        family = Metric(one.name, one.says, one.kind)
        for row in rows:
            value = row.get(one.column)
            if value is not None:
                family.add_sample(one.name, {label: row[label] for label in labels}, float(value))
        yield family

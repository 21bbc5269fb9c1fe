"""Numbers that run out, and what keeps old ones alive: in the end the server takes no more writes."""

from jellystone.postgres.checks.kinds import Check, Figure, Finding, graded, unknown
from jellystone.postgres.checks.seen import DatabaseSeen, ServerSeen

MILLION = 1_000_000
HOUR, DAY = 3600, 86400


def _xids(age: int, freeze_max_age: int, **more: str) -> Finding:
    figures: dict[str, Figure] = {"xid_age": age, "xid_percent": 100 * age / 2_146_000_000, **more}
    return graded(age, figures, watch=max(1.5 * freeze_max_age, 300 * MILLION), act=1000 * MILLION)


def _database_xids(seen: DatabaseSeen) -> Finding:
    return _xids(seen.health.xid_age, seen.freeze_max_age) if seen.health else unknown("look")


def _server_xids(seen: ServerSeen) -> Finding:
    health = seen.health
    return _xids(health.xid_age, health.freeze_max_age, oldest=health.oldest) if health else unknown("look")


def _mxids(seen: DatabaseSeen | ServerSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    age = seen.health.mxid_age
    return graded(age, {"mxid_age": age}, watch=600 * MILLION, act=1200 * MILLION)


def _prepared(seen: DatabaseSeen | ServerSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    seconds = seen.health.prepared_seconds or 0
    figures = {"prepared": seen.health.prepared, "oldest_seconds": round(seconds)}
    return graded(seconds, figures, watch=HOUR, act=DAY)


XIDS = (
    "Every transaction has a number, and old rows must be frozen before numbers come round again. At 2,146 million "
    "PostgreSQL takes no more writes."
)
PREPARED = (
    "A prepared transaction (two-phase commit) holds its locks and keeps PostgreSQL from cleaning up, also after a "
    "restart, until somebody ends it."
)

OF_DATABASES = (
    Check(
        name="transaction-ids",
        title="Transaction numbers run out",
        limits="watch above 1.5 times autovacuum_freeze_max_age (at least 300 million), act above 1,000 million",
        why=XIDS,
        judge=_database_xids,
        said="The oldest row that is not frozen is {xid_age} transactions old, {xid_percent} of what there is.",
        what="Something keeps autovacuum from its work: end transactions that have been open for long and prepared "
        "ones, then run this as owner, when there is little to do.",
        sql="VACUUM (FREEZE, VERBOSE);",
        eases_after=0,
    ),
    Check(
        name="multixact-ids",
        title="Numbers of shared locks run out",
        limits="watch above 600 million, act above 1,200 million",
        why="Rows that several transactions lock at once need numbers of another kind. They run out in the same way.",
        judge=_mxids,
        said="The oldest one in use is {mxid_age} numbers old.",
        what="End transactions that have been open for long, then run this as owner, when there is little to do.",
        sql="VACUUM (FREEZE, VERBOSE);",
        eases_after=0,
    ),
    Check(
        name="prepared-transactions",
        title="A prepared transaction was forgotten",
        limits="watch after 1 hour, act after 1 day",
        why=PREPARED,
        judge=_prepared,
        said="The oldest of {prepared} has waited for {oldest_seconds}.",
        what="Find the program that prepared it, and finish it: COMMIT PREPARED or ROLLBACK PREPARED with its name.",
        sql="SELECT gid, prepared, owner FROM pg_prepared_xacts WHERE database = current_database();",
        eases_after=0,
    ),
)
OF_SERVERS = (
    Check(
        name="transaction-ids",
        title="Transaction numbers run out",
        limits="watch above 1.5 times autovacuum_freeze_max_age (at least 300 million), act above 1,000 million",
        why=XIDS,
        judge=_server_xids,
        said="The oldest row that is not frozen is {xid_age} transactions old ({xid_percent}), in {oldest}.",
        what="Something keeps autovacuum from its work: transactions that have been open for long, prepared ones, or "
        "replication slots. End those, then run VACUUM (FREEZE) in that database.",
        sql="SELECT pid, datname, usename, state, xact_start, age(backend_xmin) FROM pg_stat_activity\n"
        "WHERE backend_xmin IS NOT NULL ORDER BY age(backend_xmin) DESC LIMIT 10;",
        by="operator",
        eases_after=0,
    ),
    Check(
        name="multixact-ids",
        title="Numbers of shared locks run out",
        limits="watch above 600 million, act above 1,200 million",
        why="Rows that several transactions lock at once need numbers of another kind. They run out in the same way.",
        judge=_mxids,
        said="The oldest one in use is {mxid_age} numbers old.",
        what="End transactions that have been open for long, then run VACUUM (FREEZE) in the first of these.",
        sql="SELECT datname, mxid_age(datminmxid) FROM pg_database ORDER BY 2 DESC;",
        by="operator",
        eases_after=0,
    ),
    Check(
        name="prepared-transactions",
        title="A prepared transaction was forgotten",
        limits="watch after 1 hour, act after 1 day, in any database",
        why=PREPARED,
        judge=_prepared,
        said="The oldest of {prepared} has waited for {oldest_seconds}.",
        what="Find whose it is, and finish it: COMMIT PREPARED or ROLLBACK PREPARED with its name.",
        sql="SELECT gid, database, owner, prepared FROM pg_prepared_xacts ORDER BY prepared;",
        by="operator",
        eases_after=0,
    ),
)

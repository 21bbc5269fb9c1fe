"""What the last hour's work says about the programs that do it."""

from jellystone.postgres.checks.kinds import Check, Finding, graded
from jellystone.postgres.checks.seen import DatabaseSeen

GB = 1 << 30
ENOUGH_BLOCKS = 10_000
ENOUGH_TRANSACTIONS = 1_000


def _cache(seen: DatabaseSeen) -> Finding:
    hour = seen.hour
    blocks = hour.blocks_hit + hour.blocks_read
    if blocks < ENOUGH_BLOCKS:
        return Finding("ok")
    share = 100 * hour.blocks_hit / blocks
    return graded(share, {"cache_hit_percent": round(share, 1), "blocks_read": hour.blocks_read}, watch=95, below=True)


def _spill(seen: DatabaseSeen) -> Finding:
    return graded(seen.hour.temp_bytes, {"temp_bytes": seen.hour.temp_bytes}, watch=GB, act=20 * GB)


def _rollbacks(seen: DatabaseSeen) -> Finding:
    hour = seen.hour
    transactions = hour.commits + hour.rollbacks
    if transactions < ENOUGH_TRANSACTIONS:
        return Finding("ok")
    share = 100 * hour.rollbacks / transactions
    figures = {"rollbacks": hour.rollbacks, "transactions": transactions, "rollback_percent": round(share, 1)}
    return graded(share, figures, watch=5, act=20)


def _deadlocks(seen: DatabaseSeen) -> Finding:
    return graded(seen.hour.deadlocks, {"deadlocks": seen.hour.deadlocks}, watch=0, act=10)


def _broken(seen: DatabaseSeen) -> Finding:
    hour = seen.hour
    figures = {"sessions_abandoned": hour.sessions_abandoned, "sessions_fatal": hour.sessions_fatal}
    return graded(hour.sessions_abandoned + hour.sessions_fatal, figures, watch=0, act=10)


OF_DATABASES = (
    Check(
        name="cache-hit",
        title="The cache is too small for what is read",
        limits="watch below 95 % of at least 10,000 blocks in the last hour; never more than a hint",
        why="Blocks that are not in PostgreSQL's cache come from the disk or the system's cache, which is slower.",
        judge=_cache,
        said="{cache_hit_percent} of the blocks read in the last hour were in the cache; {blocks_read} were not.",
        what="Look for queries that read much more than they return: an index often helps. If all of it is needed, "
        "an operator can raise shared_buffers. After a restart, and for reports, this is normal.",
        page="queries",
        needs="hour",
        eases_after=30,
    ),
    Check(
        name="spill",
        title="Sorting on disk",
        limits="watch above 1 GB, act above 20 GB of temporary files in an hour",
        why="What does not fit into work_mem is sorted and joined in temporary files: slow, and it can fill the disk.",
        judge=_spill,
        said="Queries wrote {temp_bytes} of temporary files in the last hour.",
        what="Find the queries that sort or join most; an index in the order of the sort often makes it unnecessary. "
        "Else raise work_mem for this database a little: each sort of each session may use that much.",
        page="parameters",
        needs="hour",
        eases_after=15,
    ),
    Check(
        name="rollbacks",
        title="Many transactions fail",
        limits="watch above 5 %, act above 20 % of at least 1,000 transactions in the last hour",
        why="A rolled back transaction is work done for nothing, and mostly an error that somebody sees.",
        judge=_rollbacks,
        said="{rollbacks} of {transactions} transactions were rolled back in the last hour ({rollback_percent}).",
        what="Look into your program's log for errors of the database: constraint violations, timeouts, wrong SQL. "
        "Some programs roll back on purpose after reading; then mute this check.",
        needs="hour",
        eases_after=15,
    ),
    Check(
        name="deadlocks",
        title="Deadlocks",
        limits="watch if there is any, act above 10 in an hour",
        why="Two transactions each waited for what the other held. PostgreSQL ended one of them with an error.",
        judge=_deadlocks,
        said="{deadlocks} in the last hour.",
        what="Change rows always in the same order, by their key for instance, and keep transactions short. The "
        "program should try once more after error 40P01. The server's log names both statements.",
        needs="hour",
        eases_after=15,
    ),
    Check(
        name="broken-sessions",
        title="Connections that broke off",
        limits="watch if there is any, act above 10 in an hour",
        why="A program went away without closing its connection, or a session ended with a fatal error. What it had "
        "not committed is lost.",
        judge=_broken,
        said="In the last hour {sessions_abandoned} were left open by the client, {sessions_fatal} ended in an error.",
        what="Look for crashes and restarts of your program at that time, for memory limits of its container, and for "
        "a firewall or proxy that cuts quiet connections. Close the pool when the program ends.",
        needs="hour",
        eases_after=15,
    ),
)

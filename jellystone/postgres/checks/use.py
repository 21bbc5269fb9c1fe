"""Is it used at all, and how quickly does it grow?"""

from jellystone.postgres.checks.kinds import Check, Finding, graded, unknown
from jellystone.postgres.checks.seen import DatabaseSeen

GB = 1 << 30
WATCH_DAYS, ACT_DAYS = 30, 90


def _unused(seen: DatabaseSeen) -> Finding:
    """Without any use we know only: not since it was made, and not since we began to look."""
    days = seen.unused_days
    if days is None:
        if seen.age_days <= WATCH_DAYS:
            return Finding("ok")
        if seen.looked_days is None or seen.looked_days <= WATCH_DAYS:
            return unknown("begin")
        days = min(seen.looked_days, seen.age_days)
    return graded(days, {"unused_days": int(days)}, watch=WATCH_DAYS, act=ACT_DAYS)


def _growth(seen: DatabaseSeen) -> Finding:
    now, before = seen.size_bytes, seen.size_a_day_ago_bytes
    if now is None or before is None:
        return Finding("ok") if now is not None and now <= GB else unknown("look" if now is None else "day")
    grown = now - before
    share = 100 * grown / before if before else 0
    figures = {"grown_bytes": grown, "grown_percent": round(share, 1), "size_bytes": now}
    return graded(share if grown > GB else 0, figures, watch=20)


OF_DATABASES = (
    Check(
        name="unused",
        title="It looks unused",
        limits="watch after 30 days, act after 90 days without a query",
        why="An unused database takes space and backups, and its passwords may still open it.",
        judge=_unused,
        said="Nobody has used it for {unused_days}.",
        what="Ask who might need it. If nobody does, keep a copy with pg_dump and delete it. If it must stay, mute "
        "this check.",
        page="removal",
        needs="hour",
        eases_after=0,
    ),
    Check(
        name="growth",
        title="Growing fast",
        limits="watch above 20 % and 1 GB within a day",
        why="At this rate the disk fills up sooner than somebody expects, and a full disk stops the whole server.",
        judge=_growth,
        said="It has grown by {grown_bytes} within a day ({grown_percent}), to {size_bytes}.",
        what="See which tables it is. If it is an import, all is well. If it is a log or a queue, delete what is old "
        "regularly, or partition it by time.",
        sql="SELECT relid::regclass AS table, pg_size_pretty(pg_total_relation_size(relid)) AS size, n_dead_tup\n"
        "FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 10;",
        page="statistics",
        needs="hour",
        eases_after=60,
    ),
)

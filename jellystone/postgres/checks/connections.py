"""Too many connections?"""

from jellystone.postgres.checks.kinds import Check, Finding, graded, unknown
from jellystone.postgres.checks.seen import DatabaseSeen, ServerSeen

MANY_IDLE = 20


def _limit(seen: DatabaseSeen) -> Finding:
    if seen.connections is None:
        return unknown("look")
    if seen.connection_limit is None:
        return Finding("ok")
    share = 100 * seen.connections / seen.connection_limit if seen.connection_limit else 0
    figures = {"connections": seen.connections, "connection_limit": seen.connection_limit, "used_percent": share}
    return graded(share, figures, watch=80, act=95)


def _idle(seen: DatabaseSeen) -> Finding:
    hour = seen.hour
    if hour.minutes < 50 or hour.connections <= MANY_IDLE:
        return Finding("ok")
    if hour.idle is None:
        return unknown("right")
    share = 100 * hour.idle / hour.connections
    if hour.idle <= MANY_IDLE or share <= 80:
        return Finding("ok")
    return Finding("watch", {"idle": round(hour.idle), "connections": round(hour.connections), "idle_percent": share})


def _server(seen: ServerSeen) -> Finding:
    if seen.full:
        return Finding("act", {"used": None, "usable": None, "used_percent": 100, "busiest": None})
    health = seen.health
    if health is None:
        return unknown("look")
    share = 100 * health.used / max(1, health.usable)
    figures = {"used": health.used, "usable": health.usable, "used_percent": share, "busiest": health.busiest}
    return graded(share, figures, watch=70, act=90)


OF_DATABASES = (
    Check(
        name="connection-limit",
        title="Connections close to the limit",
        limits="watch above 80 %, act above 95 % of the database's connection limit",
        why="At the limit PostgreSQL refuses new connections, and your program fails wherever it needs one.",
        judge=_limit,
        said="{connections} of {connection_limit} connections are open ({used_percent}).",
        what="See who holds them. Often a pool is too large, or a program does not give connections back. "
        "If all of them are needed, raise the limit on the page “Change”.",
        page="connections",
    ),
    Check(
        name="idle-connections",
        title="Connections that do nothing",
        limits="watch if more than 20, and more than 80 % of all, were idle for the last hour",
        why="Each open connection takes 2 to 4 MB of the server's memory and one of the places that others may need.",
        judge=_idle,
        said="{idle} of {connections} connections were idle, on average over the last hour ({idle_percent}).",
        what="Make your program's pool smaller, or let it close what it has not used for some minutes. "
        "You can also end idle sessions by default: idle_session_timeout.",
        page="parameters",
        needs="hour",
    ),
)
OF_SERVERS = (
    Check(
        name="connections",
        title="Connections of the server running out",
        limits="watch above 70 %, act above 90 % of what ordinary roles may use, or when it refuses us",
        why="When none is left, no database of this server can be reached any more.",
        judge=_server,
        said="{used} of {usable} connections are in use ({used_percent}), most of them by {busiest}.",
        what="Set connection limits on the databases that use most, lower their pools, or add a pooler such as "
        "PgBouncer. Raising max_connections needs a restart, and memory.",
        sql="SELECT datname, usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 20;",
        by="operator",
    ),
)

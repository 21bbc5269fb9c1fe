"""Does the server answer, is it one to trust, and may we see what we must?"""

from jellystone.postgres.checks.kinds import Check, Finding, graded, unknown
from jellystone.postgres.checks.seen import ServerSeen
from jellystone.postgres.names import quoted
from jellystone.postgres.probe import BROKEN_MINORS, OLDEST


def _answers(seen: ServerSeen) -> Finding:
    if seen.problem is None:
        return Finding("ok")
    silent = seen.silent_seconds
    figures = {"problem": seen.problem, "silent_seconds": silent}
    return graded(1e9 if silent is None else silent, figures, watch=-1, act=180)


def _version(seen: ServerSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    number, figures = seen.health.version_number, {"version": seen.health.version}
    if number in BROKEN_MINORS:
        return Finding("act", figures | {"wrong": "ignores ALTER ROLE … SET role: what owners make is theirs alone"})
    if number // 10000 < OLDEST:
        return Finding("watch", figures | {"wrong": "is out of support, and gets no more fixes"})
    return Finding("ok")


def _rights(seen: ServerSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    if seen.health.read_all_stats:
        return Finding("ok")
    role = seen.health.role
    return Finding("watch", {"role": role, "sql": f"GRANT pg_monitor TO {quoted(role)};"})


OF_SERVERS = (
    Check(
        name="answers",
        title="The server does not answer",
        limits="watch at once, act after 3 minutes",
        why="Programs cannot reach their databases either, or only we cannot: then figures stand still.",
        judge=_answers,
        said="{problem} Silent for {silent_seconds}.",
        what="See whether PostgreSQL runs on that machine and whether it can be reached from here: its log, the "
        "firewall, pg_hba.conf, and our role's password in JELLYSTONE_SERVER_URL.",
        by="operator",
        eases_after=2,
    ),
    Check(
        name="version",
        title="PostgreSQL needs an update",
        limits="watch where the major version is out of support, act where a minor has a known fault",
        why="What is known to be wrong in it is mended in a later release.",
        judge=_version,
        said="PostgreSQL {version} {wrong}.",
        what="Install the newest minor release and restart the server; for a new major version use pg_upgrade or move "
        "the databases.",
        by="operator",
        eases_after=0,
    ),
    Check(
        name="rights",
        title="We see only a part",
        limits="watch while our role may not read all statistics",
        why="Of sessions that we may not see we cannot say that all is well: such checks are unknown.",
        judge=_rights,
        said="Our role {role} may not read all statistics.",
        what="Give it that right, as a superuser. It shows statements and states, no data.",
        sql="GRANT pg_monitor TO {role};",
        by="operator",
        eases_after=0,
    ),
)

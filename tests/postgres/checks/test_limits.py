"""Every check just below and just above each of its limits, and where something is missing."""

from dataclasses import replace
from typing import Any

import pytest

from jellystone.postgres import checks
from jellystone.postgres.checks.kinds import Finding, State
from jellystone.postgres.checks.seen import DatabaseSeen, Hour, ServerSeen
from jellystone.postgres.drift import Drift
from jellystone.postgres.health import DatabaseHealth, ServerHealth, Session

GB = 1 << 30
MILLION = 1_000_000
WELL = DatabaseHealth(
    name="shop",
    broken=False,
    xid_age=100,
    mxid_age=0,
    hidden=0,
    idle_in_transaction=None,
    active=None,
    waiting=None,
    prepared=0,
    prepared_seconds=None,
    checksum_failures=None,
)
SERVER = ServerHealth(
    role="jadmin",
    version="18.6",
    version_number=180006,
    usable=100,
    used=1,
    busiest="shop",
    shared_buffers=GB,
    work_mem=4 << 20,
    hash_mem_multiplier=2.0,
    maintenance_work_mem=64 << 20,
    autovacuum_max_workers=3,
    freeze_max_age=200 * MILLION,
    xid_age=100,
    mxid_age=0,
    oldest="shop",
    broken=[],
    prepared=0,
    prepared_seconds=None,
    slots=[],
    slots_bytes=None,
    checksum_failures=None,
    read_all_stats=True,
)
HOUR = Hour(minutes=60)


def database(**seen: Any) -> DatabaseSeen:
    given: dict[str, Any] = {"connections": 0, "size_bytes": 1, "health": WELL, "hour": HOUR}
    return DatabaseSeen(name="shop", **given | seen)


def healthy(**seen: Any) -> DatabaseSeen:
    return database(health=replace(WELL, **seen))


def hour(**seen: Any) -> DatabaseSeen:
    return database(hour=replace(HOUR, **seen))


def session(seconds: float, **more: Any) -> Session:
    return Session(seconds=seconds, pid=1, role="app", **more)


def server(**seen: Any) -> ServerSeen:
    own = {name: seen.pop(name) for name in list(seen) if name in ServerSeen.__dataclass_fields__}
    given: dict[str, Any] = {"memory_bytes": 64 * GB, "health": replace(SERVER, **seen)}
    return ServerSeen(name="main", **given | own)


DATABASES: list[tuple[str, DatabaseSeen, State]] = [
    ("connection-limit", database(connections=80, connection_limit=100), "ok"),
    ("connection-limit", database(connections=81, connection_limit=100), "watch"),
    ("connection-limit", database(connections=95, connection_limit=100), "watch"),
    ("connection-limit", database(connections=96, connection_limit=100), "act"),
    ("connection-limit", database(connections=5000), "ok"),
    ("connection-limit", database(connections=0, connection_limit=0), "ok"),
    ("connection-limit", database(connections=None, connection_limit=10), "unknown"),
    ("idle-connections", hour(connections=25, idle=20), "ok"),
    ("idle-connections", hour(connections=25, idle=21), "watch"),
    ("idle-connections", hour(connections=50, idle=40), "ok"),
    ("idle-connections", hour(connections=50, idle=49, minutes=49), "ok"),
    ("idle-connections", hour(connections=21, idle=None), "unknown"),
    ("idle-connections", hour(connections=20, idle=None), "ok"),
    ("idle-in-transaction", healthy(), "ok"),
    ("idle-in-transaction", healthy(idle_in_transaction=session(60)), "ok"),
    ("idle-in-transaction", healthy(idle_in_transaction=session(61)), "watch"),
    ("idle-in-transaction", healthy(idle_in_transaction=session(601)), "act"),
    ("idle-in-transaction", healthy(hidden=1), "unknown"),
    ("idle-in-transaction", healthy(hidden=1, idle_in_transaction=session(601)), "act"),
    ("idle-in-transaction", database(health=None), "unknown"),
    ("long-query", healthy(active=session(300)), "ok"),
    ("long-query", healthy(active=session(301)), "watch"),
    ("long-query", healthy(active=session(3601)), "act"),
    ("long-query", healthy(hidden=3), "unknown"),
    ("lock-wait", healthy(waiting=session(10)), "ok"),
    ("lock-wait", healthy(waiting=session(11, blocked_by="app")), "watch"),
    ("lock-wait", healthy(waiting=session(61)), "act"),
    ("lock-wait", healthy(hidden=1), "unknown"),
    ("cache-hit", hour(blocks_hit=9_400, blocks_read=599), "ok"),
    ("cache-hit", hour(blocks_hit=9_500, blocks_read=500), "ok"),
    ("cache-hit", hour(blocks_hit=9_499, blocks_read=501), "watch"),
    ("cache-hit", hour(blocks_hit=0, blocks_read=90_000), "watch"),
    ("spill", hour(temp_bytes=GB), "ok"),
    ("spill", hour(temp_bytes=GB + 1), "watch"),
    ("spill", hour(temp_bytes=20 * GB + 1), "act"),
    ("rollbacks", hour(commits=0, rollbacks=999), "ok"),
    ("rollbacks", hour(commits=950, rollbacks=50), "ok"),
    ("rollbacks", hour(commits=949, rollbacks=51), "watch"),
    ("rollbacks", hour(commits=799, rollbacks=201), "act"),
    ("deadlocks", hour(deadlocks=0), "ok"),
    ("deadlocks", hour(deadlocks=1), "watch"),
    ("deadlocks", hour(deadlocks=11), "act"),
    ("broken-sessions", hour(sessions_abandoned=1), "watch"),
    ("broken-sessions", hour(sessions_abandoned=5, sessions_fatal=6), "act"),
    ("transaction-ids", healthy(xid_age=300 * MILLION), "ok"),
    ("transaction-ids", healthy(xid_age=300 * MILLION + 1), "watch"),
    ("transaction-ids", healthy(xid_age=1000 * MILLION + 1), "act"),
    ("transaction-ids", replace(healthy(xid_age=700 * MILLION), freeze_max_age=500 * MILLION), "ok"),
    ("transaction-ids", database(health=None), "unknown"),
    ("multixact-ids", healthy(mxid_age=600 * MILLION), "ok"),
    ("multixact-ids", healthy(mxid_age=600 * MILLION + 1), "watch"),
    ("multixact-ids", healthy(mxid_age=1200 * MILLION + 1), "act"),
    ("prepared-transactions", healthy(prepared=1, prepared_seconds=3600), "ok"),
    ("prepared-transactions", healthy(prepared=1, prepared_seconds=3601), "watch"),
    ("prepared-transactions", healthy(prepared=1, prepared_seconds=86401), "act"),
    ("unused", database(unused_days=30, age_days=400), "ok"),
    ("unused", database(unused_days=31, age_days=400), "watch"),
    ("unused", database(unused_days=91, age_days=400), "act"),
    ("unused", database(unused_days=None, age_days=30), "ok"),
    ("unused", database(unused_days=None, age_days=400, looked_days=None), "unknown"),
    ("unused", database(unused_days=None, age_days=400, looked_days=30), "unknown"),
    ("unused", database(unused_days=None, age_days=400, looked_days=31), "watch"),
    ("unused", database(unused_days=None, age_days=31, looked_days=400), "watch"),
    ("growth", database(size_bytes=6 * GB, size_a_day_ago_bytes=5 * GB), "ok"),
    ("growth", database(size_bytes=6 * GB + 1, size_a_day_ago_bytes=5 * GB), "watch"),
    ("growth", database(size_bytes=12 * GB, size_a_day_ago_bytes=10 * GB), "ok"),
    ("growth", database(size_bytes=2 * GB, size_a_day_ago_bytes=None), "unknown"),
    ("growth", database(size_bytes=GB, size_a_day_ago_bytes=None), "ok"),
    ("growth", database(size_bytes=None), "unknown"),
    ("renamed", healthy(), "ok"),
    ("renamed", healthy(name="shop_old"), "act"),
    ("renamed", database(health=None), "unknown"),
    ("gone", healthy(), "ok"),
    ("gone", database(health=None), "unknown"),
    ("gone", database(health=None, lost_tag="jellystone:db:1"), "act"),
    ("half-deleted", healthy(), "ok"),
    ("half-deleted", healthy(broken=True), "act"),
    ("half-deleted", database(health=None), "unknown"),
    ("checksum-failures", healthy(checksum_failures=0), "ok"),
    ("checksum-failures", healthy(checksum_failures=1), "act"),
    ("open-doors", database(), "ok"),
    ("open-doors", database(drift=Drift(doors={"everybody has CONNECT": "REVOKE …;"})), "act"),
    ("strangers", database(drift=Drift(strangers={"smith in shop_owner": "REVOKE …;"})), "act"),
    ("stray-owners", database(drift=Drift(owners={"app (3)": "REASSIGN …;"})), "watch"),
]
SERVERS: list[tuple[str, ServerSeen, State]] = [
    ("answers", server(), "ok"),
    ("answers", server(problem="It is silent.", silent_seconds=1, health=None), "watch"),
    ("answers", server(problem="It is silent.", silent_seconds=181, health=None), "act"),
    ("answers", server(problem="It never answered.", health=None), "act"),
    ("connections", server(used=70), "ok"),
    ("connections", server(used=71), "watch"),
    ("connections", server(used=91), "act"),
    ("connections", server(full=True, health=None), "act"),
    ("connections", server(health=None), "unknown"),
    ("memory", server(memory_bytes=None), "unknown"),
    ("memory", server(memory_bytes=5 * GB), "ok"),
    ("memory", server(memory_bytes=4 * GB), "watch"),
    ("memory", server(memory_bytes=3 * GB, private_bytes=GB), "watch"),
    ("memory", server(memory_bytes=3 * GB, private_bytes=2 * GB), "act"),
    ("memory", server(memory_bytes=3 * GB, private_bytes=None), "watch"),
    ("transaction-ids", server(xid_age=300 * MILLION), "ok"),
    ("transaction-ids", server(xid_age=300 * MILLION + 1), "watch"),
    ("transaction-ids", server(xid_age=1000 * MILLION + 1), "act"),
    ("multixact-ids", server(mxid_age=1200 * MILLION + 1), "act"),
    ("prepared-transactions", server(prepared=2, prepared_seconds=4000), "watch"),
    ("idle-slots", server(slots=["replica_1"], slots_bytes=5 * GB), "watch"),
    ("half-deleted", server(broken=["shop"]), "act"),
    ("checksum-failures", server(checksum_failures=2), "act"),
    ("version", server(), "ok"),
    ("version", server(version_number=170001, version="17.1"), "act"),
    ("version", server(version_number=140023, version="14.23"), "watch"),
    ("rights", server(), "ok"),
    ("rights", server(read_all_stats=False), "watch"),
]


def judged(check: Any, seen: Any, state: State) -> Finding:
    """What it says can be said: every figure in its words is there, and no name of one is left."""
    finding: Finding = check.judge(seen)
    assert finding.state == state
    if state in ("watch", "act"):
        words = [check.words(text, finding.seen) for text in (check.said, check.what, check.sql)]
        assert not [text for text in words if "?" in text or "{" in text]
    if state == "unknown":
        assert finding.seen["missing"] in ("right", "look", "day", "memory", "begin")
    return finding


@pytest.mark.parametrize(("name", "seen", "state"), DATABASES)
def test_a_database_is_judged_by_its_limits(name: str, seen: DatabaseSeen, state: State) -> None:
    judged(checks.OF_DATABASES[name], seen, state)


@pytest.mark.parametrize(("name", "seen", "state"), SERVERS)
def test_a_server_is_judged_by_its_limits(name: str, seen: ServerSeen, state: State) -> None:
    judged(checks.OF_SERVERS[name], seen, state)


def test_every_check_is_tried_and_each_can_go_wrong() -> None:
    for known, tried in ((checks.OF_DATABASES, DATABASES), (checks.OF_SERVERS, SERVERS)):
        assert {name for name, _, state in tried if state in ("watch", "act")} == set(known)
        assert not [name for name in known if len(name) > 40]


def test_what_is_seen_is_said_in_words() -> None:
    waits = judged(checks.OF_DATABASES["lock-wait"], healthy(waiting=session(75, blocked_by="report")), "act")
    words = checks.OF_DATABASES["lock-wait"].words
    said = words(checks.OF_DATABASES["lock-wait"].said, waits.seen)
    assert said == "app has been waiting for 75 seconds (process 1), for report."
    could = judged(checks.OF_SERVERS["memory"], server(memory_bytes=3 * GB), "watch")
    text = checks.OF_SERVERS["memory"].words(checks.OF_SERVERS["memory"].said, could.seen)
    assert text.startswith("PostgreSQL could use 3.7 GB of 3.0 GB (")
    assert text.endswith("In use now: unknown.")


def test_statements_to_run_quote_what_they_name() -> None:
    slots = judged(checks.OF_SERVERS["idle-slots"], server(slots=["it's"]), "watch")
    assert slots.seen["sql"] == "SELECT pg_drop_replication_slot('it''s');"
    rights = judged(checks.OF_SERVERS["rights"], server(role='ja"dmin', read_all_stats=False), "watch")
    assert rights.seen["sql"] == 'GRANT pg_monitor TO "ja""dmin";'

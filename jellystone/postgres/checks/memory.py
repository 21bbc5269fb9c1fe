"""Could the server's processes want more memory than there is?"""

from jellystone.postgres.checks.kinds import Check, Finding, unknown
from jellystone.postgres.checks.seen import ServerSeen

PROCESS_BYTES = 10 << 20
"""What a session takes before it sorts anything, generously."""


def worst_case_bytes(
    *,
    shared_buffers: int,
    usable: int,
    work_mem: int,
    hash_mem_multiplier: float,
    autovacuum_max_workers: int,
    maintenance_work_mem: int,
) -> int:
    """An upper bound: every session sorts twice at the same time, and every autovacuum worker is at work."""
    session = work_mem * hash_mem_multiplier * 2 + PROCESS_BYTES
    return int(shared_buffers + usable * session + autovacuum_max_workers * maintenance_work_mem)


def _worst_case(seen: ServerSeen) -> Finding:
    """It is urgent only if much of the memory is really in use."""
    health, memory = seen.health, seen.memory_bytes
    if health is None:
        return unknown("look")
    if not memory:
        return unknown("memory")
    could = worst_case_bytes(
        shared_buffers=health.shared_buffers,
        usable=health.usable,
        work_mem=health.work_mem,
        hash_mem_multiplier=health.hash_mem_multiplier,
        autovacuum_max_workers=health.autovacuum_max_workers,
        maintenance_work_mem=health.maintenance_work_mem,
    )
    share = 100 * could / memory
    used = None if seen.private_bytes is None else seen.private_bytes + health.shared_buffers
    figures = {
        "could_use_bytes": could,
        "could_use_percent": share,
        "memory_bytes": memory,
        "used_bytes": used,
        "work_mem_bytes": health.work_mem,
        "usable": health.usable,
    }
    if share > 100 and used is not None and used > 0.7 * memory:
        return Finding("act", figures)
    return Finding("watch" if share > 80 else "ok", figures)


OF_SERVERS = (
    Check(
        name="memory",
        title="Memory could run out",
        limits="watch if the worst case is above 80 % of the machine's memory, act if it is above 100 % and more than "
        "70 % is in use",
        why="When Linux runs out of memory it kills a process of PostgreSQL, and then all sessions of the server end.",
        judge=_worst_case,
        said="PostgreSQL could use {could_use_bytes} of {memory_bytes} ({could_use_percent}) if all {usable} "
        "connections sorted at once, each with {work_mem_bytes}. In use now: {used_bytes}.",
        what="Lower work_mem or max_connections, or give single databases their own work_mem and connection limits. "
        "It is an upper bound: while the use is far below it, this is no emergency.",
        sql="ALTER SYSTEM SET work_mem = '4MB';\nSELECT pg_reload_conf();",
        by="operator",
        eases_after=30,
    ),
)

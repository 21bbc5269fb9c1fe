"""What endangers the data itself: broken files, leftovers, and a disk that fills up."""

from jellystone.postgres.checks.kinds import Check, Finding, found, graded, unknown
from jellystone.postgres.checks.seen import DatabaseSeen, ServerSeen
from jellystone.postgres.names import literal, quoted


def _gone(seen: DatabaseSeen) -> Finding:
    if seen.lost_tag is None:
        return Finding("ok") if seen.health else unknown("look")
    return Finding("act", {"sql": f"COMMENT ON DATABASE {quoted(seen.name)} IS {literal(seen.lost_tag)};"})


def _renamed(seen: DatabaseSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    there = seen.health.name
    back = f"ALTER DATABASE {quoted(there)} RENAME TO {quoted(seen.name)};"
    return Finding("act", {"name_there": there, "sql": back}) if there != seen.name else Finding("ok")


def _broken(seen: DatabaseSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    return Finding("act" if seen.health.broken else "ok")


def _broken_ones(seen: ServerSeen) -> Finding:
    return found("act", seen.health.broken) if seen.health else unknown("look")


def _checksums(seen: DatabaseSeen | ServerSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    failures = seen.health.checksum_failures or 0
    return graded(failures, {"checksum_failures": failures}, watch=0, act=0)


def _slots(seen: ServerSeen) -> Finding:
    if seen.health is None:
        return unknown("look")
    slots = seen.health.slots
    drops = "\n".join(f"SELECT pg_drop_replication_slot({literal(slot)});" for slot in slots)
    return found("watch", slots, kept_bytes=seen.health.slots_bytes, sql=drops)


CHECKSUMS = (
    "What was read from the disk is not what was written: a disk, a controller or memory fails, or a file was damaged."
)
RESTORE = (
    "Stop writing to it, make a copy of what can still be read (pg_dump), and restore from a backup onto another disk. "
    "An operator looks for faults of the disk in the system's log."
)

OF_DATABASES = (
    Check(
        name="gone",
        title="It is not on the server",
        limits="act if the server has no database that bears our mark",
        why="We know a database by a comment on it, and touch nothing without. Programs may not find it either.",
        judge=_gone,
        said="The server has no database with our mark for this one.",
        what="If somebody dropped it there, lift its protection and delete it here. If it was restored from a backup, "
        "an operator marks it again; then its roles and rights need a look, too.",
        by="operator",
        page="removal",
        eases_after=0,
    ),
    Check(
        name="renamed",
        title="It has another name on the server",
        limits="act if the database that bears our mark is called otherwise there",
        why="Programs with its address from here cannot connect, its figures stand still, and nothing can be changed "
        "here.",
        judge=_renamed,
        said="On the server it is called {name_there}.",
        what="An operator gives it its name back while nobody is connected to it. If the new name has to stay, "
        "copy it with pg_dump into a database that is made here.",
        by="operator",
        eases_after=0,
    ),
    Check(
        name="half-deleted",
        title="It was only half deleted",
        limits="act if deleting it was interrupted",
        why="Nobody can connect to it any more, and its data is lost.",
        judge=_broken,
        said="A deletion was interrupted.",
        what="Lift its protection and delete it here once more. Then create it anew, and restore from a backup if "
        "it should not have been deleted.",
        page="removal",
        eases_after=0,
    ),
    Check(
        name="checksum-failures",
        title="Damaged data",
        limits="act if a block ever had a wrong checksum",
        why=CHECKSUMS,
        judge=_checksums,
        said="{checksum_failures} blocks had a wrong checksum.",
        what=RESTORE,
        eases_after=0,
    ),
)
OF_SERVERS = (
    Check(
        name="half-deleted",
        title="Databases that were only half deleted",
        limits="act if there is any, also of those that are not ours",
        why="Nobody can connect to them any more, their data is lost, and they take space.",
        judge=_broken_ones,
        said="Deleting was interrupted for {which}.",
        what="Delete ours here once more. Others are dropped with DROP DATABASE.",
        sql="SELECT datname FROM pg_database WHERE datconnlimit = -2;",
        by="operator",
        eases_after=0,
    ),
    Check(
        name="checksum-failures",
        title="Damaged data",
        limits="act if a block of any database ever had a wrong checksum",
        why=CHECKSUMS,
        judge=_checksums,
        said="{checksum_failures} blocks had a wrong checksum.",
        what=RESTORE,
        sql="SELECT datname, checksum_failures, checksum_last_failure\n"
        "FROM pg_stat_database WHERE checksum_failures > 0;",
        by="operator",
        eases_after=0,
    ),
    Check(
        name="idle-slots",
        title="A replication slot that nobody reads",
        limits="watch if there is any",
        why="PostgreSQL keeps all changes since then for its reader. The disk fills up, and nothing is cleaned up.",
        judge=_slots,
        said="Nobody reads {which}; {kept_bytes} of changes are kept for it.",
        what="Start the replica or subscriber again. If it is gone for good, drop the slot.",
        by="operator",
    ),
)

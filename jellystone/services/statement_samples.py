"""What statements cost in a step: the difference between two looks at pg_stat_statements. Texts are stored once.

The last look stays in this process: after a change of the leader one step is missing, and none is told twice.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.postgres.masking import masked
from jellystone.postgres.statements import Snapshot, Statement
from jellystone.tables.columns import uuid7

LONGEST = 600.0
"""Seconds between two looks; after more the difference belongs to no step."""
MOST = 200
"""Statements of a database in one step, the dearest; the rest of each role counts as one."""
REST = 0
"""The queryid of that rest."""
REST_TEXT = "-- all other statements of these minutes: many, and each of little weight"
TEXTS = 5000
"""Texts that are kept of a database; what comes after them counts as rest, until the daily sweep has made room."""
LENGTH = 2000
"""Characters of a text that are kept."""
READ = 8000
"""… and that are read: masking what was cut off is guessing."""
INTROSPECTION = re.compile(
    r"\s*(WITH RECURSIVE typeinfo_tree|SELECT current_setting\(\$\d+\) AS cur, set_config\(|"
    r"SELECT\s+ns\.nspname, t\.oid, t\.typname|SELECT\s+typname AS name, oid, typarray AS array_oid)"
)
"""What drivers ask by themselves (asyncpg, Npgsql, psycopg): nobody wrote it, nobody can make it faster."""

SUMS = ("calls", "total_ms", "rows", "blocks_hit", "blocks_read", "temp_blocks", "wal_bytes")
COLUMNS = ("queryid", "role", *SUMS)
OURS = "SELECT datid, database FROM counters WHERE server = $1 AND database IS NOT NULL"
KNOWN = """
    SELECT q.database, q.queryid FROM queries q
    JOIN unnest($1::uuid[], $2::bigint[]) AS seen(database, queryid) USING (database, queryid)
"""
FULL = "SELECT database, count(*) AS texts FROM queries WHERE database = ANY ($1::uuid[]) GROUP BY database"
NAMED = """
    INSERT INTO queries (id, database, queryid, text)
    SELECT new.id, d.id, new.queryid, new.text
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) AS new(id, database, queryid, text)
    JOIN databases d ON d.id = new.database
    ON CONFLICT DO NOTHING
"""
STORE = f"""
    INSERT INTO statements_minute (database, at, queryid, role, seconds, {", ".join(SUMS)})
    SELECT database, date_trunc('minute', now() - $2 * interval '1 second' + interval '30 seconds'), queryid, role, $2,
        {", ".join(SUMS)}
    FROM jsonb_populate_recordset(NULL::statements_minute, $1::text::jsonb) WHERE database IN (SELECT id FROM databases)
    ON CONFLICT (database, at, queryid, role) DO UPDATE SET
        {", ".join(f"{name} = statements_minute.{name} + excluded.{name}" for name in ("seconds", *SUMS))}
"""
SWEEP = """
    DELETE FROM queries q WHERE first_seen_at < now() - interval '1 day'
        AND NOT EXISTS (SELECT FROM statements_ten_minutes s WHERE s.database = q.database AND s.queryid = q.queryid)
        AND NOT EXISTS (SELECT FROM statements_day s WHERE s.database = q.database AND s.queryid = q.queryid)
"""
Key = tuple[int, str, int]
Id = tuple[int, int]

_last: dict[UUID, Snapshot] = {}
_hidden: dict[UUID, set[Id]] = defaultdict(set)


async def of_server(server: UUID) -> dict[int, UUID]:
    """Our databases there, by their number."""
    return {row["datid"]: row["database"] for row in await DB.fetch(OURS, server)}


def spent(server: UUID, now: Snapshot) -> list[Statement]:
    """Since the last look, the dearest of each database; nothing at the first one."""
    before = _last.get(server)
    if before is None or not 0 < (now.at - before.at).total_seconds() <= LONGEST:
        return []
    hidden = _hidden[server]
    return dearest(one for one in difference(before, now) if (one.datid, one.queryid) not in hidden)


async def unknown(ones: Iterable[Statement], ours: Mapping[int, UUID]) -> list[Id]:
    """Those whose text we have not."""
    ids = {(one.datid, one.queryid) for one in ones if one.queryid != REST}
    databases = {ours[datid]: datid for datid, _ in ids}
    rows = await DB.fetch(KNOWN, [ours[datid] for datid, _ in ids], [id for _, id in ids]) if ids else []
    return sorted(ids - {(databases[row["database"]], row["queryid"]) for row in rows})


async def store(
    server: UUID, now: Snapshot, ones: Sequence[Statement], texts: Mapping[Id, str], ours: Mapping[int, UUID]
) -> None:
    """Then `now` is what the next look is compared with."""
    _hidden[server] |= {id for id, text in texts.items() if INTROSPECTION.match(text)}
    hidden = _hidden[server]
    shown = [one for one in ones if (one.datid, one.queryid) not in hidden]
    if shown:
        seconds = (now.at - _last[server].at).total_seconds()
        named = await _name(shown, {id: text for id, text in texts.items() if id not in hidden}, ours)
        rows = [{name: getattr(one, name) for name in COLUMNS} | {"database": ours[one.datid]} for one in named]
        await DB.fetch(STORE, msgspec.json.encode(rows).decode(), seconds)
    _last[server] = now


def forget(server: UUID | None = None) -> None:
    """The last look at it, or at all: somebody else may look from now on."""
    for memory in (_last, _hidden):
        if server is None:
            memory.clear()
        else:
            memory.pop(server, None)


async def sweep() -> None:
    """Texts that no row of history speaks of any more."""
    await DB.fetch(SWEEP)


def difference(before: Snapshot, now: Snapshot) -> Iterator[Statement]:
    """What was spent in between. One whose counters began anew since then counts from 0.

    Of a database that was not looked at before nobody knows what was spent when.
    """
    reset = before.reset_at != now.reset_at
    earlier: dict[Key, Statement] = {} if reset else {_key(one): one for one in before.statements}
    for one in now.statements:
        if one.datid not in before.datids:
            continue
        old = earlier.get(_key(one))
        if old is None or old.since != one.since or one.calls < old.calls:
            yield one
        elif one.calls > old.calls:
            yield replace(one, **{name: max(0, getattr(one, name) - getattr(old, name)) for name in SUMS})


def dearest(ones: Iterable[Statement]) -> list[Statement]:
    """For each database those that took the most time; of what is left one sum for each role."""
    by_database: dict[int, list[Statement]] = defaultdict(list)
    for one in ones:
        by_database[one.datid].append(one)
    kept: list[Statement] = []
    for these in by_database.values():
        these.sort(key=lambda one: one.total_ms, reverse=True)
        kept += these[:MOST]
        kept += summed(replace(one, queryid=REST) for one in these[MOST:])
    return kept


def summed(ones: Iterable[Statement]) -> list[Statement]:
    """One for each database, role and queryid."""
    found: dict[Key, Statement] = {}
    for one in ones:
        known = found.get(_key(one))
        sums = {name: getattr(known, name) + getattr(one, name) for name in SUMS} if known else {}
        found[_key(one)] = replace(one, **sums)
    return list(found.values())


async def _name(ones: Sequence[Statement], texts: Mapping[Id, str], ours: Mapping[int, UUID]) -> list[Statement]:
    """Store the texts, masked, as long as there is room; what has none then counts as rest."""
    full = await DB.fetch(FULL, list({ours[datid] for datid, _ in texts}))
    room = {row["database"]: TEXTS - row["texts"] for row in full}
    names: dict[tuple[UUID, int], str] = {}
    without: set[Id] = set()
    for (datid, queryid), text in texts.items():
        database = ours[datid]
        left = room[database] = room.get(database, TEXTS) - 1
        if left < 0:
            without.add((datid, queryid))
        else:
            names[database, queryid] = masked(text)[:LENGTH]
    folded = [replace(one, queryid=REST) if (one.datid, one.queryid) in without else one for one in ones]
    names |= {(ours[one.datid], REST): REST_TEXT for one in folded if one.queryid == REST}
    databases, ids = [database for database, _ in names], [id for _, id in names]
    await DB.fetch(NAMED, [uuid7() for _ in names], databases, ids, list(names.values()))
    return summed(folded)


def _key(one: Statement) -> Key:
    return one.datid, one.role, one.queryid

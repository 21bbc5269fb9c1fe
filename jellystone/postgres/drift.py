"""Whether what we have laid down still stands: who may enter our databases, who is in their groups, who owns what.

Somebody with rights of their own on the server can change all of it behind our back. Three queries over catalogs that
all databases share, so none of them is entered.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from jellystone.postgres.connection import Connection
from jellystone.postgres.names import quoted
from jellystone.postgres.tags import tagged_database


@dataclass
class Drift:
    """What was found for one database, in words, and the SQL that puts it right again, a statement an entry."""

    doors: dict[str, str] = field(default_factory=dict)
    strangers: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """A role of ours in a group of ours: whether it belongs there only our own tables can say."""

    database: UUID
    role: UUID
    words: str
    sql: str


@dataclass(frozen=True)
class Found:
    """`users` by the id of the role of ours that has got a stranger as member."""

    databases: dict[UUID, Drift]
    users: dict[UUID, dict[str, str]]
    members: list[Member]

    def of(self, database: UUID) -> Drift:
        return self.databases.get(database, Drift())


async def look(connection: Connection) -> Found:
    doors, members, owners = [await connection.fetch(query) for query in (DOORS, MEMBERS, OWNERS)]
    per_grantor = connection.major >= 16
    found = Found({}, {}, [])
    for row in doors:
        _add(found, row["tag"], "doors", *_door(row))
    for row in members:
        _member(found, row, per_grantor=per_grantor)
    for row in owners:
        sql = f"REASSIGN OWNED BY {quoted(row['role'])} TO {quoted(row['datname'] + '_owner')};"
        _add(found, row["tag"], "owners", f"{row['role']} ({row['number']})", sql)
    return found


def _add(found: Found, tag: str, kind: str, words: str, sql: str) -> None:
    id = tagged_database(tag)
    if id is not None:
        getattr(found.databases.setdefault(id, Drift()), kind)[words] = sql


def _door(row: Any) -> tuple[str, str]:
    if row["privilege"] == "OWNER":
        words = f"{row['grantee']} owns it"
        return words, f"ALTER DATABASE {quoted(row['datname'])} OWNER TO {quoted(row['admin'])};"
    whom = "PUBLIC" if row["everybody"] else quoted(row["grantee"])
    words = f"{'everybody' if row['everybody'] else row['grantee']} has {row['privilege']}"
    return words, f"REVOKE {row['privilege']} ON DATABASE {quoted(row['datname'])} FROM {whom};"


def _member(found: Found, row: Any, *, per_grantor: bool) -> None:
    by = f" GRANTED BY {quoted(row['grantor'])} CASCADE" if per_grantor and row["grantor"] else ""
    sql = f"REVOKE {quoted(row['role'])} FROM {quoted(row['member'])}{by};"
    words = f"{row['member']} in {row['role']}" + (", and may add others" if row["admin_option"] else "")
    kind, id = _tagged(row["tag"])
    what, member = _tagged(row["member_tag"])
    if id is None:
        return
    if kind == "user":
        found.users.setdefault(id, {})[words] = sql
    elif what == "user" and member and not row["admin_option"]:
        found.members.append(Member(id, member, words, sql))
    else:
        _add(found, f"jellystone:db:{id}", "strangers", words, sql)


def _tagged(tag: str | None) -> tuple[str, UUID | None]:
    """`jellystone:group:<id>:owner` is a group, with its database's id."""
    _, kind, id, *_ = [*(tag or "").split(":"), "", "", ""]
    try:
        return kind, UUID(id)
    except ValueError:
        return kind, None


MEMBERS = """
SELECT r.rolname::text AS role, shobj_description(r.oid, 'pg_authid') AS tag, m.rolname::text AS member,
       shobj_description(m.oid, 'pg_authid') AS member_tag, a.admin_option,
       (SELECT g.rolname::text FROM pg_roles g WHERE g.oid = a.grantor) AS grantor
FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
WHERE shobj_description(r.oid, 'pg_authid') ~ '^jellystone:(group|user):' AND m.rolname <> session_user
ORDER BY 1, 3"""

DOORS = """
WITH ours AS (
    SELECT d.oid, d.datname::text, d.datdba, d.datacl, shobj_description(d.oid, 'pg_database') AS tag FROM pg_database d
    WHERE shobj_description(d.oid, 'pg_database') LIKE 'jellystone:db:%' AND d.datallowconn AND d.datconnlimit <> -2
)
SELECT o.tag, o.datname, x.grantee = 0 AS everybody, session_user::text AS admin,
       CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee)::text END AS grantee,
       x.privilege_type AS privilege
FROM ours o, LATERAL aclexplode(coalesce(o.datacl, acldefault('d', o.datdba))) x
WHERE x.grantee <> o.datdba AND pg_get_userbyid(x.grantee) <> session_user
  AND (x.grantee = 0 OR coalesce(shobj_description(x.grantee, 'pg_authid'), '')
       NOT LIKE 'jellystone:group:' || substr(o.tag, 15) || ':%')
UNION ALL
SELECT o.tag, o.datname, false, session_user::text, pg_get_userbyid(o.datdba)::text, 'OWNER'
FROM ours o WHERE pg_get_userbyid(o.datdba) <> session_user
ORDER BY 2, 5, 6"""

OWNERS = """
SELECT shobj_description(d.oid, 'pg_database') AS tag, d.datname::text, r.rolname::text AS role, count(*) AS number
FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.refobjid
WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND s.classid <> 'pg_default_acl'::regclass
  AND shobj_description(d.oid, 'pg_database') LIKE 'jellystone:db:%'
  AND coalesce(shobj_description(r.oid, 'pg_authid'), '') <>
      'jellystone:group:' || substr(shobj_description(d.oid, 'pg_database'), 15) || ':owner'
GROUP BY 1, 2, 3 ORDER BY 2, 3"""

"""What a server's catalog says of a database."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from jellystone.errors import Conflict, NotFound
from jellystone.postgres.connection import Connection
from jellystone.postgres.tags import tagged_database

LocaleProvider = Literal["libc", "icu", "builtin"]
PROVIDERS: dict[str, LocaleProvider] = {"c": "libc", "i": "icu", "b": "builtin"}


@dataclass(frozen=True, kw_only=True)
class DatabaseFacts:
    """`id` is the one in its tag; None: it is not ours, or not yet.

    `open`: it takes connections. `broken`: an interrupted DROP has left it, it can only be dropped. `mine`: it
    belongs to our own role. `public_closed` is known after `create` alone; False: readers can make tables there.
    """

    id: UUID | None
    tag: str | None
    open: bool
    broken: bool
    mine: bool
    owner: str
    connection_limit: int | None
    encoding: str
    locale: str
    locale_provider: LocaleProvider
    public_closed: bool | None = None

    def with_public(self, *, closed: bool) -> "DatabaseFacts":
        return replace(self, public_closed=closed)

    def left_unfinished(self, *, was_absent: bool) -> bool:
        """Whether a crash of ours between CREATE DATABASE and its tag explains it: closed, untagged, and our role's."""
        return was_absent and self.tag is None and not self.open and self.mine


async def database_facts(connection: Connection, name: str) -> DatabaseFacts | None:
    row = await connection.fetchrow(DATABASE, name)
    return _facts(row) if row else None


async def our_database(connection: Connection, name: str, id: UUID) -> DatabaseFacts:
    """The database, if it is whole and carries this id; else NotFound or Conflict."""
    facts = await database_facts(connection, name)
    if facts is None:
        raise NotFound(f"The database {name} is no longer on the server.")
    if facts.id != id:
        raise Conflict(f"The database {name} on the server is not the one we made: its comment says so.")
    if facts.broken:
        raise Conflict(f"The database {name} was only half deleted, its data is lost. Delete it again.")
    return facts


# The name of the column with the locale changed in 15 and 17, hence to_jsonb.
DATABASE = """
SELECT shobj_description(d.oid, 'pg_database') AS tag, d.datallowconn AS open, d.datconnlimit AS connection_limit,
       pg_get_userbyid(d.datdba) AS owner, pg_get_userbyid(d.datdba) = session_user AS mine,
       pg_encoding_to_char(d.encoding) AS encoding, coalesce(j ->> 'datlocprovider', 'c') AS provider,
       coalesce(j ->> 'datlocale', j ->> 'daticulocale', d.datcollate) AS locale
FROM pg_database d, to_jsonb(d) j WHERE d.datname = $1::name"""


def _facts(row: Any) -> DatabaseFacts:
    limit = row["connection_limit"]
    return DatabaseFacts(
        id=tagged_database(row["tag"]),
        tag=row["tag"],
        open=row["open"],
        broken=limit == -2,
        mine=row["mine"],
        owner=row["owner"],
        connection_limit=limit if limit >= 0 else None,
        encoding=row["encoding"],
        locale=row["locale"],
        locale_provider=PROVIDERS[row["provider"]],
    )

"""Whether a thing is still as the one who changes it has seen it, so that of two writers neither loses a change unseen.

A tag speaks of what a writer can set, and of which thing it is (one that was deleted and made again is another). It
does not speak of figures, which change every minute and would make each change fail.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from jellystone.database import DB
from jellystone.errors import Stale
from jellystone.facts.databases import Database
from jellystone.facts.loads import ChangedServer
from jellystone.facts.roles import Role
from jellystone.facts.servers import Server
from jellystone.facts.teams import Team

Fact = Database | Role | Server | Team
SETTABLE: dict[type[Fact], tuple[str, ...]] = {
    Database: ("id", "created_at", "team", "description", "connection_limit", "protected", "slow_query_ms"),
    Role: ("id", "created_at", "access", "connection_limit", "valid_until", "enabled", "secret_version"),
    Server: ("id", "created_at", "changed_at"),  # what a writer can set of it is told to operators only
    Team: ("id", "created_at", "name"),
}
LENGTH = 20


def tag(fact: object) -> str | None:
    """None for what has no tag."""
    fact = fact.server if isinstance(fact, ChangedServer) else fact
    names = next((names for kind, names in SETTABLE.items() if isinstance(fact, kind)), None)
    if names is None:
        return None
    values = [getattr(fact, name) for name in names]
    return hashlib.sha256(msgspec.json.encode(values)).hexdigest()[:LENGTH]


@dataclass(frozen=True)
class Condition:
    """On which a change is to be made. `tags`: it is one of these; `exists`: it is there, or is not. None: whatever."""

    tags: frozenset[str] | None = None
    exists: bool | None = None

    def check(self, fact: Fact | None) -> None:
        """Raises `Stale`; `fact` is what is there now, None if nothing is."""
        if fact is None and (self.exists or self.tags is not None):
            raise Stale("It is not there (any more), so nothing was done. Send it without If-Match to make it anew.")
        if fact is not None and self.exists is False:
            raise Stale(f"{fact.id} is there already, so nothing was done. Send it without If-None-Match to change it.")
        if fact is not None and self.tags is not None and tag(fact) not in self.tags:
            raise Stale(
                f"{fact.id} was changed after you looked, so it was left as it is. GET it again, see what is different,"
                " and send your change with the new ETag."
            )

    async def look(self, show: Callable[[], Awaitable[Fact]]) -> None:
        """Check what is there, where nothing is going to be changed."""
        if self != ALWAYS:
            self.check(await show())

    async def hold(self, table: str, row: UUID, show: Callable[[], Awaitable[Fact]]) -> None:
        """Check it in the transaction of the change: from here to its end nobody else can change the row."""
        if self != ALWAYS:
            await DB.fetch(f"SELECT FROM {table} WHERE id = $1 FOR NO KEY UPDATE", row)
        await self.look(show)


ALWAYS = Condition()

"""A database or role as it was found: its row with those it belongs to."""

from dataclasses import dataclass

from jellystone.tables.databases import Database
from jellystone.tables.roles import Role
from jellystone.tables.servers import Server
from jellystone.tables.teams import Team


@dataclass(frozen=True)
class Found:
    row: Database
    server: Server
    team: Team

    @property
    def id(self) -> str:
        """The readable key: `main/orders`."""
        return f"{self.server.name}/{self.row.name}"


@dataclass(frozen=True)
class FoundRole:
    row: Role
    database: Found

    @property
    def id(self) -> str:
        """The readable key: `main/orders/orders_app`."""
        return f"{self.database.id}/{self.row.name}"

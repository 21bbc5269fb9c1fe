"""What may be sent about a database."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from jellystone.facts.wishes import (
    ConnectionLimit,
    DatabaseName,
    Description,
    Encoding,
    Locale,
    LocaleProvider,
    Protected,
    SlowQueryMs,
    Slug,
)
from jellystone.services import databases, servers
from jellystone.web.given import AsAddressed


class NewDatabase(Struct, kw_only=True):
    name: DatabaseName
    team: Annotated[Slug | None, Meta(description="May be left out with a team token.")] = None
    server: Annotated[str, Meta(max_length=40, examples=["main"])] = servers.FIRST
    description: Description = ""
    connection_limit: ConnectionLimit | None = None
    protected: Protected = True
    encoding: Encoding | None = None
    locale_provider: LocaleProvider | None = None
    locale: Locale | None = None
    slow_query_ms: SlowQueryMs | None = None
    owner_role: Annotated[
        bool, Meta(description="Also make a role with access `owner`; its password is in the answer.", examples=[True])
    ] = False

    @property
    def wish(self) -> databases.Wish:
        named = ("name", "description", "connection_limit", "protected", "encoding", "locale", "locale_provider")
        return databases.Wish(slow_query_ms=self.slow_query_ms, **{name: getattr(self, name) for name in named})


class WantedDatabase(Struct, kw_only=True):
    """What it shall be: made if it is not there, else changed where it differs."""

    name: AsAddressed = None
    server: AsAddressed = None
    team: Annotated[Slug | None, Meta(description="May be left out with a team token.")] = None
    description: Description = ""
    connection_limit: ConnectionLimit | None = None
    protected: Protected = True
    encoding: Encoding | None = None
    locale_provider: LocaleProvider | None = None
    locale: Locale | None = None
    slow_query_ms: Annotated[
        SlowQueryMs | None, Meta(description="As in `POST`; left out or null: it stays, other than all else.")
    ] = None


class ChangesOfDatabase(Struct, kw_only=True):
    name: AsAddressed = None
    server: AsAddressed = None
    team: Annotated[
        Slug | None, Meta(description="The present one, or left out: to move it, transfer it.", examples=[])
    ] = None
    description: Description | UnsetType = UNSET
    connection_limit: ConnectionLimit | UnsetType | None = UNSET
    protected: Protected | UnsetType = UNSET
    slow_query_ms: SlowQueryMs | UnsetType = UNSET

"""Databases of teams. Their id is `server/database`."""

from msgspec import UNSET, UnsetType

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, at, given, in_database, listed, sent
from jellystone.facts.databases import CreatedDatabase, Database
from jellystone.facts.lists import Listing

DATABASE = as_(Database)
CREATED = as_(CreatedDatabase)
LISTED = as_(Listing[Database])


class Databases(Noun[Way]):
    @listed
    def list(self, *, q: str = "", team: str = "", server: str = "", per_page: int = 200) -> Call[Listing[Database]]:
        """Those that you may see, by name; `q` is what a name contains."""
        return Call("GET", "/databases", LISTED, query={"q": q, "team": team, "server": server, "per_page": per_page})

    @sent
    def get(self, id: str) -> Call[Database]:
        return Call("GET", in_database(id), DATABASE)

    @sent
    def create(
        self,
        name: str,
        *,
        team: str | UnsetType = UNSET,
        server: str | UnsetType = UNSET,
        description: str | UnsetType = UNSET,
        connection_limit: int | UnsetType | None = UNSET,
        protected: bool | UnsetType = UNSET,
        encoding: str | UnsetType | None = UNSET,
        locale_provider: str | UnsetType | None = UNSET,
        locale: str | UnsetType | None = UNSET,
        slow_query_ms: int | UnsetType | None = UNSET,
        owner_role: bool | UnsetType = UNSET,
    ) -> Call[CreatedDatabase]:
        """`team` is its slug, and may be left out with a team token.

        With `owner_role` a role comes along that owns what is in it; its password is in this answer.
        """
        body = given(
            name=name,
            team=team,
            server=server,
            description=description,
            connection_limit=connection_limit,
            protected=protected,
            encoding=encoding,
            locale_provider=locale_provider,
            locale=locale,
            slow_query_ms=slow_query_ms,
            owner_role=owner_role,
        )
        return Call("POST", "/databases", CREATED, body)

    @sent
    def put(
        self,
        id: str,
        *,
        team: str | UnsetType = UNSET,
        description: str | UnsetType = UNSET,
        connection_limit: int | UnsetType | None = UNSET,
        slow_query_ms: int | UnsetType | None = UNSET,
        protected: bool | UnsetType = UNSET,
        encoding: str | UnsetType | None = UNSET,
        locale_provider: str | UnsetType | None = UNSET,
        locale: str | UnsetType | None = UNSET,
    ) -> Call[Database]:
        """Make it, or bring it to this state: what is left out returns to its default, but `slow_query_ms` stays."""
        body = given(
            team=team,
            description=description,
            connection_limit=connection_limit,
            slow_query_ms=slow_query_ms,
            protected=protected,
            encoding=encoding,
            locale_provider=locale_provider,
            locale=locale,
        )
        return Call("PUT", in_database(id), DATABASE, body)

    @sent
    def update(
        self,
        id: str,
        *,
        description: str | UnsetType = UNSET,
        connection_limit: int | UnsetType | None = UNSET,
        slow_query_ms: int | UnsetType = UNSET,
        protected: bool | UnsetType = UNSET,
    ) -> Call[Database]:
        """What is left out stays."""
        body = given(
            description=description, connection_limit=connection_limit, protected=protected, slow_query_ms=slow_query_ms
        )
        return Call("PATCH", in_database(id), DATABASE, body, repeatable=False)

    @sent
    def delete(self, id: str) -> Call[None]:
        """With its roles, and everything in it. It must not be protected."""
        return Call("DELETE", in_database(id), as_nothing)

    @sent
    def move(self, id: str, *, team: str) -> Call[Database]:
        """To another team; for who owns both."""
        return Call("POST", in_database(id) + at("transfer"), DATABASE, {"team": team})

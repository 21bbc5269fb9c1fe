"""Managed servers, and who did what."""

from msgspec import UNSET, UnsetType

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, at, given, listed, sent
from jellystone.facts.events import Event
from jellystone.facts.lists import Listing
from jellystone.facts.loads import ChangedServer
from jellystone.facts.servers import Server

SERVER, CHANGED = as_(Server), as_(ChangedServer)
SERVERS = as_(Listing[Server])
EVENTS = as_(Listing[Event])


class Servers(Noun[Way]):
    @listed
    def list(self, *, q: str = "", per_page: int = 200) -> Call[Listing[Server]]:
        return Call("GET", "/servers", SERVERS, query={"q": q, "per_page": per_page})

    @sent
    def get(self, name: str) -> Call[Server]:
        return Call("GET", at("servers", name), SERVER)

    @sent
    def create(
        self,
        name: str,
        url: str,
        *,
        password: str | UnsetType = UNSET,
        public_host: str | UnsetType | None = UNSET,
        public_port: int | UnsetType | None = UNSET,
        public_sslmode: str | UnsetType | None = UNSET,
        memory_given_bytes: int | UnsetType | None = UNSET,
    ) -> Call[Server]:
        """`url` is our own way in; the password may stand in it, too. For operators."""
        body = given(
            name=name,
            url=url,
            password=password,
            public_host=public_host,
            public_port=public_port,
            public_sslmode=public_sslmode,
            memory_given_bytes=memory_given_bytes,
        )
        return Call("POST", "/servers", SERVER, body)

    @sent
    def put(
        self,
        name: str,
        url: str,
        *,
        password: str | UnsetType = UNSET,
        public_host: str | UnsetType | None = UNSET,
        public_port: int | UnsetType | None = UNSET,
        public_sslmode: str | UnsetType | None = UNSET,
        memory_given_bytes: int | UnsetType | None = UNSET,
    ) -> Call[Server]:
        """Register it, or bring it to this state. Without a password the one that is stored goes on."""
        body = given(
            url=url,
            password=password,
            public_host=public_host,
            public_port=public_port,
            public_sslmode=public_sslmode,
            memory_given_bytes=memory_given_bytes,
        )
        return Call("PUT", at("servers", name), SERVER, body)

    @sent
    def update(
        self,
        name: str,
        *,
        url: str | UnsetType = UNSET,
        password: str | UnsetType = UNSET,
        public_host: str | UnsetType | None = UNSET,
        public_port: int | UnsetType | None = UNSET,
        public_sslmode: str | UnsetType | None = UNSET,
        memory_given_bytes: int | UnsetType | None = UNSET,
    ) -> Call[ChangedServer]:
        """What is left out stays as it is. A stored password goes along only where host, port and user stay."""
        body = given(
            url=url,
            password=password,
            public_host=public_host,
            public_port=public_port,
            public_sslmode=public_sslmode,
            memory_given_bytes=memory_given_bytes,
        )
        return Call("PATCH", at("servers", name), CHANGED, body, repeatable=False)

    @sent
    def delete(self, name: str) -> Call[None]:
        """It must have no databases of ours. Nothing is changed on it."""
        return Call("DELETE", at("servers", name), as_nothing)


class Events(Noun[Way]):
    """The newest come first. Days are in UTC, such as 2030-01-31, and included."""

    @listed
    def of_team(
        self,
        team: str,
        *,
        person: str = "",
        object: str = "",
        action: str = "",
        since: str = "",
        until: str = "",
        per_page: int = 200,
    ) -> Call[Listing[Event]]:
        query = {"person": person, "object": object, "action": action, "since": since, "until": until}
        return Call("GET", at("teams", team, "events"), EVENTS, query={**query, "per_page": per_page})

    @listed
    def of_account(self, *, per_page: int = 200) -> Call[Listing[Event]]:
        """What you did, or was done in your name or to your account."""
        return Call("GET", "/account/events", EVENTS, query={"per_page": per_page})

    @listed
    def of_instance(self, *, per_page: int = 200) -> Call[Listing[Event]]:
        """For operators: everything."""
        return Call("GET", "/events", EVENTS, query={"per_page": per_page})

"""Managed servers."""

from msgspec import UNSET, UnsetType

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, at, given, listed, sent
from jellystone.facts.lists import Listing
from jellystone.facts.loads import ChangedServer, ServerLoad
from jellystone.facts.rounds import Rounds
from jellystone.facts.servers import Server

SERVER, CHANGED = as_(Server), as_(ChangedServer)
SERVERS, LOAD, ROUNDS = as_(Listing[Server]), as_(ServerLoad), as_(Rounds)


class Servers(Noun[Way]):
    @listed
    def list(self, *, q: str = "", per_page: int = 200) -> Call[Listing[Server]]:
        return Call("GET", "/servers", SERVERS, query={"q": q, "per_page": per_page})

    @sent
    def get(self, name: str) -> Call[Server]:
        return Call("GET", at("servers", name), SERVER)

    @sent
    def load(self, name: str) -> Call[ServerLoad]:
        """For operators: its memory, its settings, and which databases ask most of it."""
        return Call("GET", at("servers", name, "load"), LOAD)

    @sent
    def rounds(self, name: str) -> Call[Rounds]:
        """For operators: what looking at it has cost within the last day, and what went wrong."""
        return Call("GET", at("servers", name, "rounds"), ROUNDS)

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

"""Managed servers."""

from jellystone.client.calls import Call, Noun, Way, as_, at, listed, sent
from jellystone.facts.lists import Listing
from jellystone.facts.loads import ServerLoad
from jellystone.facts.rounds import Rounds
from jellystone.facts.servers import Server

SERVER, SERVERS = as_(Server), as_(Listing[Server])
LOAD, ROUNDS = as_(ServerLoad), as_(Rounds)


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
    def update(self, name: str, *, memory_given_bytes: int | None) -> Call[ServerLoad]:
        """For operators: how much memory it has, where it does not tell; None: not known."""
        body = {"memory_given_bytes": memory_given_bytes}
        return Call("PATCH", at("servers", name), LOAD, body, repeatable=False)

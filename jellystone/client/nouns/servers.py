"""Managed servers, and who did what."""

from jellystone.client.calls import Call, Noun, Way, as_, at, listed, sent
from jellystone.facts.events import Event
from jellystone.facts.lists import Listing
from jellystone.facts.servers import Server

SERVER = as_(Server)
SERVERS = as_(Listing[Server])
EVENTS = as_(Listing[Event])


class Servers(Noun[Way]):
    @listed
    def list(self, *, q: str = "", per_page: int = 200) -> Call[Listing[Server]]:
        return Call("GET", "/servers", SERVERS, query={"q": q, "per_page": per_page})

    @sent
    def get(self, name: str) -> Call[Server]:
        return Call("GET", at("servers", name), SERVER)


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

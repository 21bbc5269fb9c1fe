"""Who did what, to what, when and from where."""

from typing import Any

from jellystone.client.calls import Call, Noun, Way, as_, at, listed
from jellystone.facts.events import Event
from jellystone.facts.lists import Listing

EVENTS = as_(Listing[Event])


class Events(Noun[Way]):
    """The newest come first. Days are in UTC, such as 2030-01-31, and included; the rest is what a text contains."""

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
        query = _wanted(person, object, action, since, until, per_page)
        return Call("GET", at("teams", team, "events"), EVENTS, query=query)

    @listed
    def of_account(
        self,
        *,
        person: str = "",
        object: str = "",
        action: str = "",
        since: str = "",
        until: str = "",
        per_page: int = 200,
    ) -> Call[Listing[Event]]:
        """What you did, or was done in your name or to your account."""
        query = _wanted(person, object, action, since, until, per_page)
        return Call("GET", "/account/events", EVENTS, query=query)

    @listed
    def of_instance(
        self,
        *,
        person: str = "",
        object: str = "",
        action: str = "",
        since: str = "",
        until: str = "",
        per_page: int = 200,
    ) -> Call[Listing[Event]]:
        """For operators: everything."""
        query = _wanted(person, object, action, since, until, per_page)
        return Call("GET", "/events", EVENTS, query=query)


def _wanted(person: str, object: str, action: str, since: str, until: str, per_page: int) -> dict[str, Any]:
    wanted = {"person": person, "object": object, "action": action, "since": since, "until": until}
    return {**wanted, "per_page": per_page}

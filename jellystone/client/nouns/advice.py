"""What is not as it should be, why it matters, and what to do."""

from collections.abc import Sequence

from jellystone.client.calls import Call, Noun, Way, as_, at, in_database, listed, sent
from jellystone.facts.advice import Advice as AdviceFact
from jellystone.facts.advice import MutedAdvice, State
from jellystone.facts.lists import Listing

LISTED, MUTED = as_(Listing[AdviceFact]), as_(MutedAdvice)


class Advice(Noun[Way]):
    """Programs go by `check`, `state` and `seen`; the texts are for people."""

    @listed
    def list(
        self, *, state: State | None = None, team: str = "", server: str = "", per_page: int = 200
    ) -> Call[Listing[AdviceFact]]:
        """What to act on and what to watch in all your databases, worst first; or what is in this `state`."""
        query = {"state": state, "team": team, "server": server, "per_page": per_page}
        return Call("GET", "/advice", LISTED, query=query)

    @listed
    def of_database(self, id: str) -> Call[Listing[AdviceFact]]:
        """Every check with its state, worst first. What could not be looked at is `unknown`, never `ok`."""
        return Call("GET", in_database(id) + "/advice", LISTED)

    @listed
    def of_server(self, name: str) -> Call[Listing[AdviceFact]]:
        """For operators the checks of the server; for all what was found in those of its databases that they see."""
        return Call("GET", at("servers", name, "advice"), LISTED)

    @sent
    def muted(self) -> Call[MutedAdvice]:
        """About which checks you get no mails."""
        return Call("GET", "/account/advice", MUTED)

    @sent
    def mute(self, *, checks: Sequence[str] = (), all: bool = False) -> Call[MutedAdvice]:
        """No mails about these any more; about what is left out there are some again."""
        return Call("PUT", "/account/advice", MUTED, {"all": all, "checks": [*checks]})

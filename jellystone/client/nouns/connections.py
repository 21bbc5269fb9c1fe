"""Who is connected to a database at this moment, and how to stop them."""

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, at, in_database, listed, sent
from jellystone.facts.backends import Backend, Backends, BackendSort
from jellystone.facts.lists import Listing

CONNECTION, LISTED = as_(Backend), as_(Backends)


class Connections(Noun[Way]):
    """The server itself is asked, each time. A connection's id is that of its session: another never has the same."""

    @listed
    def list(
        self, database: str, *, q: str = "", sort: BackendSort = "since", per_page: int = 200
    ) -> Call[Listing[Backend]]:
        """Those that wait or work come first, the oldest first; Jellystone's own are left out."""
        query = {"q": q, "sort": sort, "per_page": per_page}
        return Call("GET", in_database(database) + "/connections", LISTED, query=query)

    @sent
    def page(
        self, database: str, *, q: str = "", sort: BackendSort = "since", page: int = 1, per_page: int = 50
    ) -> Call[Backends]:
        """A part of the list with what holds for all of it: how many are `idle`, and the `problem`, if there is one."""
        query = {"q": q, "sort": sort, "page": page, "per_page": per_page}
        return Call("GET", in_database(database) + "/connections", LISTED, query=query)

    @sent
    def get(self, database: str, id: str) -> Call[Backend]:
        return Call("GET", _one(database, id), CONNECTION)

    @sent
    def cancel(self, database: str, id: str) -> Call[None]:
        """What it is running. Its client gets the error 57014, and stays connected."""
        return Call("POST", _one(database, id) + "/cancellation", as_nothing)

    @sent
    def end(self, database: str, id: str) -> Call[None]:
        """Its client gets the error 57P01; what was not committed is rolled back."""
        return Call("DELETE", _one(database, id), as_nothing)

    @sent
    def end_idle(self, database: str) -> Call[None]:
        """All that do nothing and are in no transaction. Pools open new ones when they need them."""
        return Call("DELETE", in_database(database) + "/connections", as_nothing, query={"state": "idle"})


def _one(database: str, id: str) -> str:
    return in_database(database) + at("connections", id)

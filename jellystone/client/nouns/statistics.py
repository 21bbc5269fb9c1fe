"""What was measured: of a database, and for operators of a server."""

from jellystone.client.calls import Call, Noun, Way, as_, at, in_database, sent
from jellystone.facts.statistics import Span
from jellystone.facts.statistics import Statistics as StatisticsFact

STATISTICS = as_(StatisticsFact)


class Statistics(Noun[Way]):
    """`now` is what was last measured, `points` are the curves of the span: None where nobody looked, never 0."""

    @sent
    def of_database(self, id: str, *, span: Span = "day") -> Call[StatisticsFact]:
        """At most 124 points."""
        return Call("GET", in_database(id) + "/statistics", STATISTICS, query={"span": span})

    @sent
    def of_server(self, name: str, *, span: Span = "day") -> Call[StatisticsFact]:
        """For operators: all of its databases together, also those that Jellystone does not manage."""
        return Call("GET", at("servers", name, "statistics"), STATISTICS, query={"span": span})

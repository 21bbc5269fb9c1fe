"""What one wants to know first: four figures of now, each with its last day."""

from jellystone.web.vitals import Vital, vitals
from tests.web import measured
from tests.web.measured import statistics


def told(*busy: float | None) -> dict[str, Vital]:
    return {vital.title: vital for vital in vitals(statistics(*busy))}


def test_each_figure_has_its_last_day() -> None:
    now = told(0.5, 1.0, 0.2, None)
    assert list(now) == ["Connections", "Transactions", "Time in queries", "Size"]
    assert now["Time in queries"].value == "70 ms/s", "the last step has only just begun"
    assert now["Time in queries"].beside == "highest in the last day 350 ms/s"
    assert 'aria-label="Last day: 70 ms/s to 350 ms/s"' in now["Time in queries"].spark
    assert now["Size"].beside.endswith("less than a day ago")
    assert {vital.chart for vital in now.values()} == {"connections", "transactions", "time", "size"}


def test_what_nobody_measured_is_unknown_and_has_no_curve() -> None:
    for vital in vitals(measured.NOTHING):
        assert "unknown" in vital.value
        assert (vital.beside, vital.spark) == ("", "")


def test_a_database_that_rests_claims_nothing() -> None:
    assert told(0.0, 0.0)["Transactions"].beside == ""

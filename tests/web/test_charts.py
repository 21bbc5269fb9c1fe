"""Charts: axes that can be read, gaps that are gaps, and no style of their own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from markupsafe import Markup

from jellystone.facts.statistics import Statistics
from jellystone.web import axes, figures, paths
from jellystone.web.chart_words import NOTHING
from jellystone.web.charts import Drawing
from tests.web import measured
from tests.web.measured import statistics


def drawn(id: str, given: Statistics) -> Drawing:
    return next(drawing for drawing in figures.drawings(given) if drawing.chart.id == id)


def test_a_gap_breaks_the_curve_and_is_shaded() -> None:
    plot = drawn("time", statistics(0.1, 0.2, None, None, 0.3, 0.4)).plot
    (curve,) = re.findall(r'<path class="curve curve--1" d="([^"]*)"', plot)
    assert curve.count("M") == 2
    assert '<rect class="gap" x="20" width="20" height="1000"/>' in plot
    assert plot.count("nothing known") == 2


def test_one_step_alone_can_be_seen() -> None:
    assert paths.curve([None, 5.0, None], paths.heights(0, 10)) == "M10 500h10"
    assert paths.area([None, 5.0, None], [0, 0, 0], paths.heights(0, 10)) == "M10 500h10V1000h-10z"


def test_an_area_ends_on_what_is_below_it_in_one_stroke_where_that_is_flat() -> None:
    height = paths.heights(0, 10)
    assert paths.area([5.0, 6.0, None], [0, 0, 0], height) == "M5 500L15 400V1000H5z"
    assert paths.area([None, 5.0, 6.0], [0, 1, 2], height) == "M15 500L25 400L25 800L15 900z"


def test_stacked_curves_stand_on_one_another_and_say_their_sum() -> None:
    drawing = drawn("connections", statistics(1.0, 1.0))
    assert drawing.names == ["active", "idle in transaction", "idle", "in all"]
    assert drawing.cells[0] == ["2", "1", "9", "12"]
    heights = [
        re.findall(r"M5 (\d+)", curve)[0] for curve in re.findall(r'"curve curve--\d" d="([^"]*)"', drawing.plot)
    ]
    assert sorted(map(int, heights)) == list(map(int, heights)), "the highest is drawn first"


def test_the_figure_that_one_wants_to_know_first_stands_above_the_curve() -> None:
    def told(id: str, given: Statistics) -> tuple[str, str]:
        return drawn(id, given).latest, drawn(id, given).beside_latest

    given = statistics(1.0, 0.5, None)
    assert told("connections", given) == ("6", "1 active, 0.5 idle in transaction, 4.5 idle"), (
        "the last step only begins"
    )
    assert told("time", given) == ("175 ms/s", "highest 350 ms/s on 4 May, 08:45")
    assert told("cache", given)[1].startswith("lowest ")
    assert told("size", given)[1].endswith("less than on 4 May, 08:45")
    assert told("time", statistics(1.0, None, None))[0] == "unknown"
    assert told("time", statistics(0.0, 0.0)) == ("0 ms/s", "")


def test_connections_whose_states_are_hidden_are_drawn_and_not_guessed() -> None:
    given = statistics(1.0, 1.0, None)
    for state in ("active", "idle", "idle_in_transaction", "waiting"):
        setattr(given.points[1], f"connections_{state}", None)
    drawing = drawn("connections", given)
    assert drawing.names == ["active", "idle in transaction", "idle", "hidden from us", "in all"]
    assert drawing.cells == [["2", "1", "9", "0", "12"], [*[NOTHING] * 3, "12", "12"], [NOTHING] * 5]
    assert drawing.words.endswith(
        "In all: 12 to 12, most at 4 May, 09:00; 12 last. Not measured: 4 May, 09:15, for 1 steps."
    )


def test_a_limit_is_shown_only_where_it_tells_something() -> None:
    assert drawn("connections", statistics(1.0, connection_limit=20)).limit == "limit 20"
    assert "curve--limit" in drawn("connections", statistics(1.0, connection_limit=20)).plot
    assert drawn("connections", statistics(1.0, connection_limit=1000)).limit == ""


def test_who_does_not_see_the_curve_is_told_of_it() -> None:
    words = drawn("time", statistics(0.0, 1.0, None, 0.5)).words
    assert words == (
        "From 4 May, 08:30 to 4 May, 09:15 UTC. Time in queries: 0 ms/s to 350 ms/s, most at 4 May, 08:45; "
        "175 ms/s last. Not measured: 4 May, 09:00, for 1 steps."
    )


def test_an_idle_database_has_an_axis_that_claims_nothing() -> None:
    assert drawn("time", statistics(0.0, 0.0)).beside.count("<text") == 1
    cache = drawn("cache", statistics(0.0, 0.0))
    assert (cache.empty, cache.chart.none) == (True, "No query asked for anything in this time.")
    assert all(drawing.empty for drawing in figures.drawings(measured.NOTHING))


def test_nothing_in_a_chart_needs_a_style_or_a_script() -> None:
    for drawing in figures.drawings(measured.DAY):
        text = drawing.plot + drawing.beside + drawing.times.below
        assert not re.search(r"style|script|\bon\w+=|NaN|inf\b|None", text)


@pytest.mark.parametrize(
    ("most", "binary", "expected"),
    [
        (7, False, [0, 2, 4, 6, 8]),
        (0.03, False, [0, 0.01, 0.02, 0.03]),
        (1, False, [0, 0.25, 0.5, 0.75, 1]),
        (17.6 * 1024**3, True, [0, 5 * 1024**3, 10 * 1024**3, 15 * 1024**3, 20 * 1024**3]),
        (0, False, [0, 1]),
    ],
)
def test_axes_have_round_numbers(most: float, binary: bool, expected: list[float]) -> None:
    assert axes.ticks(most, binary=binary) == pytest.approx(expected)


def test_axes_of_time_are_round_in_the_units_of_time() -> None:
    for most, words in {
        81_000: ["0 ms", "25 s", "50 s", "75 s", "100 s"],
        700_000: ["0 ms", "5 min", "10 min", "15 min"],
        9_000_000: ["0 ms", "1 h", "2 h", "3 h"],
    }.items():
        assert [axes.length(tick) for tick in axes.ticks(most, timed=True)] == words


def test_a_share_begins_where_its_curve_does() -> None:
    assert [axes.ticks_of_share(least)[0] for least in (99.4, 97, 91, 30, 0)] == [99, 95, 90, 0, 0]
    assert axes.ticks_of_share(96) == [95, 96.25, 97.5, 98.75, 100]


def test_figures_have_their_units() -> None:
    assert [axes.octets(n) for n in (0, 999, 1024, 1536, 5 * 1024**3)] == [
        "0 bytes",
        "999 bytes",
        "1 kB",
        "1.5 kB",
        "5 GB",
    ]
    assert [axes.plain(n) for n in (0, 0.04, 12.345, 1234, 3_200_000)] == ["0", "0.04", "12.3", "1,234", "3.2 M"]
    assert (axes.busy(350), axes.busy(2500), axes.percent(99.25)) == ("350 ms/s", "2.5 s/s", "99.25 %")


def test_moments_below_are_few_and_in_words() -> None:
    begin = datetime(2026, 5, 4, 7, 20, tzinfo=UTC)  # a Monday
    told = {
        "three hours": (timedelta(hours=3), ["07:30", "08:00", "08:30", "09:00", "09:30", "10:00"]),
        "two days": (timedelta(days=2), ["12:00", "18:00", "5 May", "06:00", "12:00", "18:00", "6 May"]),
        "hour": (timedelta(hours=1), ["07:30", "07:45", "08:00", "08:15"]),
        "day": (timedelta(days=1), ["12:00", "18:00", "5 May", "06:00"]),
        "week": (timedelta(days=7), ["Tue 5", "Wed 6", "Thu 7", "Fri 8", "Sat 9", "Sun 10", "Mon 11"]),
        "month": (timedelta(days=30), ["11 May", "18 May", "25 May", "1 Jun"]),
        "year": (timedelta(days=364), ["Jul", "Sep", "Nov", "2027", "Mar"]),
    }
    for span, (length, words) in told.items():
        assert [word for _, word in axes.moments(begin, begin + length)] == words, span
    fortnight = axes.moments(begin, begin + timedelta(days=14))
    assert [word for _, word in fortnight] == ["Tue 5", "Thu 7", "Sat 9", "Mon 11", "Wed 13", "Fri 15", "Sun 17"]


def test_a_sparkline_is_a_word() -> None:
    assert figures.sparkline(None) == figures.sparkline((None,)) == Markup("")
    assert 'aria-label="Last day: not used"' in figures.sparkline((0.0, 0.0))
    assert 'aria-label="Last day: up to 12.5/s"' in figures.sparkline((None, 12.5, 1.0))

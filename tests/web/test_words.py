"""Figures and moments read as people say them."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from jellystone.web import words


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (0, "0 bytes"),
        (900, "900 bytes"),
        (1024, "1 kB"),
        (7_700_000, "7.3 MB"),
        (1_503_238_553, "1.4 GB"),
        (9 * 1024**5, "9,216 TB"),
    ],
)
def test_sizes_carry_the_units_of_postgresql(octets: int, said: str) -> None:
    assert words.size(octets) == said


def test_what_is_not_known_is_never_zero() -> None:
    assert "unknown" in words.size(None)
    assert "unknown" in words.number(None)
    assert "unknown" in words.ago(None)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=70), "1 minute ago"),
        (timedelta(minutes=4), "4 minutes ago"),
        (timedelta(hours=7), "7 hours ago"),
        (timedelta(days=3), "3 days ago"),
        (-timedelta(hours=2), "in 2 hours"),
    ],
)
def test_a_moment_is_told_by_its_distance(before: timedelta, said: str) -> None:
    assert f">{said}</time>" in words.ago(datetime.now(UTC) - before)


def test_a_moment_long_ago_is_a_date() -> None:
    assert ">12 Mar 2020</time>" in words.ago(datetime(2020, 3, 12, 9, 30, tzinfo=UTC))


def test_moments_are_told_in_utc_whatever_zone_they_came_in() -> None:
    berlin = datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert ">31 Dec 2025, 23:30 UTC</time>" in words.moment(berlin)
    assert 'datetime="2025-12-31T23:30:00Z"' in words.moment(berlin)


def test_a_role_that_cannot_log_in_says_why() -> None:
    role = SimpleNamespace(status="ready", enabled=True, valid_until=None)
    assert words.state(role) == "can log in"
    assert words.state(SimpleNamespace(**vars(role) | {"enabled": False})) == "disabled"
    assert words.state(SimpleNamespace(**vars(role) | {"valid_until": datetime(2020, 1, 1, tzinfo=UTC)})) == "expired"
    assert words.state(SimpleNamespace(**vars(role) | {"status": "creating"})) == "creating"


def test_an_unknown_state_is_shown_as_text() -> None:
    assert words.tag("<b>") == '<span class="tag">&lt;b&gt;</span>'


@pytest.mark.parametrize(("name", "said"), [("Rangers", "Ra"), ("geyser-watch", "GW"), ("x", "X"), ("", "?")])
def test_a_badge_carries_two_letters_of_the_name(name: str, said: str) -> None:
    assert words.initials(name) == said


def test_an_id_leads_to_its_page() -> None:
    assert words.page("main/orders/orders_app", "role") == "/databases/main/orders/roles/orders_app"
    assert words.page("main/orders", "database") == "/databases/main/orders"


def test_a_moment_goes_back_into_its_field_without_a_zone() -> None:
    assert words.entered(datetime(2030, 1, 31, 12, 0, tzinfo=UTC)) == "2030-01-31T12:00"
    assert words.entered(None) == ""

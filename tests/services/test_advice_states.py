"""Worse is believed at once, better only after a while."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from jellystone.postgres.checks.kinds import Finding, State
from jellystone.services.advice_states import Known, News, step

START = datetime(2026, 7, 1, 12, tzinfo=UTC)


def after(*states: str, minutes: int = 1, eases_after: int = 10) -> list[tuple[State, News | None]]:
    """What is stored, and what is news, after each of these findings, a minute apart."""
    known: Known | None = None
    told: list[tuple[State, News | None]] = []
    for turn, state in enumerate(states):
        at = START + timedelta(minutes=turn * minutes)
        known, news = step(known, Finding(cast("State", state), {"turn": turn}), at, eases_after=eases_after)
        told.append((known.state if known else "ok", news))
    return told


def test_what_is_wrong_is_believed_at_once_and_that_it_is_over_after_ten_minutes() -> None:
    told = after("ok", "watch", *["ok"] * 11)
    assert told[:2] == [("ok", None), ("watch", "opened")]
    assert told[2:12] == [("watch", None)] * 10
    assert told[12] == ("ok", "over")


def test_what_comes_and_goes_stays_open_and_is_told_once() -> None:
    told = after("act", *["ok", "ok", "act"] * 10)
    assert {state for state, _ in told} == {"act"}
    assert [news for _, news in told if news] == ["opened"]


def test_worse_and_better_are_told_each_once() -> None:
    told = after("watch", "act", *["watch"] * 11)
    assert [news for _, news in told] == ["opened", "worse", *[None] * 10, "better"]


@pytest.mark.parametrize("before", ["watch", "act"])
def test_not_being_able_to_see_is_no_news_and_hides_nothing_at_first(before: State) -> None:
    told = after(before, "unknown", "unknown", before)
    assert told == [(before, "opened"), *[(before, None)] * 3]
    assert after(before, *["unknown"] * 11)[-1] == ("unknown", None)


def test_what_could_not_be_seen_is_fine_as_soon_as_it_is_seen() -> None:
    assert after("unknown", "ok") == [("unknown", None), ("ok", None)]
    assert after("unknown", "watch") == [("unknown", None), ("watch", "opened")]


def test_since_when_is_when_it_came_to_this_state() -> None:
    known, _ = step(None, Finding("watch"), START, eases_after=5)
    later = START + timedelta(minutes=3)
    known, _ = step(known, Finding("watch", {"now": 2}), later, eases_after=5)
    assert known is not None
    assert (known.since, known.seen) == (START, {"now": 2})
    known, _ = step(known, Finding("act"), later, eases_after=5)
    assert known is not None
    assert (known.opened_at, known.since) == (START, later)

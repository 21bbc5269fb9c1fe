"""When a database was last used and written: each case of two or more looks at it. No clock and no database in here."""

from datetime import UTC, datetime, timedelta

import pytest

from jellystone.services.usage import Sample, Usage, follow, restarted

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Look = tuple[int, float, int, float | None]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def sample(minute: int, look: Look, *, reset_at: datetime | None = None) -> Sample:
    """`look`: rows written, milliseconds active, sessions, and when the newest statement began of who is connected."""
    written, active_ms, sessions, start = look
    return Sample(
        at=at(minute),
        written=written,
        active_ms=active_ms,
        sessions=sessions,
        reset_at=reset_at,
        last_start=None if start is None else at(start),
    )


def after(*looks: Look, ours: tuple[int, ...] = (), resets: tuple[int, ...] = ()) -> tuple[float | None, float | None]:
    """Last query and last write in minutes after noon; one look a minute. `ours`: we were inside before these looks."""
    known, before, reset_at = Usage(), None, None
    for minute, look in enumerate(looks):
        reset_at = at(minute - 0.5) if minute in resets else reset_at
        now = sample(minute, look, reset_at=reset_at)
        known, before = follow(known, before, now, ours=minute in ours), now
    found = (known.last_query_at, known.last_write_at)
    query, write = ((one - NOON).total_seconds() / 60 if one else None for one in found)
    return query, write


def test_nothing_was_used_in_the_future_when_a_clock_is_put_back() -> None:
    known = Usage(last_query_at=at(60), last_write_at=at(59), written_at=at(60))
    after = follow(known, sample(60, (5, 9, 3, None)), sample(1, (5, 9, 3, None)))
    assert (after.last_query_at, after.last_write_at) == (at(1), at(1))
    again = follow(after, sample(1, (5, 9, 3, None)), sample(2, (5, 9, 3, None)))
    assert (again.last_query_at, again.last_write_at) == (at(1), at(1))
    used = follow(again, sample(2, (5, 9, 3, None)), sample(3, (6, 10, 4, 2.5)))
    assert (used.last_query_at, used.last_write_at) == (at(2.5), at(2.5))


CASES: dict[str, tuple[tuple[Look, ...], float | None, float | None]] = {
    "one look at a quiet database tells nothing": (((5, 9, 3, None),), None, None),
    "one look at somebody connected tells their last statement": (((5, 9, 3, -7),), -7, None),
    "nothing moved": (((5, 9, 3, None), (5, 9, 3, None)), None, None),
    "somebody only connected": (((5, 9, 3, None), (5, 9, 4, None)), None, None),
    "somebody read and left": (((5, 9, 3, None), (5, 10, 4, None)), 1, None),
    "somebody read and stays": (((5, 9, 3, None), (5, 10, 4, 0.4)), 0.4, None),
    "somebody reads just now": (((5, 9, 3, None), (5, 9, 4, 0.9)), 0.9, None),
    "somebody wrote and left": (((5, 9, 3, None), (6, 10, 4, None)), 1, 1),
    "somebody wrote and stays": (((5, 9, 3, None), (6, 10, 4, 0.4)), 0.4, 0.4),
    "somebody wrote, their time is told later": (((5, 9, 3, None), (6, 9, 4, None), (6, 10, 4, None)), 2, 1),
    "autoanalyze wrote": (((5, 9, 3, None), (9, 9, 3, None), (9, 9, 3, None)), None, None),
    "autoanalyze wrote and long after somebody read": (
        ((5, 9, 3, None), (9, 9, 3, None), (9, 9, 3, None), (9, 10, 4, None)),
        3,
        None,
    ),
    "autoanalyze wrote, then somebody wrote": (((5, 9, 3, None), (9, 9, 3, None), (10, 10, 4, None)), 2, 2),
    "autoanalyze wrote twice": (((5, 9, 3, None), (9, 9, 3, None), (12, 9, 3, None), (12, 9, 3, None)), None, None),
    "autoanalyze wrote while somebody stays idle": (((5, 9, 3, -9), (9, 9, 3, -9), (9, 9, 3, -9)), -9, None),
    "a session stays without doing anything": (((5, 9, 3, -9), (5, 9, 3, -9)), -9, None),
    "a transaction is open": (((5, 9, 3, None), (5, 9, 4, 0.5), (5, 9, 4, 0.5)), 0.5, None),
    "a transaction is committed later": (((5, 9, 3, None), (5, 9, 4, 0.5), (6, 12, 4, 1.5)), 1.5, 1.5),
    "one left as another stays": (((5, 9, 3, 0), (6, 10, 3, 0.2)), 0.2, 0.2),
    "used, then quiet": (((5, 9, 3, None), (6, 10, 4, None), (6, 10, 4, None), (6, 10, 4, None)), 1, 1),
    "written, then only read": (((5, 9, 3, None), (6, 10, 4, None), (6, 11, 5, None)), 2, 1),
    "a crash, and nothing since": (((5, 9, 3, None), (0, 0, 0, None), (0, 0, 0, None)), None, None),
    "a crash, then a read": (((5, 9, 3, None), (0, 2, 1, None)), 1, None),
    "a crash, then a write": (((5, 9, 3, None), (1, 2, 1, None)), 1, 1),
    "a crash, then autoanalyze": (((5, 9, 3, None), (3, 0, 0, None), (3, 0, 0, None)), None, None),
    "a crash after a write that was told": (((5, 9, 3, None), (6, 10, 4, None), (0, 0, 0, None)), 1, 1),
    "a crash while a write waits for its proof": (((5, 9, 3, None), (6, 9, 4, None), (0, 0, 0, None)), None, None),
    "more rows after a crash than before": (((5, 9, 3, None), (7, 2, 1, None)), 1, 1),
}


@pytest.mark.parametrize("case", CASES)
def test_case(case: str) -> None:
    looks, query, write = CASES[case]
    assert after(*looks) == (query, write)


def test_a_reset_starts_at_zero_even_when_the_numbers_have_grown() -> None:
    assert after((5, 9, 3, None), (6, 10, 4, None), resets=(1,)) == (1, 1)
    assert after((5, 9, 3, None), (0, 0, 0, None), resets=(1,)) == (None, None)
    assert after((0, 0, 0, None), (0, 0, 0, None), resets=(1,)) == (None, None)
    assert restarted(sample(0, (5, 9, 3, None)), sample(1, (5, 9, 3, None), reset_at=at(0.5)))


def test_what_moved_while_we_were_inside_proves_nothing() -> None:
    assert after((5, 9, 3, None), (8, 20, 5, None), ours=(1,)) == (None, None)
    assert after((5, 9, 3, None), (8, 20, 5, None), (8, 20, 5, None), ours=(1,)) == (None, None)
    assert after((5, 9, 3, None), (6, 9, 4, None), (6, 10, 4, None), ours=(2,)) == (None, None)


def test_whoever_is_connected_meanwhile_is_told_all_the_same() -> None:
    assert after((5, 9, 3, None), (8, 20, 5, 0.5), ours=(1,)) == (0.5, None)


def test_after_our_visit_others_are_seen_again() -> None:
    assert after((5, 9, 3, None), (8, 20, 5, None), (9, 21, 6, None), ours=(1,)) == (2, 2)


def test_what_was_known_is_never_set_back() -> None:
    known = Usage(last_query_at=at(9), last_write_at=at(9))
    assert follow(known, None, sample(10, (5, 9, 3, -3))) == known

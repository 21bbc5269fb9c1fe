"""How often somebody may try, for any number of replicas."""

import asyncio
import time

import pytest

from jellystone.database import DB
from jellystone.errors import TooMany
from jellystone.services import throttle
from tests.park import Park

pytestmark = pytest.mark.anyio


async def outcome(what: str = "knock", who: str | None = "bear", limit: int = 3, seconds: int = 3600) -> bool:
    try:
        await throttle.count(what, who, limit=limit, seconds=seconds)
    except TooMany:
        return False
    return True


async def test_who_is_refused_is_told_for_how_long(park: Park) -> None:
    assert await outcome(limit=1)
    with pytest.raises(TooMany, match="Try again in") as refused:
        await throttle.count("knock", "bear", limit=1, seconds=3600)
    assert 0 < refused.value.retry_after <= 3600


async def test_so_many_and_no_more(park: Park) -> None:
    assert [await outcome() for _ in range(5)] == [True] * 3 + [False] * 2
    assert await outcome(who="another")
    assert await outcome(what="ring")


async def test_all_at_once_are_counted_one_by_one(park: Park) -> None:
    assert sorted(await asyncio.gather(*(outcome() for _ in range(12)))) == [False] * 9 + [True] * 3


async def test_after_its_time_a_window_is_over(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [await outcome(seconds=60) for _ in range(4)][-1] is False
    now = time.time()
    monkeypatch.setattr("jellystone.services.throttle.time.time", lambda: now + 61)
    assert await outcome(seconds=60)


async def test_forgetting_is_for_one_alone(park: Park) -> None:
    for who in ("bear", "wolf"):
        assert [await outcome(who=who) for _ in range(4)][-1] is False
    await throttle.forget("knock", "bear")
    assert await outcome()
    assert not await outcome(who="wolf")


async def test_somebody_without_an_address_is_not_counted(park: Park) -> None:
    assert all([await outcome(who=None) for _ in range(5)])


async def test_a_name_of_any_length_is_counted(park: Park) -> None:
    assert [await outcome(who="b" * 10_000) for _ in range(4)] == [True] * 3 + [False]


async def test_old_windows_are_swept_and_present_ones_kept(park: Park) -> None:
    await DB.fetch("INSERT INTO throttles VALUES ('old', extract(epoch FROM now()) - 90000, 1)")
    assert await outcome()
    await throttle.sweep()
    assert {row["key"] for row in await DB.fetch("SELECT key FROM throttles")} >= {"knock:bear"}
    assert not await DB.fetch("SELECT FROM throttles WHERE key = 'old'")

import asyncio
import os
import sys
import threading

import pytest

from jellystone.errors import Busy
from jellystone.services.hashing import Cost, Workers, key_for
from jellystone.services.vault import Sealed

CHEAP = Cost(memory=8, time=1, parallelism=1)
DEAR = Cost(memory=64 * 1024, time=4, parallelism=1)


def test_the_event_loop_goes_on_while_a_password_is_hashed() -> None:
    async def count() -> int:
        ticks = 0
        hashing = asyncio.ensure_future(Workers(1).do(lambda: DEAR.hash(b"pic-a-nic")))
        while not hashing.done():
            await asyncio.sleep(0.001)
            ticks += 1
        return ticks

    assert asyncio.run(count()) > 5


def test_no_more_jobs_run_at_a_time_than_there_are_threads() -> None:
    async def most_at_a_time(threads: int) -> int:
        running, most, lock = 0, 0, threading.Lock()
        pause = threading.Event()

        def job() -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            pause.wait(0.02)
            with lock:
                running -= 1

        workers = Workers(threads)
        await asyncio.gather(*(workers.do(job) for _ in range(8)))
        return most

    assert asyncio.run(most_at_a_time(1)) == 1
    assert asyncio.run(most_at_a_time(2)) == 2


def test_a_full_queue_says_when_to_come_back_and_takes_jobs_again_later() -> None:
    async def fill() -> None:
        gate, workers = threading.Event(), Workers(1, waiting=2)
        accepted = [asyncio.ensure_future(workers.do(lambda: gate.wait(10))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refusal:
            await workers.do(lambda: True)
        assert refusal.value.retry_after >= 1
        gate.set()
        assert await asyncio.gather(*accepted) == [True] * 3
        for _ in range(10):
            assert await workers.do(lambda: True)

    asyncio.run(fill())


def test_who_stops_waiting_makes_room_and_is_not_worked_for() -> None:
    async def give_up() -> None:
        gate, done, workers = threading.Event(), [], Workers(1, waiting=1)
        first = asyncio.ensure_future(workers.do(lambda: gate.wait(10)))
        second = asyncio.ensure_future(workers.do(lambda: done.append("second")))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0.01)
        third = asyncio.ensure_future(workers.do(lambda: done.append("third")))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, third)
        assert done == ["third"]

    asyncio.run(give_up())


def test_a_job_that_fails_fails_for_its_caller_and_makes_room() -> None:
    async def fail() -> None:
        workers = Workers(1, waiting=0)
        for _ in range(3):
            with pytest.raises(Sealed):
                await workers.do(lambda: key_for(b"nonsense", b"pic-a-nic"))

    asyncio.run(fail())


@pytest.mark.skipif(sys.platform != "linux", reason="niceness is a thread's own on Linux only")
def test_hashing_yields_to_everything_else() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    assert asyncio.run(Workers(1).do(niceness)) == min(before + 10, 19)
    assert niceness() == before


def test_a_wrapping_makes_the_same_key_of_the_same_password_only() -> None:
    one, two = CHEAP.new_wrapping(), CHEAP.new_wrapping()
    keys = {key_for(one, b"a"), key_for(one, b"b"), key_for(two, b"a"), key_for(Cost(16, 1, 1).new_wrapping(), b"a")}
    assert len(keys) == 4
    assert key_for(one, b"a") in keys
    assert {len(key) for key in keys} == {32}


def test_a_damaged_wrapping_is_told_and_not_computed() -> None:
    good = CHEAP.new_wrapping()
    for bad in [b"", good[:-1], good + b"\0", b"\2" + good[1:], good[:1] + bytes(9) + good[10:]]:
        with pytest.raises(Sealed, match="Reset your password"):
            key_for(bad, b"pic-a-nic")


def test_a_hash_that_is_none_matches_nothing() -> None:
    for stored in ["", "nonsense", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$!!!$???"]:
        assert not CHEAP.matches(stored, b"pic-a-nic")


def test_a_change_of_cost_is_noticed_in_hash_and_wrapping() -> None:
    stored, wrapping = CHEAP.hash(b"a"), CHEAP.new_wrapping()
    assert CHEAP.is_that_of(stored, wrapping)
    for other in [Cost(16, 1, 1), Cost(8, 2, 1), Cost(16, 1, 2)]:
        assert not other.is_that_of(stored, None)
        assert not CHEAP.is_that_of(stored, other.new_wrapping())

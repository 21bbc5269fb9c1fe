"""What happens by itself happens on one replica only, goes on after mistakes, and moves when that one goes."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from jellystone.database import DB
from jellystone.jobs import background
from jellystone.services import servers
from tests.park import Park
from tests.proxy import second_server

pytestmark = pytest.mark.anyio

LEADERS = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = $1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


class Counted:
    def __init__(self, *, fails: bool = False) -> None:
        self.times, self.at_once, self.most, self.fails = 0, 0, 0, fails

    async def __call__(self) -> None:
        self.times += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.02)
        self.at_once -= 1
        if self.fails:
            raise ValueError("a mistake of ours")

    __name__ = "counted"


async def until(true: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def jobs(*these: Counted) -> None:
        monkeypatch.setattr(background, "PROBE", 0.05)
        monkeypatch.setattr(background, "JOBS", dict.fromkeys(these, 0.01))

    return jobs


async def leaders() -> int:
    return len(await DB.fetch(LEADERS, background.LEADER & 0xFFFFFFFF))


async def test_only_one_replica_leads_and_another_takes_over(park: Park, quick: Callable[..., None]) -> None:
    job = Counted()
    quick(job)
    first = background.running()
    await first.__aenter__()
    await until(lambda: job.times > 0)
    async with background.running():
        await asyncio.sleep(0.2)
        assert await leaders() == 1
        assert job.most == 1
        await first.__aexit__(None, None, None)
        so_far = job.times
        await until(lambda: job.times > so_far)
        assert await leaders() == 1
    await asyncio.sleep(0.05)
    assert await leaders() == 0
    so_far = job.times
    await asyncio.sleep(0.1)
    assert job.times == so_far


async def test_every_replica_lets_go_of_servers_not_only_the_leader(
    park: Park, quick: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick()
    monkeypatch.setattr(background, "TIDY", 0.01)
    async with background.running():
        async with asyncio.timeout(5):
            while await leaders() != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        async with background.running(), second_server(park):
            away = await servers.by_name("away")
            reached = await servers.reach(away)
            async with reached.admin():
                pass
        async with asyncio.timeout(5):
            while away.id in servers._open:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert reached._idle == []


async def test_a_job_that_fails_is_logged_and_done_again_with_the_others(
    park: Park, quick: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    failing, fine = Counted(fails=True), Counted()
    quick(failing, fine)
    async with background.running():
        await until(lambda: failing.times > 2 and fine.times > 2)
    assert "the job test_background.counted failed" in caplog.text
    assert "a mistake of ours" in caplog.text


async def test_a_leader_that_loses_its_connection_stops_and_tries_again(park: Park, quick: Callable[..., None]) -> None:
    job = Counted()
    quick(job)
    async with background.running():
        await until(lambda: job.times > 0)
        ended = await DB.fetch(
            f"SELECT pg_terminate_backend(pid) FROM ({LEADERS}) leader", background.LEADER & 0xFFFFFFFF
        )
        assert len(ended) == 1
        so_far = job.times
        await until(lambda: job.times > so_far + 3)
        assert await leaders() == 1


async def test_what_the_last_process_left_is_taken_up_at_the_start(park: Park, quick: Callable[..., None]) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    await DB.fetch("UPDATE databases SET status = 'creating', retry_at = now() + interval '1 minute'")
    job = Counted()
    quick(job)
    async with background.running():
        await until(lambda: job.times > 0)
        rows = await DB.fetch("SELECT retry_at FROM databases")
    assert [row[0] for row in rows] == [None]

"""What a crash or an absent server left half done is finished, each thing for itself."""

import logging
from typing import Any

import pytest

from jellystone.database import DB
from jellystone.errors import Conflict, Unreachable
from jellystone.jobs import reconciler
from jellystone.services import databases, roles, servers
from jellystone.services.databases import Wish
from tests.park import Park
from tests.proxy import second_server

pytestmark = pytest.mark.anyio


async def make(park: Park, name: str, server: str = "main") -> Any:
    owner = roles.Wish(name=name, access="owner")
    at = await servers.by_name(server)
    return await databases.create(park.yogi.actor, park.team, at, Wish(name=name, protected=False), owner=owner)


async def statuses(table: str = "databases") -> dict[str, tuple[str, str | None]]:
    return {row[0]: (row[1], row[2]) for row in await DB.fetch(f"SELECT name, status, problem FROM {table}")}


async def test_what_is_ready_is_left_alone(park: Park) -> None:
    await make(park, "orders")
    before = park.cluster.log.stat().st_size
    await reconciler.take_up()
    await reconciler.finish_unfinished()
    new = park.cluster.log.read_text()[before:]
    assert "jellystone@postgres" not in new.replace(f"{park.cluster.user}@jellystone", "")
    assert not [line for line in new.splitlines() if f"{park.cluster.user}@postgres" in line]


async def test_what_was_just_begun_belongs_to_whoever_began_it(park: Park) -> None:
    await make(park, "orders")
    await DB.fetch("UPDATE databases SET status = 'creating', retry_at = now() + interval '1 minute'")
    await reconciler.finish_unfinished()
    assert (await statuses())["orders"][0] == "creating"
    await DB.fetch("UPDATE databases SET retry_at = now()")
    await reconciler.finish_unfinished()
    assert await statuses() == {"orders": ("ready", None)}


async def test_after_a_start_everything_unfinished_is_due_at_once(park: Park) -> None:
    await make(park, "orders")
    await DB.fetch(
        "UPDATE databases SET connection_limit = 3, limit_applied = false, retry_at = now() + interval '1 h'"
    )
    await DB.fetch("UPDATE roles SET status = 'deleting', retry_at = now() + interval '1 hour'")
    await reconciler.finish_unfinished()
    assert await park.sql("SELECT FROM pg_roles WHERE rolname = 'orders'")
    await reconciler.take_up()
    await reconciler.finish_unfinished()
    assert await statuses("roles") == {}
    assert not await park.sql("SELECT FROM pg_roles WHERE rolname = 'orders'")
    assert (await park.sql("SELECT datconnlimit FROM pg_database WHERE datname = 'orders'"))[0][0] == 3


async def test_one_that_cannot_be_finished_keeps_no_other_waiting(park: Park, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with second_server(park) as door:
        await make(park, "stuck", "away")
        await make(park, "orders")
        await door.shut()
        await DB.fetch("UPDATE databases SET status = 'deleting', attempts = 0")
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        assert list(await statuses()) == ["stuck"]
        assert "the database orders is finished" in caplog.text
        assert "the database stuck is not finished: The server away does not answer" in caplog.text
        assert "does not answer" in str((await statuses())["stuck"][1])
        await door.open()
        await reconciler.finish_unfinished()  # not yet: it waits a minute, then two, then four
        assert list(await statuses()) == ["stuck"]
        await DB.fetch("UPDATE databases SET retry_at = now()")
        await reconciler.finish_unfinished()
        assert await statuses() == {}


async def test_a_server_that_does_not_answer_is_asked_once(park: Park) -> None:
    async with second_server(park) as door:
        for name in ("one", "two"):
            await make(park, name, "away")
        await door.shut()
        await DB.fetch("UPDATE databases SET connection_limit = 5, limit_applied = false, attempts = 0")
        await reconciler.finish_unfinished()
        rows = await DB.fetch("SELECT attempts FROM databases ORDER BY name")
        assert [row[0] for row in rows] == [1, 0]
        await door.open()
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        assert set((await statuses()).values()) == {("ready", None)}


async def test_the_pause_between_attempts_doubles_up_to_an_hour(park: Park) -> None:
    async with second_server(park) as door:
        found, _ = await make(park, "orders", "away")
        await door.shut()
        pauses = []
        for attempts in (0, 1, 2, 5, 6, 40):
            await DB.fetch("UPDATE databases SET attempts = $1", attempts)
            with pytest.raises(Unreachable):
                await databases.change(park.yogi.actor, found, connection_limit=attempts + 1)
            row = await DB.fetch_row("SELECT round(extract(epoch FROM retry_at - now()) / 60)::int FROM databases")
            assert row is not None
            pauses.append(row[0])
        assert pauses == [1, 2, 4, 32, 60, 60]


async def test_roles_wait_for_their_database(park: Park) -> None:
    found, _ = await make(park, "orders")
    await DB.fetch("UPDATE databases SET status = 'failed', retry_at = now() + interval '1 hour'")
    await DB.fetch("UPDATE roles SET status = 'failed', retry_at = now()")
    await reconciler.finish_unfinished()
    assert (await statuses("roles"))["orders"][0] == "failed"
    await reconciler.take_up()
    await reconciler.finish_unfinished()
    assert await statuses("roles") == {"orders": ("ready", None)}
    assert found.row.name in await statuses()


async def test_a_database_that_became_somebody_elses_is_never_dropped(park: Park) -> None:
    found, _ = await make(park, "orders")
    await park.sql("COMMENT ON DATABASE orders IS 'mine now'")
    with pytest.raises(Conflict, match="so it stays"):
        await databases.delete(park.yogi.actor, found)
    await reconciler.take_up()
    await reconciler.finish_unfinished()
    assert (await statuses())["orders"][0] == "deleting"
    assert await park.sql("SELECT FROM pg_database WHERE datname = 'orders'")
    await park.sql("DROP DATABASE orders WITH (FORCE)")
    await reconciler.take_up()
    await reconciler.finish_unfinished()
    assert await statuses() == {}

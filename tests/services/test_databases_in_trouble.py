"""Databases while servers are away or busy, and while many want the same."""

import asyncio
from contextlib import suppress
from html import unescape

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.errors import Conflict, NotFound, Unreachable
from jellystone.jobs import reconciler
from jellystone.postgres import connection
from jellystone.services import databases
from tests.park import Park, problem
from tests.proxy import second_server
from tests.services.test_databases import make, names

pytestmark = pytest.mark.anyio


async def test_a_server_that_does_not_answer_is_named_and_nothing_is_kept(park: Park) -> None:
    async with second_server(park) as door:
        await door.shut()
        sent = {"name": "orders", "server": "away", "owner_role": True}
        away = await park.token.post("/databases", json=sent)
        assert problem(away)["status"] == 503
        assert "server away" in problem(away)["detail"]
        assert int(away.headers["retry-after"]) > 0
        again = await park.yogi.browser.post("/databases", data={**sent, "team": "rangers", "description": "kept"})
        assert again.status_code == 503
        assert "server away" in again.text
        assert "kept" in again.text
        assert await DB.fetch("SELECT FROM databases") == []
        await door.open()
        assert (await park.token.post("/databases", json=sent)).status_code == 201


async def test_what_a_lost_server_interrupts_says_so_and_is_finished_later(park: Park) -> None:
    async with second_server(park) as door:
        found = await make(park, server="away", protected=False)
        await door.shut()
        limited = await park.token.patch("/databases/away/orders", json={"connection_limit": 4})
        assert problem(limited)["status"] == 503
        shown = (await park.token.get("/databases/away/orders")).json()
        assert (shown["status"], shown["connection_limit"]) == ("ready", 4)
        assert "server away does not answer" in shown["problem"]
        assert shown["problem"] in unescape((await park.yogi.browser.get("/databases/away/orders")).text)
        assert (await park.token.get("/")).json()["problems"][0]["name"] == "orders"
        await door.open()
        repeated = await park.token.patch("/databases/away/orders", json={"connection_limit": 4})
        assert (repeated.status_code, repeated.json()["problem"]) == (200, None)
        assert (await park.sql("SELECT datconnlimit FROM pg_database WHERE datname = 'orders'"))[0][0] == 4
        await door.shut()
        with pytest.raises(Unreachable, match="away"):
            await databases.delete(park.yogi.actor, await databases.find(park.yogi.actor, "away", "orders"))
        shown = (await park.token.get("/databases/away/orders")).json()
        assert shown["status"] == "deleting"
        assert "away" in shown["problem"]
        page = await park.yogi.browser.get("/databases/away/orders")
        assert "is being deleted" in page.text
        refused = await park.token.post("/databases/away/orders/roles", json={"name": "late"})
        assert problem(refused)["status"] == 409
        await door.open()
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        assert (await park.token.get("/databases/away/orders")).status_code == 404
        assert found.row.name not in await names(park)


@pytest.mark.parametrize("busy", ["pg_database", "pg_db_role_setting"])
async def test_what_only_has_to_wait_is_kept_and_finished_later(
    park: Park, busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody sits on the catalog: after a while we give up, and leave nothing on the server that no row knows of."""
    monkeypatch.setitem(connection.SETTINGS, "lock_timeout", "200ms")
    async with second_server(park):
        guard = await asyncpg.connect(park.cluster.url())
        await guard.execute(f"BEGIN; LOCK TABLE {busy} IN SHARE MODE")
        late = await park.token.post("/databases", json={"name": "orders", "server": "away", "owner_role": True})
        assert problem(late)["status"] == 409
        assert "again in a moment" in problem(late)["detail"]
        shown = (await park.token.get("/databases/away/orders")).json()
        assert shown["status"] == ("failed" if busy == "pg_database" else "ready")
        await guard.close()
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        role = (await park.token.get("/databases/away/orders/roles/orders/password")).json()
        assert (role["status"], role["problem"]) == ("ready", None)
        await (await park.connect(role["uri"])).close()


async def test_of_eight_who_want_one_name_one_gets_it(park: Park) -> None:
    wanted = {"name": "orders", "owner_role": True}
    answers = await asyncio.gather(*(park.token.post("/databases", json=wanted) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (made,) = [answer for answer in answers if answer.status_code == 201]
    await (await park.connect(made.json()["owner"]["uri"])).close()
    assert (await park.token.get("/databases")).json()["total"] == 1


async def test_eight_who_bring_one_database_all_find_it_there(park: Park) -> None:
    answers = await asyncio.gather(*(park.token.put("/databases/main/orders", json={}) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert (await park.token.put("/databases/main/orders", json={})).json()["status"] == "ready"


async def test_twelve_can_be_made_at_once(park: Park) -> None:
    wanted = [{"name": f"orders_{number}", "owner_role": True} for number in range(12)]
    answers = await asyncio.gather(*(park.token.post("/databases", json=one) for one in wanted))
    assert [answer.status_code for answer in answers] == [201] * 12
    for answer in answers:
        await (await park.connect(answer.json()["owner"]["uri"])).close()


async def test_deleting_while_creating_leaves_nothing_behind(park: Park) -> None:
    for wait in (0.0, 0.01, 0.03, 0.06):
        creating = asyncio.create_task(make(park, protected=False))
        found = None
        while found is None and not creating.done():
            await asyncio.sleep(0.002)
            with suppress(NotFound):
                found = await databases.find(park.yogi.actor, "main", "orders")
        await asyncio.sleep(wait)
        assert found is not None
        await databases.delete(park.yogi.actor, found)
        with suppress(Conflict, NotFound):
            await creating
        assert await names(park) == ["jellystone"]
        assert await DB.fetch("SELECT FROM databases") == []
        assert not await park.sql("SELECT FROM pg_roles WHERE oid >= 16384")

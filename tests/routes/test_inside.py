"""/databases/…/inside: a look that somebody asks for, on record, and no use of the database."""

import pytest

from jellystone.database import DB
from jellystone.jobs import collector
from jellystone.services import servers, steps, watching
from tests.jobs.test_collector import settled
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
AT = "/databases/main/orders/inside"


@pytest.fixture
async def orders(park: Park) -> str:
    made = await park.token.post("/databases", json={"name": "orders", "owner_role": True})
    return str(made.json()["owner"]["uri"])


async def fill(park: Park, uri: str) -> None:
    client = await park.connect(uri)
    await client.execute('CREATE TABLE "Baskets" AS SELECT generate_series(1, 150000) AS a')
    await client.execute('DELETE FROM "Baskets" WHERE a <= 110000')
    await client.close()


async def test_before_anybody_has_looked_nothing_is_known(park: Park, orders: str) -> None:
    told = (await park.token.get(AT)).json()
    assert (told["looked_at"], told["total"], told["tables"], told["strays"]) == (None, None, [], [])
    page = (await park.yogi.browser.get(AT)).text
    assert "Nobody has looked yet" in page
    assert "Look inside now" in page
    assert f'href="{AT}"' in (await park.yogi.browser.get("/databases/main/orders/advice")).text


async def test_a_look_tells_of_dead_rows_and_how_to_clean_up_and_is_on_record(park: Park, orders: str) -> None:
    await fill(park, orders)
    answer = await park.booboo.browser.post(AT)
    assert (answer.status_code, answer.headers["location"]) == (303, AT)
    page = (await park.cindy.browser.get(AT)).text
    told = (await park.token.get(AT)).json()
    [table] = told["tables"]
    assert (told["looked_by"], told["total"]) == (park.booboo.email, 1)
    if table["rows_dead"] == 110_000:  # else the client's count is not told yet
        assert (table["lagging"], table["dead_percent"]) == (True, 275.0)
        assert table["sql"].startswith('VACUUM (ANALYZE) "public"."Baskets";')
        assert "1 table with many dead rows" in page
        client = await park.connect(orders)
        for sql in table["sql"].splitlines():
            await client.execute(sql)
        await client.close()
    assert "Baskets" in page
    found = await DB.fetch("SELECT actor, object FROM events WHERE action = 'looked inside'")
    assert [tuple(row) for row in found] == [(park.booboo.email, "main/orders")]
    again = (await park.token.post(AT)).json()
    assert again["looked_at"] == told["looked_at"], "half a minute is not over"
    await DB.fetch("UPDATE insides SET at = at - interval '1 minute'")
    assert (await park.token.post(AT)).json()["looked_at"] > told["looked_at"]


async def test_it_is_no_use_of_the_database(park: Park, orders: str) -> None:
    await steps.prepare()
    await settled()
    main = await servers.by_name("main")
    assert await collector.look_once(main, "overview", watching.overview)
    assert (await park.token.post(AT)).status_code == 200
    for _ in range(2):
        assert await collector.look_once(main, "overview", watching.overview)
    told = (await park.token.get("/databases/main/orders")).json()
    assert (told["last_query_at"], told["last_write_at"]) == (None, None)


async def test_who_may_only_look_does_not_send_us_in_and_strangers_see_nothing(park: Park, orders: str) -> None:
    assert problem(await park.cindy.program.post(AT))["status"] == 403
    assert "Look inside now" not in (await park.cindy.browser.get(AT)).text
    for send in (park.smith.program.get, park.smith.program.post):
        assert problem(await send(AT))["status"] == 404
    assert problem(await (await park.with_scopes("read")).post(AT))["status"] == 403

"""What looking at a server costs is there for operators, as a page and as JSON."""

import pytest

from jellystone.database import DB
from jellystone.jobs import collector
from jellystone.services import servers, steps, watching
from jellystone.tables.people import User
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
AT = "/servers/main/rounds"


async def test_operators_see_what_each_kind_of_look_costs_and_what_went_wrong(park: Park) -> None:
    await steps.prepare()
    await DB.fetch("DELETE FROM rounds")
    await User.update({User.operator: True}).where(User.email == park.yogi.email)
    never = (await park.yogi.program.get(AT)).json()
    assert [(one["kind"], one["rounds"], one["last_at"]) for one in never["kinds"]] == [
        (kind, 0, None) for kind in ("overview", "activity", "statements", "sizes", "probe")
    ]
    main = await servers.by_name("main")
    for kind in ("overview", "sizes"):
        assert await collector.look_once(main, kind, watching.LOOKS[kind])
    await DB.fetch(
        """INSERT INTO rounds (id, server, kind, milliseconds, rows, problem, at)
        VALUES (gen_random_uuid(), $1, 'overview', 9000, 0, 'It hangs.', now() - interval '1 hour')""",
        main.id,
    )
    answer = (await park.yogi.program.get(AT)).json()
    overview = answer["kinds"][0]
    assert (answer["id"], answer["connections"], overview["every_seconds"]) == ("main", 2, 60)
    assert (overview["rounds"], overview["failed"], overview["problem"]) == (2, 1, "It hangs.")
    assert overview["rows"] >= 2
    assert overview["mean_ms"] <= overview["longest_ms"] < 9000
    page = await park.yogi.browser.get(AT)
    assert page.status_code == 200
    for words in ("Sizes of all databases", "It hangs.", "1 failed", "unknown"):
        assert words in page.text
    assert f'href="{AT}"' in (await park.yogi.browser.get("/servers/main")).text
    assert problem(await park.yogi.program.get("/servers/nowhere/rounds"))["status"] == 404


async def test_nobody_else_does(park: Park) -> None:
    assert problem(await park.yogi.program.get(AT))["status"] == 403
    assert problem(await park.token.get(AT))["status"] == 403
    assert (await park.yogi.browser.get(AT)).status_code == 403
    assert f'href="{AT}"' not in (await park.yogi.browser.get("/servers/main")).text
    await watching.close_all()

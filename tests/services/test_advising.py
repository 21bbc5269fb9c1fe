"""The checks on a real server: what they find, what is recorded, who gets which mails, and who sees what."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Problem
from jellystone.services import advice_mails, advising, letters, servers, watching
from jellystone.services.steps import prepare
from jellystone.tables.servers import Server
from tests import inbox
from tests.clusters import Cluster
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
NOW = datetime.now(UTC)
UUID_OF_A_MAIL = UUID("0196f0c2-d4e8-7f3a-9b1c-2d3e4f5a6b7c")


LOOKED = """
    INSERT INTO figures_minute (subject, at, seconds) SELECT id, $1::timestamptz - interval '1 minute', 60 FROM servers
"""


@pytest.fixture(autouse=True)
def now() -> None:
    """Minutes may have passed since this module was read."""
    global NOW
    NOW = datetime.now(UTC)


@pytest.fixture
async def orders(park: Park) -> AsyncIterator[None]:
    """A database of the Rangers, measured a moment ago; Smith looks after the instance."""
    await park.token.post("/databases", json={"name": "orders", "protected": False})
    await DB.fetch("UPDATE databases SET measured_at = now() + interval '9 days', connections = 0, size_bytes = 1")
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.smith.email)
    await prepare()
    await DB.fetch(LOOKED, NOW)
    with inbox.mails_wait():
        await DB.fetch("DELETE FROM mails")
        yield
    await DB.fetch("DELETE FROM figures_minute")
    await DB.fetch("UPDATE servers SET advised = '{}', problem = NULL")
    await DB.fetch("DELETE FROM advice")


async def look(minutes: float = 0) -> None:
    """One round, so many minutes from now, and the mails that it causes."""
    at = NOW + timedelta(minutes=minutes)
    await advising.look_at(await servers.by_name("main"), at=at)
    await advice_mails.write(at)


async def states(park: Park) -> dict[str, str]:
    """What is not ok with the database."""
    items = (await park.token.get("/databases/main/orders/advice")).json()["items"]
    return {one["check"]: one["state"] for one in items if one["state"] != "ok"}


async def events(name: str = "main/orders") -> list[tuple[str, str]]:
    ours = "SELECT action, details ->> 'check' AS check FROM events WHERE object = $1 AND actor_kind = 'system'"
    rows = await DB.fetch(f"{ours} ORDER BY id", name)
    return [(row["action"], row["check"]) for row in rows]


async def test_before_anybody_has_looked_nothing_is_ok(park: Park, orders: None) -> None:
    every = (await park.token.get("/databases/main/orders/advice")).json()["items"]
    assert {one["state"] for one in every} == {"unknown"}
    count = (await park.token.get("/databases/main/orders")).json()["advice"]
    assert (count["unknown"], count["checks"]) == (len(every), len(every))
    await look()
    assert await states(park) == {}
    count = (await park.token.get("/databases")).json()["items"][0]["advice"]
    assert count == {"act": 0, "watch": 0, "unknown": 0, "checks": len(every)}
    assert "All is well." in (await park.cindy.browser.get("/databases/main/orders")).text


async def test_what_is_wrong_stands_on_every_page_and_in_json_until_it_is_over(park: Park, orders: None) -> None:
    await DB.fetch("UPDATE databases SET connections = 39, connection_limit = 40")
    await park.sql("GRANT CONNECT ON DATABASE orders TO PUBLIC")
    await look()
    assert await states(park) == {"open-doors": "act", "connection-limit": "act"}
    found = {one["check"]: one for one in (await park.token.get("/advice")).json()["items"]}
    limit, doors = found["connection-limit"], found["open-doors"]
    assert limit["seen"] == {"connections": 39, "connection_limit": 40, "used_percent": 97.5}
    assert limit["summary"] == "39 of 40 connections are open (98 %)."
    assert (limit["object"], limit["team"], limit["page"]) == (
        "main/orders",
        "rangers",
        "/databases/main/orders/connections",
    )
    assert (doors["sql"], doors["run_by"]) == ('REVOKE CONNECT ON DATABASE "orders" FROM PUBLIC;', "operator")
    for path in (
        "/",
        "/teams/rangers",
        "/databases/main/orders",
        "/databases/main/orders/advice",
        "/servers/main/advice",
    ):
        page = (await park.cindy.browser.get(path)).text
        assert "Others may enter this database" in page, path
    assert (await park.token.get("/databases/main/orders")).json()["advice"]["act"] == 2
    assert len((await park.token.get("/")).json()["advice"]) == 2
    assert sorted(await events()) == [("warned about", "connection-limit"), ("warned about", "open-doors")]
    await park.sql(doors["sql"])
    await DB.fetch("UPDATE databases SET connections = 1")
    await look(1)
    assert await states(park) == {"connection-limit": "act"}
    await look(10.5)
    assert await states(park) == {"connection-limit": "act"}
    await look(11.5)
    assert await states(park) == {}
    assert sorted(await events())[:2] == [
        ("ended a warning about", "connection-limit"),
        ("ended a warning about", "open-doors"),
    ]


async def test_what_is_changed_behind_our_back_is_found_whoever_it_is(park: Park, orders: None) -> None:
    await park.token.post("/databases", json={"name": "parcels", "owner_role": True, "protected": False})
    await park.token.post("/databases/main/orders/roles", json={"name": "orders_app", "access": "owner"})
    await park.sql("CREATE ROLE stranger")
    try:
        await park.sql("GRANT orders_app TO stranger")
        await park.sql("GRANT orders_ro TO parcels")
        await park.sql("CREATE TABLE stray (a int)", database="orders")
        await park.sql("ALTER TABLE stray OWNER TO orders_app", database="orders")
        await look()
        assert await states(park) == {"strangers": "act", "stray-owners": "watch"}
        items = (await park.token.get("/databases/main/orders/advice")).json()["items"]
        seen = {one["check"]: one for one in items}
        assert seen["strangers"]["seen"]["which"] == "parcels in orders_ro, stranger in orders_app"
        for sql in seen["strangers"]["sql"].splitlines():
            await park.sql(sql)
        await park.sql("DROP TABLE stray", database="orders")
        await look(1)
        assert await states(park) == {}
    finally:
        await park.sql("DROP ROLE stranger")


async def test_leftovers_and_disuse_are_found(park: Park, orders: None) -> None:
    ago = "UPDATE databases SET last_query_at = now() - interval '31 days', created_at = now() - interval '1 year'"
    await DB.fetch(ago)
    await park.sql("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'orders'")
    try:
        await look()
        assert await states(park) == {"half-deleted": "act", "unused": "watch"}
    finally:
        await park.sql("UPDATE pg_database SET datconnlimit = -1 WHERE datname = 'orders'")
    await park.sql("COMMENT ON DATABASE orders IS NULL")
    await look(1)
    assert (await states(park))["gone"] == "act"
    items = (await park.token.get("/databases/main/orders/advice")).json()["items"]
    await park.sql(next(one["sql"] for one in items if one["check"] == "gone"))
    await look(2)
    assert await states(park) == {"unused": "watch"}


async def test_a_database_that_was_renamed_on_the_server_is_told_from_one_that_is_gone(
    park: Park, orders: None
) -> None:
    await look()
    await park.sql("ALTER DATABASE orders RENAME TO older")
    try:
        await watching.overview(await servers.by_name("main"))
        measured = await DB.fetch("SELECT measured_at > now() AS so FROM databases")
        assert measured[0]["so"], "what bears another name is not measured: the figures stay as they were, and old"
        await look(1)
        assert await states(park) == {"renamed": "act"}
        items = (await park.token.get("/databases/main/orders/advice")).json()["items"]
        [found] = [one for one in items if one["check"] == "renamed"]
        assert (found["summary"], found["seen"]["name_there"]) == ("On the server it is called older.", "older")
        await park.sql(found["sql"])
    finally:
        if await park.sql("SELECT FROM pg_database WHERE datname = 'older'"):
            await park.sql("ALTER DATABASE older RENAME TO orders")
    await look(2)
    assert await states(park) == {}


async def test_the_last_hour_is_judged_from_stored_steps(park: Park, orders: None) -> None:
    await DB.fetch("DELETE FROM figures_minute")
    await look()
    assert {one for one, state in (await states(park)).items() if state == "unknown"} > {"spill", "unused"}
    steps = """
        INSERT INTO figures_minute (subject, at, seconds, connections, idle, commits, rollbacks, deadlocks, temp_bytes)
        SELECT s.id, date_trunc('minute', $1::timestamptz) - make_interval(mins => n), 60, 30, 29, 50, 5, 0, 30000000
        FROM generate_series(1, 55) AS n, (SELECT id FROM databases UNION ALL SELECT id FROM servers) AS s
    """
    await DB.fetch(steps, NOW)
    await look()
    assert await states(park) == {"idle-connections": "watch", "rollbacks": "watch", "spill": "watch"}
    items = (await park.token.get("/databases/main/orders/advice")).json()["items"]
    idle = next(one for one in items if one["check"] == "idle-connections")
    assert (idle["seen"]["idle"], idle["seen"]["connections"]) == (29, 30)


async def test_a_server_that_does_not_answer_is_told_and_what_was_found_is_not_forgotten(
    park: Park, orders: None, server: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await DB.fetch("UPDATE databases SET connections = 39, connection_limit = 40")
    await look()
    silent = await servers.by_name("main")
    monkeypatch.setattr(watching, "watch", unreachable)
    await advising.look_at(silent, at=NOW + timedelta(minutes=4))
    assert (await states(park))["connection-limit"] == "act"
    told = {one["check"]: one for one in (await park.smith.program.get("/servers/main/advice")).json()["items"]}
    assert told["answers"]["state"] in ("watch", "act")
    assert "Nobody is at home." in told["answers"]["summary"]
    assert "answers" not in (await park.yogi.program.get("/servers/main/advice")).text
    await DB.fetch("UPDATE servers SET advised = jsonb_set(advised, '{now}', to_jsonb(now() - interval '6 minutes'))")
    later = await states(park)
    assert (later["connection-limit"], later["lock-wait"], later.get("unused", "ok")) == (
        "act",
        "unknown",
        "ok",
    )


async def unreachable(_: Server) -> Any:
    raise Problem("Nobody is at home.")


async def test_owners_get_one_mail_with_all_that_is_new_and_one_when_it_is_over(park: Park, orders: None) -> None:
    await DB.fetch("UPDATE databases SET connections = 39, connection_limit = 40")
    await park.sql("GRANT CONNECT ON DATABASE orders TO PUBLIC")
    await look()
    assert await inbox.letters(park.yogi.email) == []
    await look(4)
    [(subject, text)] = await inbox.letters(park.yogi.email)
    assert subject == "2 findings need you"
    assert "main/orders: Connections close to the limit\n39 of 40 connections are open (98 %)." in text
    assert "/databases/main/orders/advice" in text
    for somebody in (park.booboo, park.cindy, park.smith):
        assert await inbox.letters(somebody.email) == []
    for minutes in (5, 30, 60 * 30):
        await look(minutes)
    assert len(await inbox.letters(park.yogi.email)) == 1
    await DB.fetch("UPDATE databases SET connections = 1")
    await park.sql("REVOKE CONNECT ON DATABASE orders FROM PUBLIC")
    for minutes in (2000, 2011):
        await look(minutes)
    assert [subject for subject, _ in await inbox.letters(park.yogi.email)] == [
        "2 findings need you",
        "Over: Others may enter this database (main/orders)",
        "Over: Connections close to the limit (main/orders)",
    ]


async def test_what_comes_back_within_a_day_is_not_mailed_again(park: Park, orders: None) -> None:
    for minute in range(0, 60 * 20, 200):
        await DB.fetch("UPDATE databases SET connections = 39, connection_limit = 40")
        await look(minute)
        await look(minute + 4)
        await DB.fetch("UPDATE databases SET connections = 1")
        await look(minute + 10)
        await look(minute + 30)
    assert len(await inbox.letters(park.yogi.email)) == 2


async def test_operators_get_mails_about_servers(park: Park, orders: None) -> None:
    await park.sql("CREATE DATABASE broken_one")
    await park.sql("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken_one'")
    try:
        await look()
        await look(4)
        [(subject, text)] = await inbox.letters(park.smith.email)
        assert subject == "main: Databases that were only half deleted"
        assert "Deleting was interrupted for broken_one." in text
        assert await inbox.letters(park.yogi.email) == []
        assert ("warned about", "half-deleted") in await events("main")
        assert "only half deleted" in (await park.smith.browser.get("/advice")).text
        assert "only half deleted" not in (await park.yogi.browser.get("/advice")).text
    finally:
        await park.sql("DROP DATABASE broken_one")


async def test_who_wants_none_of_them_says_so_for_a_check_or_for_all_and_by_a_link_without_signing_in(
    park: Park, orders: None
) -> None:
    page = (await park.yogi.browser.get("/account/advice")).text
    assert "Connections close to the limit" in page
    done = await park.yogi.browser.post("/account/advice?_method=put", data={"checks": "connection-limit"})
    assert done.status_code == 303
    assert (await park.yogi.program.get("/account/advice")).json() == {"all": False, "checks": ["connection-limit"]}
    wrong = problem(await park.yogi.program.put("/account/advice", json={"checks": ["honey"]}))
    assert list(wrong["errors"]) == ["checks"]
    assert problem(await park.token.get("/account/advice"))["status"] == 403
    await DB.fetch("UPDATE databases SET connections = 39, connection_limit = 40")
    await look()
    await look(4)
    assert await inbox.letters(park.yogi.email) == []
    await park.sql("GRANT CONNECT ON DATABASE orders TO PUBLIC")
    await look(5)
    await look(9)
    [(subject, _)] = await inbox.letters(park.yogi.email)
    assert subject == "main/orders: Others may enter this database"
    link = await inbox.link(park.yogi.email, "/unsubscriptions/")
    visitor = await park.client(accept="text/html")
    asked = (await visitor.get(link)).text
    assert "End these mails?" in asked
    assert park.yogi.email in asked
    ended = await (await park.client()).post(link, data={"List-Unsubscribe": "One-Click"})
    assert (ended.status_code, ended.json()) == (200, {"email": park.yogi.email, "ended": True})
    assert "No more mails" in (await visitor.get(link)).text
    assert (await park.yogi.program.get("/account/advice")).json()["all"] is True
    assert problem(await (await park.client()).get(link[:-3] + "AAA"))["status"] == 410
    await park.sql("REVOKE CONNECT ON DATABASE orders FROM PUBLIC")
    await look(20)
    assert len(await inbox.letters(park.yogi.email)) == 1


async def test_mail_programs_are_told_how_to_end_them(park: Park, orders: None) -> None:
    facts = {"title": "T", "object": "main/orders\nBcc: x", "summary": "S", "what": "W", "link": "http://l"}
    written = letters.write(
        "advice", opened=[facts], over=[], link="http://l", choose="http://c", unsubscribe="http://u"
    )
    assert "\n" not in written.subject
    message = letters.message(written, to="yogi@park.example", id=UUID_OF_A_MAIL, at=NOW)
    assert message["List-Unsubscribe"] == "<http://u>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert urlsplit(settings.current().base_url).netloc in written.text


async def test_others_see_nothing_of_it(park: Park, orders: None) -> None:
    await DB.fetch("UPDATE users SET operator = false WHERE email = $1", park.smith.email)
    await DB.fetch("UPDATE databases SET connections = 39, connection_limit = 40")
    await look()
    assert problem(await park.smith.program.get("/databases/main/orders/advice"))["status"] == 404
    assert (await park.smith.program.get("/advice")).json()["items"] == []
    assert (await park.smith.program.get("/servers/main/advice")).json()["items"] == []
    assert problem(await park.smith.program.get("/servers/nowhere/advice"))["status"] == 404
    for somebody in (park.yogi.program, park.booboo.program, park.cindy.program, park.token):
        [one] = (await somebody.get("/advice?state=act&team=rangers&server=main")).json()["items"]
        assert one["check"] == "connection-limit"
        assert (await somebody.get("/advice?state=watch")).json()["items"] == []
    assert (await park.token.get("/advice?page=9")).json()["total"] == 1
    narrow = await park.with_scopes("write")
    assert problem(await narrow.get("/advice"))["status"] == 403

"""Registering, changing and removing managed servers, as operators: people and programs, with real second clusters."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from httpx import AsyncClient, Response

from jellystone.database import DB
from jellystone.errors import NotFound
from jellystone.jobs import collector, reconciler
from jellystone.services import databases, servers, steps, watching
from tests.clusters import Cluster
from tests.park import PASSWORD, TABLES, Park, clear, problem
from tests.serving import open_folder, run

pytestmark = pytest.mark.anyio
SECRET = "h0ney & b@skets/100%"
ADMIN = f"CREATE ROLE jadmin LOGIN CREATEDB CREATEROLE PASSWORD '{SECRET}'"
KEY = "a key that is only good for tests and long enough"
OLD = "UPDATE sessions SET authenticated_at = now() - interval '1 hour'"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(18) as cluster:
        cluster.psql(ADMIN)
        cluster.psql(
            f"CREATE ROLE twin LOGIN CREATEDB CREATEROLE PASSWORD '{SECRET}'; CREATE ROLE poor LOGIN PASSWORD 'poor'"
        )
        yield cluster


@pytest.fixture
async def operator(park: Park, cluster: Cluster) -> AsyncIterator[AsyncClient]:
    """Yogi's program, who looks after the instance; whatever is registered goes."""
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.yogi.email)
    yield park.yogi.program
    await clear(cluster)
    await DB.fetch("DELETE FROM servers WHERE name <> 'main'")
    await servers.let_go()


def west(cluster: Cluster, **more: Any) -> dict[str, Any]:
    return {"name": "west", "url": plain(cluster), "password": SECRET, **more}


def plain(cluster: Cluster, user: str = "jadmin", host: str = "127.0.0.1") -> str:
    return f"postgresql://{user}@{host}:{cluster.port}/postgres?sslmode=prefer"


async def registered(operator: AsyncClient, cluster: Cluster, **more: Any) -> dict[str, Any]:
    answer = await operator.post("/servers", json=west(cluster, **more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def wrong(answer: Response, status: int, field: str) -> str:
    """What is told about the field."""
    told = problem(answer)
    assert told["status"] == status, answer.text
    return str(told["errors"][field])


async def stored(name: str = "west") -> str:
    return str((await servers.reach(await servers.by_name(name))).address.password)


async def test_a_whole_life(park: Park, operator: AsyncClient, cluster: Cluster) -> None:
    answer = await operator.post("/servers", json=west(cluster, public_host="localhost"))
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, "/servers/west")
    assert (made["id"], made["host"], made["port"], made["sslmode"]) == ("west", "localhost", cluster.port, "prefer")
    assert (made["version"][:3], made["rights"]["createdb"], made["problem"]) == ("18.", True, None)
    assert (made["by_settings"], made["admin"]) == (False, {"url": plain(cluster), "tls": ""})
    database = await park.token.post("/databases", json={"name": "honey", "server": "west", "owner_role": True})
    assert database.status_code == 201, database.text
    role = (await park.token.post("/databases/west/honey/roles", json={"name": "honey_app"})).json()
    assert f"@localhost:{cluster.port}/honey" in role["uri"]
    client = await park.connect(role["uri"])
    assert await client.fetchval("SELECT current_database()") == "honey"
    await client.close()
    uri = database.json()["owner"]["uri"]
    assert cluster.psql("SELECT count(*) FROM pg_database WHERE datname = 'honey'").strip() == "1", uri
    refused = await operator.delete("/servers/west")
    assert problem(refused)["status"] == 409
    assert "west still has 1 database: west/honey" in refused.json()["detail"]
    await park.token.patch("/databases/west/honey", json={"protected": False})
    assert (await park.token.delete("/databases/west/honey")).status_code == 204
    assert (await operator.delete("/servers/west")).status_code == 204
    assert problem(await operator.get("/servers/west"))["status"] == 404
    assert problem(await operator.delete("/servers/west"))["status"] == 404
    ours = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'jadmin'"
    assert cluster.psql(ours).strip() == "0", "no session of ours stays"
    events = (await operator.get("/events?object=west&per_page=50")).json()["items"]
    assert [event["action"] for event in events if event["object_kind"] == "server"] == ["removed", "registered"]


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("West", "db.park.example"),
        ("new", "postgresql://db.park.example"),
        ("new", "postgresql://jadmin@db:port/postgres"),
    ],
)
async def test_all_that_is_wrong_is_told_at_once(operator: AsyncClient, name: str, url: str) -> None:
    answer = problem(await operator.post("/servers", json={"name": name, "url": url, "password": SECRET}))
    assert (answer["status"], answer["errors"].keys()) == (422, {"name", "url"})


async def test_the_doctor_looks_at_each(park: Park, operator: AsyncClient, cluster: Cluster) -> None:
    await registered(operator, cluster)
    known = {"JELLYSTONE_DATABASE_URL": park.cluster.url("jellystone"), "JELLYSTONE_SECRET_KEY": KEY}
    with open_folder() as folder:
        told = await asyncio.to_thread(run, folder, "doctor", **known)
        assert re.search(r"^ok    server main: PostgreSQL 18", told.stdout, re.MULTILINE), told.stdout
        assert re.search(r"^ok    server west: PostgreSQL 18", told.stdout, re.MULTILINE), told.stdout
        cluster.psql("ALTER ROLE jadmin NOLOGIN")
        try:
            told = await asyncio.to_thread(run, folder, "doctor", **known)
        finally:
            cluster.psql("ALTER ROLE jadmin LOGIN")
    assert "bad   server west: The server west refused" in told.stdout
    assert SECRET not in told.stdout


async def test_only_operators_may_and_with_the_scope_for_it(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    body = west(cluster, name="east")
    for client in (park.smith.program, park.booboo.program, park.token):
        assert problem(await client.post("/servers", json=body))["status"] == 403
        assert problem(await client.put("/servers/east", json={"url": body["url"]}))["status"] == 403
        assert problem(await client.patch("/servers/west", json={"password": "x"}))["status"] == 403
        assert problem(await client.delete("/servers/west"))["status"] == 403
    for at in ("/servers/new", "/servers/west/edit", "/servers/west/removal"):
        assert (await park.booboo.browser.get(at)).status_code == 403
    assert (await park.booboo.browser.post("/servers/west/removal", data={"name": "west"})).status_code == 403
    assert (await park.booboo.program.get("/servers/west")).json()["admin"] is None
    page = (await park.booboo.browser.get("/servers/west")).text + (await park.booboo.browser.get("/servers")).text
    assert not [word for word in ("/removal", "/edit", "/servers/new", "//jadmin") if word in page]
    made = await park.yogi.browser.post(
        "/account/tokens", json={"name": "r", "scopes": ["read", "write"]}, headers=JSON
    )
    reader = await park.client(authorization=f"Bearer {made.json()['token']}")
    assert "'admin'" in problem(await reader.post("/servers", json=body))["detail"]


JSON = {"accept": "application/json"}


async def test_what_cannot_be_managed_is_refused_with_what_to_do(
    park: Park, operator: AsyncClient, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)  # of this machine: not for whoever names a host

    async def told(status: int, field: str, **more: Any) -> str:
        return wrong(await operator.post("/servers", json=west(cluster, **more)), status, field)

    assert "does not take this password for jadmin" in await told(422, "password", password="hush")
    assert "wants the password of jadmin" in await told(422, "password", password=None)
    assert "Give it once" in await told(422, "password", url=cluster.url(user="jadmin", password=SECRET))
    assert "Nothing answers at 127.0.0.1:1: connection refused" in await told(
        422, "url", url="postgresql://u@127.0.0.1:1"
    )
    assert "Nothing answers at no-such.invalid:5432" in await told(422, "url", url="postgresql://u@no-such.invalid")
    assert "no database nope" in await told(422, "url", url=plain(cluster).replace("/postgres?", "/nope?"))
    assert "offers no TLS" in await told(422, "url", url=plain(cluster).replace("prefer", "require"))
    cluster.psql("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    try:
        grant = 'GRANT CONNECT ON DATABASE "postgres" TO "jadmin";'
        assert grant in await told(422, "url")
    finally:
        cluster.psql("GRANT CONNECT ON DATABASE postgres TO PUBLIC")
    assert "must begin with postgresql://, as in" in await told(422, "url", url="db.example.org")
    assert "a socket of this machine" in await told(422, "url", url="postgresql://u@/postgres?host=/tmp")
    assert "an address here" in await told(422, "name", name="new")
    assert "small letters" in await told(422, "name", name="West/1")
    poor = await told(409, "url", url=plain(cluster, user="poor"), password="poor")
    assert 'ALTER ROLE "poor" CREATEDB;' in poor
    assert 'ALTER ROLE "poor" CREATEROLE;' in poor
    assert (await operator.get("/servers")).json()["total"] == 1


async def test_the_same_cluster_is_registered_once_whatever_it_is_called(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    again = await operator.post("/servers", json=west(cluster, name="east", url=plain(cluster, "twin", "localhost")))
    assert (wrong(again, 409, "url"), again.json()["existing"]) == ("It is registered already, as west.", "west")
    first = await operator.post("/servers", json={"name": "east", "url": park.cluster.url()})
    assert (wrong(first, 409, "url"), first.json()["existing"]) == ("It is registered already, as main.", "main")
    taken = await operator.post("/servers", json=west(cluster))
    assert (wrong(taken, 409, "name"), taken.json()["existing"]) == ("This name is taken.", "west")
    await DB.fetch("UPDATE servers SET system_identifier = NULL")  # as before anybody has asked
    assert "as west" in wrong(await operator.post("/servers", json=west(cluster, name="east")), 409, "url")


async def test_where_nobody_may_read_the_identifier_host_and_port_tell(operator: AsyncClient, cluster: Cluster) -> None:
    cluster.psql("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    try:
        await registered(operator, cluster)
        assert "as west" in wrong(await operator.post("/servers", json=west(cluster, name="east")), 409, "url")
    finally:
        cluster.psql("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")


async def test_a_standby_is_refused(operator: AsyncClient, cluster: Cluster) -> None:
    with Cluster(15) as standby:
        standby.psql(ADMIN)
        standby.psql("CHECKPOINT")  # it stops as if it crashed
        standby.stop()
        (standby.data / "standby.signal").touch()
        standby.start()
        refused = await operator.post("/servers", json=west(standby))
    assert wrong(refused, 409, "url") == "A standby cannot be managed."
    assert "Give the address of the primary" in refused.json()["detail"]


async def test_another_password_is_tried_before_it_is_stored(operator: AsyncClient, cluster: Cluster) -> None:
    await registered(operator, cluster)
    refused = await operator.patch("/servers/west", json={"password": "hush"})
    assert "does not take this password" in wrong(refused, 422, "password")
    assert await stored() == SECRET
    cluster.psql("ALTER ROLE jadmin PASSWORD 'another one'")
    try:
        changed = await operator.patch("/servers/west", json={"password": "another one"})
        assert changed.status_code == 200, changed.text
        assert changed.json()["server"]["problem"] is None
        assert await stored() == "another one"
        event = (await operator.get("/events?object=west&action=changed")).json()["items"][0]
        assert event["details"] == {"url": plain(cluster), "password": "another"}
    finally:
        cluster.psql(f"ALTER ROLE jadmin PASSWORD '{SECRET}'")


async def test_a_stored_password_goes_nowhere_else(operator: AsyncClient, cluster: Cluster) -> None:
    await registered(operator, cluster)
    for url in (
        plain(cluster, user="twin"),
        plain(cluster, host="localhost"),
        plain(cluster).replace(str(cluster.port), "5999"),
        plain(cluster).replace("prefer", "disable"),
    ):
        for refused in (
            await operator.patch("/servers/west", json={"url": url}),
            await operator.put("/servers/west", json={"url": url}),
        ):
            assert "sent nowhere else" in wrong(refused, 422, "password")
    assert (await operator.get("/servers/west")).json()["admin"]["url"] == plain(cluster)
    moved = await operator.patch("/servers/west", json={"url": plain(cluster, user="twin"), "password": SECRET})
    assert moved.json()["server"]["admin"]["url"] == plain(cluster, user="twin")
    other = plain(cluster, user="twin").replace("/postgres?", "/template1?")
    assert (await operator.patch("/servers/west", json={"url": other})).status_code == 200
    assert await stored() == SECRET


async def test_an_address_of_a_cluster_without_our_databases_is_refused(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    made = await park.token.post("/databases", json={"name": "honey", "server": "west"})
    assert made.status_code == 201, made.text
    with Cluster(17) as other:
        other.psql(ADMIN)
        away = {"url": plain(other), "password": SECRET}
        refused = await operator.patch("/servers/west", json=away)
        assert wrong(refused, 409, "url") == "Our databases are not there."
        assert "lacks 1 of the databases that west has" in refused.json()["detail"]
        tag = cluster.psql("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'honey'")
        other.psql("CREATE DATABASE honey")
        other.psql(f"COMMENT ON DATABASE honey IS '{tag.strip()}'")  # as an upgrade or a dump of all brings it
        moved = await operator.patch("/servers/west", json=away)
        assert moved.json()["server"]["port"] == other.port, "clients follow, where nothing else was said"
        assert moved.json()["server"]["version"].startswith("17.")


async def test_put_registers_and_changes_and_can_be_said_again(operator: AsyncClient, cluster: Cluster) -> None:
    body = {"url": plain(cluster), "password": SECRET, "public_host": "db.park.example"}
    assert (await operator.put("/servers/west", json=body)).status_code == 201
    before = await operator.get("/servers/west")
    again = await operator.put("/servers/west", json=body)
    assert (again.status_code, again.headers["etag"]) == (200, before.headers["etag"])
    back = await operator.put("/servers/west", json={"url": plain(cluster)})
    assert (back.status_code, back.json()["host"], await stored()) == (200, "127.0.0.1", SECRET)
    assert back.headers["etag"] != before.headers["etag"]
    for method in ("PUT", "PATCH", "DELETE"):
        sent = None if method == "DELETE" else {"url": plain(cluster), "public_port": 6432}
        stale = await operator.request(method, "/servers/west", json=sent, headers={"if-match": before.headers["etag"]})
        assert problem(stale)["type"] == "urn:jellystone:stale"
    there = await operator.put("/servers/west", json=body, headers={"if-none-match": "*"})
    assert problem(there)["status"] == 412
    seen = {"if-match": back.headers["etag"]}
    changed = await operator.patch("/servers/west", json={"public_port": 6432}, headers=seen)
    assert changed.json()["server"]["port"] == 6432
    assert changed.headers["etag"] == (await operator.get("/servers/west")).headers["etag"]
    other = await operator.patch("/servers/west", json={"name": "east"})
    assert "cannot be changed" in wrong(other, 422, "name")


async def test_a_lost_answer_is_repeated_and_nothing_registered_twice(operator: AsyncClient, cluster: Cluster) -> None:
    key = {"idempotency-key": "4711"}
    first = await operator.post("/servers", json=west(cluster), headers=key)
    again = await operator.post("/servers", json=west(cluster), headers=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["idempotency-replayed"] == "true"


async def test_the_first_server_is_left_to_the_settings(park: Park, operator: AsyncClient) -> None:
    for method, body in (("PATCH", {"public_host": "x"}), ("PUT", {"url": "postgresql://u:p@h"}), ("DELETE", None)):
        refused = await operator.request(method, "/servers/main", json=body)
        assert problem(refused)["status"] == 409
        assert "JELLYSTONE_SERVER_URL" in refused.json()["detail"]
    assert (await operator.get("/servers/main")).json()["by_settings"] is True
    assert "JELLYSTONE_SERVER_URL" in (await park.yogi.browser.get("/servers/main/edit")).text
    assert "it stays" in (await park.yogi.browser.get("/servers/main/removal")).text
    sent = await park.yogi.browser.post("/servers/main/removal", data={"name": "main"})
    assert (sent.status_code, "JELLYSTONE_SERVER_URL" in sent.text) == (409, True)


async def test_a_person_registers_edits_and_removes(park: Park, operator: AsyncClient, cluster: Cluster) -> None:
    browser = park.yogi.browser
    assert "password_encryption = 'scram-sha-256'" in (await browser.get("/servers/new")).text
    typed = west(cluster, public_host="", public_port="", public_sslmode="", memory_given_bytes=str(1 << 34))
    failed = await browser.post("/servers", data=typed | {"password": "hush-hush"})
    assert failed.status_code == 422
    assert ("does not take this password" in failed.text, "hush-hush" in failed.text) == (True, False)
    assert f'value="{plain(cluster)}"' in failed.text
    assert 'value="west"' in failed.text
    url = plain(cluster).replace("jadmin@", "jadmin:hush-hush@")
    failed = await browser.post("/servers", data=typed | {"password": "", "url": url})
    assert (failed.status_code, "hush-hush" in failed.text) == (422, False)
    assert f'value="{plain(cluster)}"' in failed.text
    made = await browser.post("/servers", data=typed)
    assert (made.status_code, made.headers["location"]) == (303, "/servers/west")
    page = (await browser.get("/servers/west")).text
    assert "postgresql://jadmin@127.0.0.1" in page
    assert (await browser.get("/servers/west/load", headers=JSON)).json()["memory"]["given_bytes"] == 1 << 34
    form = (await browser.get("/servers/west/edit")).text
    assert 'id="public_host" name="public_host" type="text" value=""' in form, "it follows our own address"
    edited = typed | {"public_host": "db.park.example", "password": ""}
    del edited["name"]
    assert (await browser.post("/servers/west?_method=patch", data=edited)).status_code == 303
    assert (await operator.get("/servers/west")).json()["host"] == "db.park.example"
    elsewhere = edited | {"url": plain(cluster, host="localhost")}
    refused = await browser.post("/servers/west?_method=patch", data=elsewhere)
    assert (refused.status_code, "sent nowhere else" in refused.text) == (422, True)
    assert f'value="{plain(cluster, host="localhost")}"' in refused.text
    mistyped = await browser.post("/servers/west/removal", data={"name": "west?"})
    assert (mistyped.status_code, "Type west to remove it" in mistyped.text) == (422, True)
    gone = await browser.post("/servers/west/removal", data={"name": "west"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/servers")
    assert "west" not in (await browser.get("/servers")).text


async def test_an_old_sign_in_is_asked_who_it_is_within_the_form(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    browser = park.yogi.browser
    await DB.fetch(OLD)
    assert "/session/confirmation" in (await browser.get("/servers/new")).headers["location"]
    asked = await browser.post("/servers", data=west(cluster))
    assert asked.status_code == 403
    assert 'name="_password"' in asked.text
    assert (f'value="{plain(cluster)}"' in asked.text, "baskets" in asked.text) == (True, False)
    mistyped = await browser.post("/servers", data=west(cluster) | {"_password": "not the basket"})
    assert (mistyped.status_code, "baskets" in mistyped.text, 'value="west"' in mistyped.text) == (422, False, True)
    made = await browser.post("/servers", data=west(cluster) | {"_password": PASSWORD})
    assert made.status_code == 303, made.text
    await DB.fetch(OLD)
    answer = await browser.delete("/servers/west", headers=JSON)
    assert problem(answer)["type"] == "urn:jellystone:not-confirmed"
    for body in ({"public_host": "db.other.example"}, {"password": "x"}):
        answer = await browser.patch("/servers/west", json=body, headers=JSON)
        assert problem(answer)["type"] == "urn:jellystone:not-confirmed", body
    assert (await browser.patch("/servers/west", json={"memory_given_bytes": 1 << 34}, headers=JSON)).status_code == 200
    assert "/session/confirmation" in (await browser.get("/servers/west/removal")).headers["location"]
    again = await browser.post("/servers/west/removal", data={"name": "west"})
    assert (again.status_code, 'name="name" value="west"' in again.text) == (403, True)


async def test_no_password_is_in_any_answer_event_log_or_table(
    park: Park, operator: AsyncClient, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [
        await operator.post("/servers", json=west(cluster, password=SECRET + "?")),
        await operator.post("/servers", json=west(cluster, name="West!")),
        await operator.post("/servers", json={"name": "west", "url": f"postgresql://jadmin:{SECRET}@h:x/y"}),
        await operator.post("/servers", json=west(cluster)),
        await operator.patch("/servers/west", json={"password": SECRET + "!"}),
        await operator.patch("/servers/west", json={"url": plain(cluster, user="twin"), "password": SECRET}),
        *[await client.get(at) for client in (operator, park.yogi.browser) for at in PAGES],
    ]
    assert [answer.status_code for answer in answers[:6]] == [422, 422, 422, 201, 422, 200]
    told = "\n".join(answer.text + str(answer.headers) for answer in answers)
    ours = [record for record in caplog.records if record.name != "httpx"]
    logged = "\n".join(caplog.handler.format(record) for record in ours)
    tables = (*TABLES, "servers", "rounds", "idempotency_keys")
    kept = "\n".join(
        [row["row"] for table in tables for row in await DB.fetch(f"SELECT t::text AS row FROM {table} t")]
    )
    for text in (told, logged, kept):
        assert "baskets" not in text
    assert SECRET.encode().hex() not in kept
    assert "baskets" not in cluster.log.read_text(errors="replace").replace(ADMIN, "").replace(f"'{SECRET}'", "")


PAGES = ("/servers", "/servers/west", "/servers/west/edit", "/servers/west/removal", "/servers/west/load", "/events")


async def test_removing_forgets_what_was_measured_and_whoever_looks_stops(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    server = await servers.by_name("west")
    for kind in ("overview", "sizes", "activity"):
        assert await collector.look_once(server, kind, watching.KINDS[kind][1])
    await steps.prepare()
    await DB.fetch(
        "INSERT INTO figures_day (subject, at, seconds) VALUES ($1, date_trunc('day', now()), 60)", server.id
    )
    assert (await operator.delete("/servers/west")).status_code == 204
    for table in ("counters", "looks", "rounds", "advice", "advice_mails", "visits"):
        assert await DB.fetch(f"SELECT FROM {table} WHERE server = $1", server.id) == []
    assert await DB.fetch("SELECT FROM figures_day WHERE subject = $1", server.id) == []
    assert not await collector.look_once(server, "overview", watching.KINDS["overview"][1]), "one that was under way"
    assert await DB.fetch("SELECT FROM rounds WHERE server = $1", server.id) == []
    await watching.keep_only([])
    await reconciler.finish_unfinished()
    assert cluster.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'jadmin'").strip() == "0"


async def test_another_replica_lets_go_of_a_server_that_is_gone_or_has_moved(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    row = await servers.by_name("west")
    reached = await servers.reach(row)
    async with reached.admin():
        await DB.fetch("DELETE FROM servers WHERE id = $1", row.id)  # by another process
        await servers.let_go()
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'jadmin'"
    await reached.close()  # waits for those that were just leaving
    assert cluster.psql(sessions).strip() == "0", "what was in use is not kept either"


async def test_a_database_is_made_on_the_server_that_was_chosen(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    form = (await park.yogi.browser.get("/databases/new")).text
    assert '<option value="main" selected>main · PostgreSQL 18.' in form
    assert '<option value="west">west · PostgreSQL 18.' in form
    assert '<option value="west" selected>' in (await park.yogi.browser.get("/databases/new?server=west")).text
    await DB.fetch("UPDATE servers SET problem = 'gone' WHERE name = 'main'")
    form = (await park.yogi.browser.get("/databases/new")).text
    assert "main · does not answer" in form
    assert '<option value="west" selected>' in form
    await DB.fetch("UPDATE servers SET problem = NULL")
    typed = {"team": "rangers", "server": "west", "name": "honey", "protected": "true"}
    made = await park.yogi.browser.post("/databases", data=typed)
    assert made.status_code == 303, made.text
    assert made.headers["location"] == "/databases/west/honey"
    listed = (await park.token.get("/databases?server=west")).json()["items"]
    assert [one["id"] for one in listed] == ["west/honey"]
    same = await park.token.post("/databases", json={"name": "honey"})
    assert (same.status_code, same.json()["id"]) == (201, "main/honey"), "a name is a server's"
    unknown = await park.token.post("/databases", json={"name": "honey", "server": "east"})
    assert "There is no server 'east'" in wrong(unknown, 422, "server")


async def test_of_two_who_register_the_same_cluster_at_once_one_does(operator: AsyncClient, cluster: Cluster) -> None:
    names = ("west", "east", "north")
    answers = await asyncio.gather(*(operator.post("/servers", json=west(cluster, name=name)) for name in names))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert (await operator.get("/servers")).json()["total"] == 2


async def test_a_server_is_not_removed_from_under_a_database_that_is_being_made(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    body = {"name": "honey", "server": "west", "protected": False}
    made, removed = await asyncio.gather(park.token.post("/databases", json=body), operator.delete("/servers/west"))
    assert (made.status_code, removed.status_code) in ((201, 409), (404, 204), (422, 204)), made.text + removed.text
    there = cluster.psql("SELECT count(*) FROM pg_database WHERE datname = 'honey'").strip()
    assert there == ("1" if made.status_code == 201 else "0")


async def test_a_database_for_a_server_that_has_just_been_removed_is_refused(
    park: Park, operator: AsyncClient, cluster: Cluster
) -> None:
    await registered(operator, cluster)
    server = await servers.by_name("west")
    assert (await operator.delete("/servers/west")).status_code == 204
    with pytest.raises(NotFound, match="The server west or the team rangers has just been removed"):
        await databases.create(park.yogi.actor, park.team, server, databases.Wish(name="honey"))
    await servers.let_go()
    assert cluster.psql("SELECT count(*) FROM pg_database WHERE datname = 'honey'").strip() == "0"


async def test_a_list_of_many_can_be_searched(park: Park, operator: AsyncClient, cluster: Cluster) -> None:
    await registered(operator, cluster)
    assert "Find a server" not in (await park.booboo.browser.get("/servers")).text
    found = (await park.booboo.browser.get("/servers?q=wes")).text
    assert ('href="/servers/west"' in found, 'href="/servers/main"' in found) == (True, False)
    assert "No server is called that" in (await park.booboo.browser.get("/servers?q=zzz")).text
    rows = await park.booboo.htmx.get("/servers?q=wes", headers={"hx-target": "div#server-rows"})
    assert ("west" in rows.text, "<h1>" in rows.text) == (True, False)

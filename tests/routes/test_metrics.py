"""/metrics: who may read it, and that it says what the last sample said."""

from collections.abc import AsyncIterator

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from jellystone import settings
from jellystone.database import DB
from jellystone.tables.people import User
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
TOKEN = "a token that only prometheus has"
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


def samples(text: str, *, parse: object = plain) -> Samples:
    found: Samples = {}
    for family in parse(text):  # type: ignore[operator]
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def of(
    server: str = "main", team: str = "rangers", datname: str = "orders", **more: str
) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({"server": server, "team": team, "datname": datname, **more}.items()))


@pytest.fixture
async def token(monkeypatch: pytest.MonkeyPatch, park: Park) -> AsyncIterator[dict[str, str]]:
    """A header with the metrics token of the settings."""
    from msgspec.structs import replace

    before = settings.current()
    settings.use(replace(before, metrics_token=TOKEN))
    yield {"authorization": f"Bearer {TOKEN}"}
    settings.use(before)


async def measured(park: Park) -> None:
    """The database `orders` as a sample has left it."""
    made = await park.yogi.program.post("/databases", json={"team": "rangers", "name": "orders", "owner_role": True})
    assert made.status_code == 201, made.text
    await DB.fetch("""
        UPDATE databases SET size_bytes = 8192000, connections = 5, active = 2, idle_in_transaction = 1, waiting = 1,
            last_query_at = to_timestamp(1700000000), measured_at = now() WHERE name = 'orders'
    """)
    await DB.fetch("""
        INSERT INTO counters (server, datid, database, seen)
        SELECT server, 1000000 + (SELECT count(*) FROM counters), id,
            '{"xact_commit": 12, "temp_bytes": 7, "q": null}' FROM databases WHERE name = 'orders'
    """)
    await DB.fetch("""
        INSERT INTO advice (id, server, database, check_name, state)
        SELECT gen_random_uuid(), server, id, 'idle-in-transaction', 'act' FROM databases WHERE name = 'orders'
    """)


async def test_an_operator_and_prometheus_may_read_it_and_nobody_else(park: Park, token: dict[str, str]) -> None:
    anyone = await park.client()
    assert (await anyone.get("/metrics")).status_code == 401
    assert (await (await park.client(authorization="Bearer nonsense")).get("/metrics")).status_code == 401
    for asking in (park.yogi.program, park.booboo.program, park.token):
        assert problem(await asking.get("/metrics"))["status"] == 403
    assert (await (await park.client(**token)).get("/metrics")).status_code == 200
    await User.update({User.operator: True}).where(User.email == park.smith.email)
    for asking in (park.smith.program, park.smith.browser):
        answer = await asking.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")


async def test_the_metrics_token_is_good_for_metrics_alone(park: Park, token: dict[str, str]) -> None:
    prometheus = await park.client(**token)
    for address in ("/databases", "/teams/rangers", "/servers", "/events", "/account", "/account/tokens", "/people"):
        assert (await prometheus.get(address)).status_code in (403, 404), address
    for address, body in {"/teams": {"name": "Own"}, "/databases": {"team": "rangers", "name": "own"}}.items():
        assert (await prometheus.post(address, json=body)).status_code in (403, 422), address


async def test_it_says_of_a_database_what_the_last_sample_said(park: Park, token: dict[str, str]) -> None:
    await measured(park)
    prometheus = await park.client(**token)
    found = samples((await prometheus.get("/metrics")).text)
    assert found["pg_database_size_bytes"][of()] == 8192000
    states = {
        state: found["pg_stat_activity_count"][of(state=state)] for state in ("active", "idle", "idle in transaction")
    }
    assert states == {"active": 2, "idle": 2, "idle in transaction": 1}
    assert found["pg_stat_database_xact_commit"][of()] == 12
    assert found["jellystone_database_last_query_timestamp_seconds"][of()] == 1700000000
    assert "jellystone_database_last_write_timestamp_seconds" not in found, "unknown is no sample, not 0"
    assert found["jellystone_advice"][of(check="idle-in-transaction", state="act")] == 1
    assert found["pg_database_connection_limit"][of()] == -1
    assert found["jellystone_objects"][(("object", "database"), ("status", "ready"))] == 1
    assert found["jellystone_teams"][()] >= 1


async def test_where_states_are_hidden_there_is_still_how_many_are_connected(park: Park, token: dict[str, str]) -> None:
    await measured(park)
    await DB.fetch("UPDATE databases SET active = NULL, idle_in_transaction = NULL, waiting = NULL")
    found = samples((await (await park.client(**token)).get("/metrics")).text)
    assert found["pg_stat_activity_count"] == {of(state="unknown"): 5}
    assert "jellystone_database_waiting" not in found


async def test_what_nobody_has_measured_lately_has_no_sample(park: Park, token: dict[str, str]) -> None:
    await measured(park)
    await DB.fetch("UPDATE databases SET measured_at = now() - interval '11 minutes', private_bytes = 9")
    before = await DB.fetch("SELECT contacted_at FROM servers WHERE name = 'main'")
    await DB.fetch("UPDATE servers SET contacted_at = now() - interval '11 minutes', connections = 7")
    try:
        found = samples((await (await park.client(**token)).get("/metrics")).text)
    finally:
        await DB.fetch("UPDATE servers SET contacted_at = $1", before[0]["contacted_at"])
    moving = ("pg_stat_activity_count", "pg_stat_database_xact_commit", "jellystone_database_private_memory_bytes")
    assert not {*moving, "jellystone_database_waiting", "jellystone_server_connections"} & set(found)
    assert found["pg_database_size_bytes"] == {of(): 8192000}
    assert found["jellystone_database_measured_timestamp_seconds"].keys() == {of()}


async def test_it_counts_our_own_work_by_route_and_never_by_name(park: Park, token: dict[str, str]) -> None:
    prometheus = await park.client(**token)
    await park.yogi.program.get("/databases/main/no_such_one")
    await park.yogi.program.get("/no-such-address")
    text = (await prometheus.get("/metrics")).text
    found = samples(text)["jellystone_http_requests_total"]
    assert found[(("method", "GET"), ("route", "/databases/{server}/{name}"), ("status", "404"))] >= 1
    assert found[(("method", "GET"), ("route", "none"), ("status", "404"))] >= 1
    assert "no_such_one" not in text
    assert "no-such-address" not in text
    await measured(park)
    found = samples((await prometheus.get("/metrics")).text)["jellystone_events_total"]
    assert found[(("action", "created"), ("object", "database"))] >= 1
    assert "orders" not in str(found)


async def test_both_formats_are_well_formed_and_say_the_same(park: Park, token: dict[str, str]) -> None:
    await measured(park)
    prometheus = await park.client(**token)
    answer = await prometheus.get("/metrics", headers={"accept": OPENMETRICS})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    new, old = samples(answer.text, parse=openmetrics), samples((await prometheus.get("/metrics")).text)
    assert {name for name in new if name.startswith("pg_")} == {name for name in old if name.startswith("pg_")}


async def test_only_so_many_databases_have_series(park: Park, token: dict[str, str]) -> None:
    from msgspec.structs import replace

    await measured(park)
    await park.yogi.program.post("/databases", json={"team": "rangers", "name": "small"})
    settings.use(replace(settings.current(), metrics_databases=1))
    found = samples((await (await park.client(**token)).get("/metrics")).text)
    assert list(found["pg_database_connection_limit"]) == [of()]
    assert found["jellystone_databases_without_series"][()] == 1

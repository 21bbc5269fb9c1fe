"""Our own tables: what the migrations make is what the code expects, however many start at once."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from jellystone import piccolo_conf
from jellystone.database import DB
from jellystone.migrate import migrate, pending
from jellystone.paths import MIGRATIONS
from jellystone.services import health
from tests.clusters import Cluster
from tests.park import Park

pytestmark = pytest.mark.anyio
ALL = len(list(MIGRATIONS.glob("jellystone_*.py")))
REPLICA = """
import asyncio, json, os
from jellystone.database import DB
from jellystone.migrate import migrate
DB.configure(os.environ["URL"])
print(json.dumps(asyncio.run(migrate())))
"""


@pytest.fixture
async def empty(server: Cluster) -> AsyncIterator[str]:
    """The address of a new database without a table, in which `DB` works meanwhile."""
    name = f"empty_{uuid4().hex[:8]}"
    server.psql(f"CREATE DATABASE {name}")
    before = DB.config, DB.pool
    DB.pool = None
    DB.configure(server.url(name))
    yield server.url(name)
    DB.config, DB.pool = before
    server.psql(f"DROP DATABASE {name} WITH (FORCE)")


def start_replica(url: str) -> "subprocess.Popen[str]":
    """Prints the ids of the migrations that it ran itself."""
    command, pipe = [sys.executable, "-c", REPLICA], subprocess.PIPE
    return subprocess.Popen(command, env=os.environ | {"URL": url}, text=True, stdout=pipe, stderr=pipe)


async def tables() -> set[str]:
    return {row["tablename"] for row in await DB.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


async def test_the_tables_in_the_code_are_those_that_the_migrations_make(migrated: None) -> None:
    """`uv run piccolo migrations new jellystone --auto` would have nothing to write."""
    statements = await AutoMigrationManager().get_alter_statements(piccolo_conf.APP_CONFIG)
    assert not [one for group in statements for one in group.statements]


async def test_an_empty_database_gets_everything_and_a_current_one_nothing(empty: str) -> None:
    assert len(await pending()) == ALL
    assert await health.missing() == "migrations are pending: run `jellystone migrate`"
    path = list(sys.path)
    ran = await migrate()
    assert (len(ran), ran) == (ALL, sorted(ran))
    assert sys.path == path
    assert await pending() == []
    assert await migrate() == []
    assert await health.missing() is None
    expected = {table._meta.tablename for table in piccolo_conf.APP_CONFIG.table_classes}
    assert expected < await tables()


async def test_eight_replicas_that_start_at_once_migrate_once(empty: str) -> None:
    replicas = [start_replica(empty) for _ in range(8)]
    said = [replica.communicate(timeout=60) for replica in replicas]
    assert [replica.returncode for replica in replicas] == [0] * 8, said
    ran = [json.loads(out) for out, _ in said]
    assert sorted(len(ids) for ids in ran) == [0] * 7 + [ALL]
    assert await pending() == []


async def test_what_fails_half_way_leaves_nothing(empty: str) -> None:
    await DB.fetch("CREATE TABLE throttles (in_the_way int)")  # the second migration makes it
    with pytest.raises(Exception, match="throttles"):
        await migrate()
    assert await tables() == {"throttles"}
    await DB.fetch("DROP TABLE throttles")
    assert len(await migrate()) == ALL


async def test_a_database_of_a_later_version_has_nothing_pending(empty: str) -> None:
    """After an upgrade that is taken back the old code must start."""
    await migrate()
    await DB.fetch(
        "INSERT INTO migration (name, app_name, ran_on) VALUES ('2999-01-01T00:00:00:000000', 'jellystone', now())"
    )
    assert await pending() == []
    assert await migrate() == []


async def test_texts_that_were_kept_before_lose_their_literals(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    told = {1: "SELECT sign_in('yogi', 'pic-a-nic')", 2: "SELECT * FROM jam WHERE id = $1"}
    for queryid, text in told.items():
        sql = "INSERT INTO queries (id, database, queryid, text) SELECT gen_random_uuid(), id, $1, $2 FROM databases"
        await DB.fetch(sql, queryid, text)
    spec = importlib.util.spec_from_file_location("literals", MIGRATIONS / "jellystone_2026_11_27_literals.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (hide,) = (await module.forwards()).raw
    for _ in range(2):
        await hide()
        texts = [row["text"] for row in await DB.fetch("SELECT text FROM queries ORDER BY queryid")]
        assert texts == ["SELECT sign_in('…', '…')", told[2]]

"""A password never reaches a server as itself, and nothing of ours shows it."""

from dataclasses import replace

import pytest

from jellystone.errors import Problem
from jellystone.postgres import databases, roles
from jellystone.postgres.address import Address
from jellystone.postgres.scram import generated_password, verifier
from jellystone.postgres.server import Server
from tests.postgres.world import World

pytestmark = pytest.mark.anyio

STATEMENTS = "SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_statements"


async def test_the_plain_password_is_in_no_log_no_activity_and_no_statistics(world: World) -> None:
    first, second = generated_password(), generated_password()
    root = await world.root()
    await root.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    shop = await world.database()
    ann = await world.role("ann", shop, "owner", verifier=verifier(first))
    seen = [await root.fetchval("SELECT string_agg(query, ' ') FROM pg_stat_activity")]
    await (await world.login("ann", "shop", password=first)).close()
    await roles.set_password(world.server, ann, verifier(second), end_sessions=True)
    seen += [await root.fetchval("SELECT string_agg(query, ' ') FROM pg_stat_activity")]
    assert await world.login("ann", "shop", password=second)
    statements = await root.fetchval(STATEMENTS)
    log = world.cluster.log.read_text()
    assert 'CREATE ROLE "ann"' in log  # with log_statement = all
    assert 'ALTER ROLE "ann" PASSWORD' in log
    assert 'CREATE ROLE "ann"' in statements
    for password in (first, second):
        assert password not in " ".join([log, statements, *seen])
    await databases.drop(world.server, shop, roles=[ann])
    await root.execute("DROP EXTENSION pg_stat_statements")


async def test_a_refused_statement_tells_the_reason_but_no_verifier(simple: World) -> None:
    ann = await simple.role("ann", await simple.database(), "owner")
    await (await simple.root()).execute("CREATE ROLE weak LOGIN CREATEROLE PASSWORD 'weak-secret'")
    weak = Server("weak", replace(simple.address, user="weak", password="weak-secret"))
    with pytest.raises(Problem) as caught:
        await roles.set_password(weak, ann, verifier("pw"), end_sessions=False)
    assert "permission denied" in str(caught.value)
    assert "SCRAM" not in str(caught.value)
    await weak.close()


def test_our_own_password_is_in_no_repr() -> None:
    address = Address.from_url("postgresql://jadmin:hunter2@db.park.example/postgres")
    assert address.password == "hunter2"
    assert "hunter2" not in repr(address) + str(address) + repr(Server("main", address))

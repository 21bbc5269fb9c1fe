"""Which cluster a server is, and whether it holds what is ours."""

from dataclasses import replace
from uuid import uuid4

import pytest

from jellystone.postgres import identity
from jellystone.postgres.address import Address
from jellystone.postgres.server import Server
from tests.postgres.world import World

pytestmark = pytest.mark.anyio


async def test_a_cluster_has_one_identifier_by_whatever_name_and_role(world: World) -> None:
    root = await world.root()
    told = str(await root.fetchval("SELECT system_identifier FROM pg_control_system()"))
    assert await identity.identifier(world.server) == told
    other = Server("other", replace(world.address, host="localhost"))
    assert await identity.identifier(other) == told
    await other.close()


async def test_who_may_not_read_it_is_told_nothing(simple: World) -> None:
    root = await simple.root()
    await root.execute("CREATE ROLE plain LOGIN PASSWORD 'pw'")
    await root.execute("REVOKE EXECUTE ON FUNCTION pg_control_system FROM PUBLIC")
    plain = Server("plain", Address.from_url(simple.cluster.url(user="plain", password="pw")))
    try:
        assert await identity.identifier(plain) is None
    finally:
        await plain.close()
        await root.execute("GRANT EXECUTE ON FUNCTION pg_control_system TO PUBLIC; DROP ROLE plain")


async def test_databases_are_known_by_their_comments_and_not_by_their_names(simple: World) -> None:
    shop, absent = await simple.database("shop"), uuid4()
    assert await identity.missing(simple.server, [shop.id, absent]) == {absent}
    root = await simple.root()
    await root.execute("COMMENT ON DATABASE shop IS 'mine now'")
    assert await identity.missing(simple.server, [shop.id]) == {shop.id}
    await root.execute(f"COMMENT ON DATABASE shop IS 'jellystone:db:{shop.id}'")

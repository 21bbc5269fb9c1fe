import asyncio
import socket
from contextlib import suppress
from dataclasses import replace

import asyncpg
import pytest

from jellystone.errors import Conflict, NotFound, Refused, Unreachable
from jellystone.postgres.address import Address
from jellystone.postgres.server import Server
from tests.clusters import Cluster
from tests.postgres.world import World, pid

pytestmark = pytest.mark.anyio


async def test_a_server_that_does_not_listen_is_unreachable_by_name() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = Address(host="127.0.0.1", port=closed.getsockname()[1], user="bob", password="hunter2")
        server = Server("main", address)
        with pytest.raises(Unreachable, match="server main does not answer") as caught:
            await pid(server)
    assert "hunter2" not in str(caught.value)


async def test_a_wrong_password_is_refused_in_words_without_it(newest: Cluster) -> None:
    server = Server("main", replace(Address.from_url(newest.url()), password="hunter2"))
    with pytest.raises(Refused, match="password authentication failed") as caught:
        await pid(server)
    assert "hunter2" not in str(caught.value)


async def test_a_database_that_is_not_there_is_not_found(simple: World) -> None:
    with pytest.raises(NotFound, match="database blog is not on the server main"):
        async with simple.server.inside("blog"):
            pass
    missing = Server("main", replace(simple.address, admin_database="nowhere"))
    with pytest.raises(Refused, match="nowhere"):
        await pid(missing)


async def test_a_server_that_starts_or_stops_is_unreachable() -> None:
    with Cluster() as cluster:
        server = Server("main", Address.from_url(cluster.url()))
        await pid(server)
        cluster.stop()
        await asyncio.sleep(0.05)
        with pytest.raises(Unreachable):
            await pid(server)
        cluster.start()
        assert await pid(server)
        await server.close()


async def test_a_server_without_a_free_connection_is_unreachable_for_now() -> None:
    with Cluster(max_connections="10", superuser_reserved_connections="0") as cluster:
        server = Server("main", Address.from_url(cluster.url()))
        others = []
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                others.append(await asyncpg.connect(cluster.url()))
        with pytest.raises(Unreachable, match="no free connection"):
            await pid(server)
        for other in others:
            other.terminate()


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("57014", Unreachable, "did not finish in time"),
        ("08006", Unreachable, "broke off"),
        ("42710", Conflict, "already in use"),
        ("55006", Conflict, "Try again in a moment"),
        ("42501", Refused, "refused: the reason"),
    ],
)
async def test_what_the_server_says_becomes_ours(simple: World, code: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        async with simple.server.admin() as connection:
            await connection.fetch(f"DO $$ BEGIN RAISE EXCEPTION 'the reason' USING ERRCODE = '{code}'; END $$")


async def test_what_looks_like_a_secret_is_left_out_of_what_the_server_says(simple: World) -> None:
    said = "at ALTER ROLE ann PASSWORD ''hunter2'' and SCRAM-SHA-256$4096:salt$keys"
    with pytest.raises(Refused) as caught:
        async with simple.server.admin() as connection:
            await connection.fetch(f"DO $$ BEGIN RAISE EXCEPTION '{said}'; END $$")
    assert "hunter2" not in str(caught.value)
    assert "keys" not in str(caught.value)

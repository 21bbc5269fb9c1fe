import asyncio
import gc
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jellystone.errors import Unreachable
from jellystone.postgres.address import Address
from jellystone.postgres.connection import connect
from jellystone.postgres.server import Server
from tests.clusters import Cluster
from tests.postgres.world import World, pid

pytestmark = pytest.mark.anyio


async def test_our_sessions_have_the_settings_that_make_them_safe(world: World) -> None:
    async with world.server.admin() as connection:
        shown = {name: await connection.fetchval(f"SHOW {name}") for name in SETTINGS}
        assert connection.superuser == world.superuser
        assert connection.major == world.cluster.major
    assert shown == SETTINGS


SETTINGS = {
    "application_name": "jellystone",
    "search_path": "pg_catalog",
    "lock_timeout": "5s",
    "statement_timeout": "1min",
    "idle_in_transaction_session_timeout": "1min",
    "default_transaction_read_only": "off",
}


async def test_a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for(simple: World) -> None:
    with pytest.raises(Unreachable, match="SSL"):
        await pid(Server("main", replace(simple.address, sslmode="require")))


async def test_a_server_may_be_asked_for_tls_and_must_then_prove_itself(cluster: Cluster) -> None:
    if not await tls_is_built_in(cluster):
        pytest.skip("this PostgreSQL was built without TLS")
    with Cluster(cluster.major) as cluster:
        certificate = certify(cluster.data)
        cluster.psql("ALTER SYSTEM SET ssl = on")
        cluster.stop()
        cluster.start()
        secure = Address.from_url(f"{cluster.url()}?sslmode=verify-full&sslrootcert={certificate}")
        server = Server("main", secure)
        async with server.admin() as connection:
            mine = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            assert await connection.fetchval(mine)
        async with server.inside("template1") as inside:
            assert await inside.fetchval(mine)
        await server.close()
        with pytest.raises(Unreachable, match="certificate"):
            await pid(Server("main", replace(secure, host="localhost")))


async def test_one_who_goes_away_while_we_connect_leaves_neither_an_error_nor_a_session(simple: World) -> None:
    loop, errors, before = asyncio.get_running_loop(), list[Any](), asyncio.all_tasks()
    usual = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, error: errors.append(error))
    try:
        for moments in range(30):
            connecting = asyncio.ensure_future(connect(simple.address, "postgres", application_name="gone"))
            for _ in range(moments):
                await asyncio.sleep(0)
            connecting.cancel()
            await asyncio.wait([connecting])
        del connecting
        root = await simple.root()
        async with asyncio.timeout(10):
            while asyncio.all_tasks() - before or await root.fetch(GONE):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        gc.collect()
    finally:
        loop.set_exception_handler(usual)
    assert not errors


GONE = "SELECT FROM pg_stat_activity WHERE application_name = 'gone'"


async def tls_is_built_in(cluster: Cluster) -> bool:
    connection = await asyncpg.connect(cluster.url())
    try:
        return bool(await connection.fetchval("SHOW ssl_library"))
    finally:
        await connection.close()


def certify(data: Path) -> Path:
    """A key and a certificate for 127.0.0.1 alone, where the server looks for them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for file, content in (("server.key", private), ("server.crt", made.public_bytes(pem))):
        (data / file).write_bytes(content)
        os.chown(data / file, data.stat().st_uid, data.stat().st_gid)
        (data / file).chmod(0o600)
    return data / "server.crt"

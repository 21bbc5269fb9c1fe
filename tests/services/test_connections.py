"""What we tell people to paste is taken by the programs it is for, whatever stands in the password."""

import ast
import os
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import pytest
import yaml  # type: ignore[import-untyped]

from jellystone.facts.databases import Connection
from jellystone.postgres.scram import verifier
from jellystone.services.connections import Client, formats, uri
from tests.clusters import Cluster

pytestmark = pytest.mark.anyio

PASSWORDS = [
    "aB3" * 10,
    "p@ss:w/rd?#[]&=+%41;",
    'it\'s "quoted" $HOME `id` \\n \\',
    "\\:colon:\\\\",
    " spaces at both ends ",
    "пароль密码🐻‍❄️\N{SOFT HYPHEN}\x85\x7f\ufeff",
    "tab\tbell\x07line\nbreak\r",
    "{curly} %(percent)s ${dollar} #hash",
    "yes",
    "01234567",
]
SAID = "SELECT current_user || ' ' || current_database()"


def client(password: str, **more: Any) -> Client:
    to = {"host": "db.park.example", "port": 6543, "database": "orders", "sslmode": "require", **more}
    return Client(Connection(**to), "app", password)


@pytest.fixture
async def app(server: Cluster) -> AsyncIterator[str]:
    server.psql("CREATE ROLE app LOGIN")
    server.psql("CREATE DATABASE orders")
    yield "app"
    server.psql("DROP DATABASE orders WITH (FORCE)")
    server.psql("DROP ROLE app")


def real(server: Cluster, password: str) -> Client:
    """A client of the running server, whose password it now is."""
    server.psql(f"ALTER ROLE app PASSWORD '{verifier(password)}'")
    return client(password, host=server.host, port=server.port, sslmode="prefer")


def shell(script: str, **variables: str) -> str:
    """Run by a POSIX shell that knows nothing of any PostgreSQL."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | variables
    ran = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, env=environment, timeout=20)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("password", PASSWORDS)
async def test_psql_asyncpg_and_pgpass_let_the_role_in(
    server: Cluster, app: str, password: str, tmp_path: Path
) -> None:
    who = real(server, password)
    made = formats(who)
    connection = await asyncpg.connect(made["uri"], statement_cache_size=0)
    assert await connection.fetchval(SAID) == "app orders"
    await connection.close()
    assert shell(f'{made["psql"]} -XAtc "{SAID}"') == "app orders"
    assert shell(f'set -a\n{made["env"]}\npsql -XAtc "{SAID}"') == "app orders"
    assert shell(f'{made["env"]}\npsql "$DATABASE_URL" -XAtc "{SAID}"') == "app orders"
    if "\n" in password or "\r" in password:
        assert "pgpass" not in made  # its lines cannot hold one
        return
    file = tmp_path / "pgpass"
    file.write_text(made["pgpass"] + "\n")
    file.chmod(0o600)
    plain = f'psql -w -h {server.host} -p {server.port} -U app -d orders -XAtc "{SAID}"'
    assert shell(plain, PGPASSFILE=str(file)) == "app orders"


@pytest.mark.parametrize("password", PASSWORDS)
async def test_each_program_reads_back_what_we_meant(password: str) -> None:
    made = formats(client(password))
    assert set(made) - {"pgpass"} == {"uri", "psql", "env", "jdbc", "dotnet", "django", "sqlalchemy", "kubernetes"}

    for text, scheme in ((made["uri"], "postgresql"), (made["sqlalchemy"], "postgresql+psycopg")):
        parts = urlsplit(text)
        assert (parts.scheme, parts.hostname, parts.port, parts.path) == (scheme, "db.park.example", 6543, "/orders")
        assert (unquote(parts.username or ""), unquote(parts.password or "")) == ("app", password)
        assert parse_qs(parts.query) == {"sslmode": ["require"]}

    jdbc = urlsplit(made["jdbc"].removeprefix("jdbc:"))
    assert (jdbc.hostname, jdbc.port, jdbc.path) == ("db.park.example", 6543, "/orders")
    assert parse_qs(jdbc.query) == {"user": ["app"], "password": [password], "sslmode": ["require"]}

    django = ast.literal_eval(made["django"].removeprefix("DATABASES = "))["default"]
    assert django["ENGINE"] == "django.db.backends.postgresql"
    assert [django[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD")] == [
        "db.park.example",
        "6543",
        "orders",
        "app",
        password,
    ]
    assert django["OPTIONS"] == {"sslmode": "require"}

    secret = yaml.safe_load(made["kubernetes"])
    assert (secret["kind"], secret["type"], secret["metadata"]) == ("Secret", "Opaque", {"name": "app"})
    assert secret["stringData"] == {
        "host": "db.park.example",
        "port": "6543",
        "dbname": "orders",
        "username": "app",
        "password": password,
        "uri": made["uri"],
    }

    assert dotnet(made["dotnet"]) == {
        "Host": "db.park.example",
        "Port": "6543",
        "Database": "orders",
        "Username": "app",
        "Password": password,
        "SSL Mode": "Require",
    }


def dotnet(text: str) -> dict[str, str]:
    """As System.Data.Common.DbConnectionStringBuilder reads it: `name=value;`, a quoted value doubles its quotes."""
    pattern = r'([^=;]+)=(?:"((?:[^"]|"")*)"|([^;"]*))(?:;|$)'
    found = list(re.finditer(pattern, text))
    assert "".join(match[0] for match in found) == text
    return {match[1]: match[3] if match[2] is None else match[2].replace('""', '"') for match in found}


def test_an_ipv6_address_stands_in_brackets_where_it_must() -> None:
    made = formats(client("secret-1", host="fd00::12"))
    assert urlsplit(made["uri"]).hostname == "fd00::12"
    assert "@[fd00::12]:6543/" in made["uri"]
    assert "//[fd00::12]:6543/" in made["jdbc"]
    assert made["pgpass"].startswith("fd00\\:\\:12" + ":6543:orders:app:")
    assert dotnet(made["dotnet"])["Host"] == "fd00::12"


@pytest.mark.parametrize(
    ("mode", "dotnet_mode"),
    [("disable", "Disable"), ("prefer", "Prefer"), ("verify-ca", "VerifyCA"), ("verify-full", "VerifyFull")],
)
def test_the_way_to_encrypt_is_said_in_each_ones_words(mode: str, dotnet_mode: str) -> None:
    made = formats(client("secret-1", sslmode=mode))
    assert dotnet(made["dotnet"])["SSL Mode"] == dotnet_mode
    assert f"PGSSLMODE='{mode}'" in made["env"]
    assert made["uri"].endswith(f"?sslmode={mode}")


@pytest.mark.parametrize(
    ("role", "name"), [("app", "app"), ("orders_app", "orders-app"), ("a_", "a"), ("a__b", "a--b")]
)
def test_a_secrets_name_is_one_that_kubernetes_takes(role: str, name: str) -> None:
    who = Client(client("secret-1").to, role, "secret-1")
    assert yaml.safe_load(formats(who)["kubernetes"])["metadata"]["name"] == name
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)


def test_a_clients_repr_tells_no_password() -> None:
    assert "secret-1" not in repr(client("secret-1"))
    assert "secret-1" in uri(client("secret-1"))

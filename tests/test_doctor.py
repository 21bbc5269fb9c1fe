import datetime
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.clusters import Cluster
from tests.serving import Serving, free_port, open_folder, run

KEY = "a key that is only good for tests and long enough"
Found = list[tuple[str, str, str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


@pytest.fixture(scope="module")
def external(server: Cluster) -> Iterator[dict[str, str]]:
    """A database of our own that is not migrated yet, and the server to be managed."""
    server.psql("CREATE DATABASE examined")
    yield {
        "JELLYSTONE_DATABASE_URL": server.url("examined"),
        "JELLYSTONE_SERVER_URL": server.url(),
        "JELLYSTONE_SECRET_KEY": KEY,
    }
    server.psql("DROP DATABASE examined WITH (FORCE)")


def examine(folder: Path, **variables: str) -> tuple[int, Found]:
    ended = run(folder, "doctor", "--json", "--data-dir", str(folder / "data"), **variables)
    found = json.loads(ended.stdout)
    return ended.returncode, [(finding["state"], finding["about"], finding["text"]) for finding in found]


def about(found: Found, what: str) -> list[tuple[str, str]]:
    return [(state, text) for state, name, text in found if name == what]


def test_before_the_first_start_nothing_is_bad_and_nothing_is_made(folder: Path) -> None:
    code, found = examine(folder)
    assert code == 0
    assert {state for state, _, _ in found} == {"ok", "warn"}
    assert about(found, "our own database") == [("warn", "not running: it comes along with `jellystone serve`.")]
    assert about(found, "mail")[0][1].startswith("not configured")
    assert not (folder / "data").exists()


def test_beside_a_running_jellystone_everything_is_looked_at(folder: Path) -> None:
    with Serving(folder):
        code, found = examine(folder)
    assert code == 0
    assert {state for state, _, _ in found} == {"ok"}
    names = {name for _, name, _ in found}
    assert names == {"settings", "data folder", "secret key", "our own database", "migrations", "server main", "mail"}


def test_for_people_each_finding_is_a_line(folder: Path) -> None:
    lines = run(folder, "doctor", "--data-dir", str(folder / "data")).stdout.splitlines()
    assert lines[0] == "ok    settings: people reach us at http://localhost:4000"
    assert all(line[:6] in ("ok    ", "warn  ", "bad   ") for line in lines)


def test_each_mistake_in_the_settings_is_a_finding(folder: Path) -> None:
    code, found = examine(folder, JELLYSTONE_PORT="x", JELLYSTONE_OPEN="x")
    assert code == 1
    assert [(state, name) for state, name, _ in found] == [("bad", "settings")] * 2


def test_settings_that_do_not_fit_each_other_are_told(folder: Path) -> None:
    _, found = examine(folder, JELLYSTONE_HOST="0.0.0.0")
    assert ("warn", "settings") in {(state, name) for state, name, _ in found}
    _, found = examine(folder, JELLYSTONE_BASE_URL="http://jelly.example.org")
    assert "passwords travel unencrypted" in about(found, "settings")[1][1]
    _, found = examine(folder, JELLYSTONE_BASE_URL="https://jelly.example.org")
    assert "JELLYSTONE_TRUSTED_PROXIES" in about(found, "settings")[1][1]


def test_pending_migrations_are_bad_until_they_are_run(folder: Path, external: dict[str, str]) -> None:
    code, found = examine(folder, **external)
    assert code == 1
    assert about(found, "migrations")[0][0] == "bad"
    assert about(found, "server main")[0][0] == "ok"
    assert run(folder, "migrate", **external).returncode == 0
    code, found = examine(folder, **external)
    assert code == 0
    assert about(found, "migrations") == [("ok", "none pending")]


def test_a_database_that_does_not_answer_or_refuses_us_is_bad(folder: Path, server: Cluster) -> None:
    gone = f"postgresql://a:hush@127.0.0.1:{free_port()}/x"
    for url in (gone, server.url(password="hush"), server.url("nowhere")):
        code, found = examine(folder, JELLYSTONE_DATABASE_URL=url, JELLYSTONE_SECRET_KEY=KEY)
        assert code == 1
        assert about(found, "our own database")[0][0] == "bad"
        assert "hush" not in str(found)


def test_an_admin_without_rights_on_a_managed_server_is_bad(
    folder: Path, external: dict[str, str], server: Cluster
) -> None:
    server.psql("CREATE ROLE poor LOGIN PASSWORD 'poor'")
    try:
        given = external | {"JELLYSTONE_SERVER_URL": server.url(user="poor", password="poor")}
        code, found = examine(folder, **given)
    finally:
        server.psql("DROP ROLE poor")
    assert code == 1
    states = about(found, "server main")
    assert states[0][0] == "bad"
    assert any('ALTER ROLE "poor" CREATEDB' in text for _, text in states)


def test_a_secret_key_that_others_can_read_is_bad(folder: Path) -> None:
    with Serving(folder) as jellystone:
        (jellystone.data / "secret-key").chmod(0o644)
        code, found = examine(folder)
    assert code == 1
    [(state, text)] = about(found, "secret key")
    assert state == "bad"
    assert f"chmod 600 {jellystone.data / 'secret-key'}" in text


def test_a_lost_secret_key_is_bad(folder: Path) -> None:
    with Serving(folder) as jellystone:
        (jellystone.data / "secret-key").unlink()
        code, found = examine(folder)
    assert code == 1
    assert ("bad", "secret key") in {(state, name) for state, name, _ in found}


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_mail_server_that_lets_us_in_is_fine_and_a_wrong_password_is_not(folder: Path, scheme: str) -> None:
    with mail_server(folder, at_once=scheme == "smtps") as (port, certificate):
        given = {"SSL_CERT_FILE": str(certificate)}
        code, found = examine(folder, JELLYSTONE_SMTP_URL=f"{scheme}://me:p%40ss@localhost:{port}", **given)
        assert about(found, "mail") == [("ok", f"localhost:{port} answers with TLS and lets us in")]
        assert code == 0
        code, found = examine(folder, JELLYSTONE_SMTP_URL=f"{scheme}://me:hush@localhost:{port}", **given)
        assert code == 1
        assert "refuses the name or the password" in about(found, "mail")[0][1]
        assert "hush" not in str(found)


def test_a_mail_server_whose_certificate_nobody_vouches_for_is_bad(folder: Path) -> None:
    with mail_server(folder, at_once=False) as (port, _):
        code, found = examine(folder, JELLYSTONE_SMTP_URL=f"smtp://me:p%40ss@localhost:{port}")
    assert code == 1
    assert "certificate is not to be trusted" in about(found, "mail")[0][1]


def test_a_mail_server_without_tls_is_bad_and_gets_no_password(folder: Path) -> None:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        code, found = examine(folder, JELLYSTONE_SMTP_URL=f"smtp://me:hush@127.0.0.1:{controller.port}")
    finally:
        controller.stop()
    assert code == 1
    assert "STARTTLS" in about(found, "mail")[0][1]


def test_a_mail_server_that_is_not_there_is_bad(folder: Path) -> None:
    code, found = examine(folder, JELLYSTONE_SMTP_URL=f"smtp://localhost:{free_port()}")
    assert code == 1
    assert about(found, "mail")[0][0] == "bad"


@contextmanager
def mail_server(folder: Path, *, at_once: bool) -> Iterator[tuple[int, Path]]:
    certificate = _certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def lets_in(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"me", b"p@ss")
        return AuthResult(success=good, handled=False)

    options: dict[str, Any] = {"authenticator": lets_in, "auth_required": True, "hostname": "127.0.0.1"}
    if at_once:
        options |= {"ssl_context": context, "auth_require_tls": False}
    else:
        options |= {"tls_context": context, "require_starttls": True}
    controller = Controller(Sink(), port=free_port(), **options)
    controller.start()
    try:
        yield controller.port, certificate
    finally:
        controller.stop()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    signed = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    signed = signed.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file = folder / "certificate.pem"
    file.write_bytes(
        signed.sign(key, hashes.SHA256()).public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    return file

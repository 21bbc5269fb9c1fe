import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from tests import postoffice
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


def examine(folder: Path, *options: str, **variables: str) -> tuple[int, Found]:
    ended = run(folder, "doctor", *options, "--json", "--data-dir", str(folder / "data"), **variables)
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


@pytest.mark.parametrize("at_once", [False, True])
def test_a_mail_server_that_lets_us_in_is_fine_and_a_wrong_password_is_not(folder: Path, at_once: bool) -> None:
    with postoffice.opened(folder, at_once=at_once) as office:
        code, found = examine(folder, JELLYSTONE_SMTP_URL=office.url)
        assert about(found, "mail") == [("ok", f"localhost:{office.port} answers with TLS and lets us in")]
        assert code == 0
        code, found = examine(folder, JELLYSTONE_SMTP_URL=office.url.replace(postoffice.ESCAPED, "hush"))
        assert code == 1
        assert "refuses the name or the password" in about(found, "mail")[0][1]
        assert "hush" not in str(found)
    assert office.mails == []


def test_a_mail_server_whose_certificate_nobody_vouches_for_is_bad(folder: Path) -> None:
    with postoffice.opened(folder) as office:
        code, found = examine(folder, JELLYSTONE_SMTP_URL=office.url.partition("?")[0])
    assert code == 1
    assert "certificate that is not to be trusted" in about(found, "mail")[0][1]


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


def test_a_mail_is_sent_where_it_is_asked_for(folder: Path) -> None:
    with postoffice.opened(folder) as office:
        given = {"JELLYSTONE_SMTP_URL": office.url, "JELLYSTONE_MAIL_FROM": "jelly@park.example"}
        code, found = examine(folder, "--mail", "booboo@park.example", **given)
        assert code == 0
        said = f"localhost:{office.port} has taken a mail from jelly@park.example to booboo@park.example"
        assert about(found, "mail")[0][1].startswith(said)
        [mail] = office.mails
        assert (mail["Subject"], mail["To"]) == ("A test from Jellystone", "booboo@park.example")
        office.refusing["booboo@park.example"] = "550 5.1.1 No such bear"
        code, found = examine(folder, "--mail", "booboo@park.example", **given)
    assert code == 1
    assert about(found, "mail") == [("bad", f"localhost:{office.port} refuses this address: 550 5.1.1 No such bear.")]


def test_without_a_mail_server_a_mail_that_is_asked_for_is_a_finding(folder: Path) -> None:
    code, found = examine(folder, "--mail", "booboo@park.example")
    assert code == 1
    assert "set JELLYSTONE_SMTP_URL" in about(found, "mail")[0][1]


def test_where_there_is_a_mailbox_it_is_told(folder: Path) -> None:
    _, found = examine(folder)
    assert "http://localhost:4000/mailbox" in about(found, "mail")[0][1]
    _, found = examine(folder, JELLYSTONE_HOST="0.0.0.0")
    assert "mailbox" not in about(found, "mail")[0][1]

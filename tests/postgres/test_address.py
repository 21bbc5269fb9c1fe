from dataclasses import replace

import pytest

from jellystone.postgres.address import Address


def test_a_url_is_read_whole() -> None:
    url = (
        "postgresql://j%40dmin:p%3Aw%2F%20d@db.park.example:6432/admin%2Fdb?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    )
    address = Address.from_url(url)
    assert address == Address(
        host="db.park.example",
        port=6432,
        user="j@dmin",
        password="p:w/ d",
        admin_database="admin/db",
        sslmode="verify-full",
        sslrootcert="/etc/ca.pem",
    )
    assert Address.from_url(address.url) == address


@pytest.mark.parametrize(
    ("url", "host", "port", "database", "password"),
    [
        ("postgres://bob@db", "db", 5432, "postgres", None),
        ("postgresql://bob:@db/", "db", 5432, "postgres", ""),
        ("postgresql://bob:x@[::1]:5433/a", "::1", 5433, "a", "x"),
        ("postgresql://bob@/a?host=/run/postgresql&port=5434", "/run/postgresql", 5434, "a", None),
    ],
)
def test_what_a_url_leaves_out_has_a_default(
    url: str, host: str, port: int, database: str, password: str | None
) -> None:
    address = Address.from_url(url)
    assert (address.host, address.port, address.admin_database, address.password) == (host, port, database, password)
    assert address.sslmode == "prefer"
    assert Address.from_url(address.url) == address


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://bob:hunter2@db/a", "postgresql://"),
        ("db:5432", "postgresql://"),
        ("", "postgresql://"),
        ("postgresql://:hunter2@db/a", "user and a host"),
        ("postgresql://bob:hunter2@/a", "user and a host"),
        ("postgresql://bob:hunter2@db:port/a", "port"),
        ("postgresql://bob:hunter2@db:0/a", "port"),
        ("postgresql://bob:hunter2@db:99999/a", "port"),
        ("postgresql://bob:hun#ter2@db/a", "port"),
        ("postgresql://bob:hunter2@[db/a", "port"),
        ("postgresql://bob:hunter2@/a?host=db&port=x", "port"),
        ("postgresql://bob:hunter2@db/a?sslmode=yes", "sslmode"),
        (
            "postgresql://bob:hunter2@db/a?password=hunter2&options=x",
            "only host, port, sslmode, sslrootcert may follow",
        ),
        ("postgresql://bob:x?hunter=2@db/a", "percent-encode"),
    ],
)
def test_a_wrong_url_is_refused_in_words_without_its_password(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Address.from_url(url)
    assert "hun" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


HOME = "postgresql://us:hush@db.park.example:5432/postgres"


def test_without_its_password_it_can_be_shown() -> None:
    address = Address.from_url(HOME + "?sslmode=verify-full&sslrootcert=/etc/ca.pem")
    assert address.shown == (
        "postgresql://us@db.park.example:5432/postgres?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem"
    )
    assert Address.from_url(address.shown) == replace(address, password=None)
    nothing = Address.from_url(replace(address, password="").url)
    assert nothing.password == "", "none at all is something else than not said"


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("", "", True),
        ("/postgres", "/other", True),
        ("@db.park.example", "@DB.park.example", True),
        ("@db.park.example", "@db2.park.example", False),
        (":5432", ":5433", False),
        ("//us:", "//them:", False),
        ("?sslmode=prefer", "?sslmode=require", True),
        ("?sslmode=require", "?sslmode=prefer", False),
        ("?sslmode=verify-full", "?sslmode=require", False),
        ("?sslmode=verify-full&sslrootcert=/ca", "?sslmode=verify-full&sslrootcert=/ca", True),
        ("?sslmode=verify-full&sslrootcert=/ca", "?sslmode=verify-full&sslrootcert=/theirs", False),
    ],
)
def test_a_password_may_go_only_where_it_was_given_for(before: str, after: str, may: bool) -> None:
    old = Address.from_url(HOME if before in HOME else HOME + before)
    new = Address.from_url(HOME.replace(before, after) if before and before in HOME else HOME + after)
    assert new.may_get_password_of(old) == may


@pytest.mark.parametrize(
    ("host", "nearby"),
    [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("10.0.0.1", False), ("db.park.example", False)],
)
def test_on_the_same_machine_nobody_listens(host: str, nearby: bool) -> None:
    assert Address.from_url(f"postgresql://us@{host}/x").nearby == nearby


def test_a_sockets_folder_is_told_from_a_host() -> None:
    assert Address.from_url("postgresql://us@/x?host=/run/postgresql").socket
    assert not Address.from_url("postgresql://us@h/x").socket

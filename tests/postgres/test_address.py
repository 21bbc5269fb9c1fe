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
        ("postgresql://bob:hunter2@db/a?password=hunter2&options=x", "unknown option options, password"),
    ],
)
def test_a_wrong_url_is_refused_in_words_without_its_password(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Address.from_url(url)
    assert "hun" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None

"""What a form about a server shows again of what was typed."""

import pytest

from jellystone.routes.server_bodies import without_passwords


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("postgresql://us@db:5432/postgres?sslmode=require", "postgresql://us@db:5432/postgres?sslmode=require"),
        ("postgresql://us:hush@db:5432/postgres", "postgresql://us@db:5432/postgres"),
        ("postgresql://us:hu#sh@hush/@db/x", "postgresql://us@db/x"),
        ("us:hush@db", "us@db"),
        ("postgresql://us:hush", "postgresql://us"),
        ("db.park.example:5432/x", "db.park.example:5432/x"),
        ("db.park.example", "db.park.example"),
        ("postgresql://us@db/x?password=hush&sslmode=prefer", "postgresql://us@db/x?sslmode=prefer"),
        ("host=db password=hush user=us", "host=db  user=us"),
        ("host=db password='hush hush' user=us", "host=db  user=us"),
        ("PGPASSWORD=hush psql", " psql"),
        ("", ""),
    ],
)
def test_all_but_passwords(typed: str, shown: str) -> None:
    assert without_passwords({"url": typed, "password": "hush", "name": "west"}) == {"url": shown, "name": "west"}
    assert without_passwords({"name": "west"}) == {"name": "west"}

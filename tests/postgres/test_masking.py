"""What is stored and shown of a statement gives no password away."""

from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jellystone.postgres.masking import masked

SECRET = "Pic-A-Nic"
GIVING_AWAY = [
    "CREATE ROLE yogi LOGIN PASSWORD '{}' VALID UNTIL '2027-01-01'",
    "ALTER USER yogi ENCRYPTED PASSWORD E'x\\'{}'",
    "alter role yogi password $q${}$q$",
    "ALTER USER yogi IDENTIFIED BY '{}'",
    "UPDATE people SET password = '{}', name = 'Yogi'",
    "UPDATE people SET password = crypt('{}', gen_salt('bf')) WHERE id = 7",
    "UPDATE people SET (name, pass) = ROW ('Yogi', '{}')",
    "UPDATE people SET \"userPassword\"=upper('{}')",
    "INSERT INTO people (name, password) VALUES ('Yogi', '{}')",
    "INSERT INTO api_tokens VALUES (1, '{}')",
    "SELECT * FROM (VALUES ('Yogi', '{}')) AS given (name, secret)",
    "SELECT id FROM people WHERE name = 'yogi' AND password IN ('a', '{}')",
    "SELECT id FROM people WHERE password BETWEEN 'a' AND '{}'",
    "SELECT doc ->> 'api_key' = '{}' FROM requests",
    "SELECT set_config('app.secret', '{}', false)",
    "SELECT json_build_object('name', 'Yogi', 'password', '{}')",
    "SET app.token TO {}",
    "ALTER ROLE yogi SET app.api_key = '{}'",
    "SELECT * FROM dblink('host=db user=yogi password={}', 'SELECT 1') AS t (a int)",
    "SELECT dblink_exec('ALTER ROLE yogi PASSWORD ''{}''')",
    "CREATE SUBSCRIPTION s CONNECTION 'postgresql://yogi:{}@db/park' PUBLICATION p",
    "CREATE USER MAPPING FOR yogi SERVER s OPTIONS (user 'yogi', password '{}')",
    "SELECT pgp_sym_decrypt(data, '{}') FROM letters",
    "SELECT encode(hmac(body, '{}', 'sha256'), 'hex')",
    "DO $$ BEGIN EXECUTE 'ALTER ROLE yogi PASSWORD ''{}'''; END $$",
    "DO $$ BEGIN PERFORM set_config('app.password', $x${}$x$, true); END $$",
    "SELECT 1 /* password: {} /* nested */ still */",
    "SELECT 1 -- token {}",
    "SELECT 'Yogi' AS name, '{}' AS password",
    "SELECT 'Yogi', upper('{}')::text password FROM people",
    "SELECT id FROM people WHERE '{}' = people.password",
    "SELECT aws.export('s3://bears', 'AKIAIOSFODNN7EXAMPLE', '{}')",
    "INSERT INTO notes VALUES ('Bearer {}')",
    "INSERT INTO hashes VALUES ('SCRAM-SHA-256$4096:{}')",
    "INSERT INTO hashes VALUES ('$2b$12${}')",
    "UPDATE people SET password = '{}",
    "SELECT 'it\\' , password = ' {}'",
    'INSERT INTO requests VALUES (\'{{"user": "yogi", "password": "{}"}}\')',
]
TOLD_LATER = [one for one in GIVING_AWAY if "VALUES" in one or "'{}' =" in one or "upper" in one or "AS pass" in one]
HARMLESS = [
    "SELECT * FROM orders WHERE id = $1 AND name LIKE 'jam%' AND at > '2026-01-01' LIMIT 10",
    "UPDATE people SET password = $1 WHERE id = $2",
    "INSERT INTO people (name, password) VALUES ($1, $2)",
    "SELECT 'compass', \"it's\", U&'d\\0061ta', $$plain$$, 1.5e3 -- a note\n/* another /* one */ */",
    "SELECT count(*) FROM tokens WHERE used AND bear = 'Yogi'",
]


@pytest.mark.parametrize("statement", GIVING_AWAY)
def test_a_secret_is_hidden(statement: str) -> None:
    told = masked(statement.format(SECRET))
    assert SECRET not in told
    assert "…" in told


@pytest.mark.parametrize("statement", HARMLESS)
def test_what_is_no_secret_stays_as_it_is(statement: str) -> None:
    assert masked(statement) == statement


def test_what_is_around_a_secret_stays() -> None:
    told = masked("ALTER ROLE yogi PASSWORD 'Pic-A-Nic' VALID UNTIL '2027-01-01'; SELECT 'jam'")
    assert told == "ALTER ROLE yogi PASSWORD '…' VALID UNTIL '2027-01-01'; SELECT 'jam'"


def test_a_verifier_and_an_md5_hash_are_secrets_wherever_they_stand() -> None:
    assert masked("SELECT 'md5" + "0a" * 16 + "'") == "SELECT '…'"


@given(
    st.sampled_from([one for one in GIVING_AWAY if one not in TOLD_LATER]),
    st.integers(0, 200),
    st.text(alphabet="'\"$\\/*-();, \nax", max_size=12),
)
def test_a_statement_cut_off_anywhere_keeps_its_secret(statement: str, end: int, after: str) -> None:
    assert SECRET not in masked(statement.format(SECRET)[:end] + after)
    assert SECRET not in masked(statement.format(SECRET) + after)


@given(st.text(alphabet=st.sampled_from("'\"$\\/*-();,=: \nae1→pasword")) | st.text())
def test_no_text_is_too_strange_and_masking_twice_changes_nothing(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize("piece", ["(", "/*", "'", "$a$", "$b$;", "(a,", "e'\\", "password ", '"', "md5"])
def test_nobody_can_keep_us_busy_with_a_statement(piece: str) -> None:
    began = monotonic()
    masked(piece * 10_000)
    masked("".join(f"$t{i}$;" for i in range(2_000)))
    assert monotonic() - began < 2

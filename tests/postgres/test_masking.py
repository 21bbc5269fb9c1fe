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
    "SELECT greet('it\\'', name, '{}')",
    "SELECT sign_in('yogi', '{}')",
    "SELECT sign_in('yogi', $q${}$q$)",
    "SELECT sign_in('yogi', $q$a;\n{}$q$)",
    "SELECT id FROM people WHERE name = '{}'",
    "EXECUTE sign_in ('yogi', '{}')",
    "CALL sign_in('yogi', E'{}')",
    "INSERT INTO people VALUES ('yogi', U&'{}')",
    "COPY people FROM PROGRAM 'curl -u yogi:{} https://park.example'",
    "NOTIFY park, 'yogi {}'",
    "SELECT pg_notify('park', '{}')",
    "SET app.door = '{}'",
    "SET app.secret TO a-{}-b",
    "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'db', door '{}')",
    "CREATE ROLE yogi PASSWORD {}",
    'ALTER USER yogi WITH PASSWORD "{}"',
    "ALTER ROLE yogi VALID UNTIL '2027-01-01' PASSWORD {}",
    "ALTER DATABASE park SET app.token = {}",
    'SELECT id FROM people WHERE password = "{}"',
    "EXPLAIN SELECT sign_in('yogi', '{}')",
    "PREPARE p AS SELECT '{}'",
    "DECLARE c CURSOR FOR SELECT '{}'",
    "COMMENT ON ROLE yogi IS '{}'",
    "SECURITY LABEL ON ROLE yogi IS '{}'",
    "ALTER SYSTEM SET primary_conninfo = 'host=db user=yogi {}'",
    "DO $$ BEGIN PERFORM sign_in('yogi', '{}'); END $$",
    "DO LANGUAGE plpgsql $$ BEGIN PERFORM sign_in('yogi', '{}'); END $$",
    'DO LANGUAGE plperl $$ sign_in("{}"); $$',
    'CREATE FUNCTION f() RETURNS int AS $$ return sign_in("{}"); $$ LANGUAGE plperl',
    'CREATE FUNCTION f() RETURNS int AS $$ return sign_in("{}");',
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT sign_in('{}') $$",
    'INSERT INTO requests VALUES (\'{{"user": "yogi", "password": "{}"}}\')',
]
HARMLESS = [
    "SELECT * FROM orders WHERE id = $1 AND name LIKE '%' AND at > '2026-01-01 10:00:00+01' LIMIT 10",
    "SELECT date_trunc('day', at), doc ->> 'colour', string_agg(a, ', ') FROM jam WHERE at > now() - '2 days'",
    "UPDATE people SET password = $1 WHERE id = $2",
    "INSERT INTO people (name, password) VALUES ($1, $2)",
    'SELECT "it\'s", 1.5e3 -- a note\n/* another /* one */ */',
    "SELECT count(*) FROM tokens WHERE used AND bear = $1",
    "CREATE TABLE people (name text, password text NOT NULL)",
    'SELECT "people"."id", "people"."password" FROM "people"',
    "ALTER TABLE tokens ADD COLUMN colour varchar",
    "CREATE FUNCTION f(a text) RETURNS text LANGUAGE 'plpgsql' AS $$ BEGIN RETURN a; END $$",
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
    told = masked("ALTER ROLE yogi PASSWORD 'Pic-A-Nic' CONNECTION LIMIT 7; SELECT jam FROM t WHERE a = 'b'")
    assert told == "ALTER ROLE yogi PASSWORD '…' CONNECTION LIMIT …; SELECT jam FROM t WHERE a = '…'"


def test_a_number_is_hidden_where_the_statement_tells_of_a_secret() -> None:
    assert masked("UPDATE people SET pin = 1234 WHERE id = 7") == "UPDATE people SET pin = … WHERE id = …"
    assert masked("UPDATE people SET bin = 1234 WHERE id = 7") == "UPDATE people SET bin = 1234 WHERE id = 7"


def test_a_moment_is_hidden_where_it_could_be_a_password() -> None:
    assert "2001" not in masked("ALTER ROLE yogi PASSWORD '2001-01-01'")
    assert "2001" not in masked("INSERT INTO people (name, password) VALUES ('Yogi', '2001-01-01')")


@given(
    st.sampled_from(GIVING_AWAY),
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

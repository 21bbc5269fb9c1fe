import re
from base64 import b64decode

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jellystone.postgres import roles
from jellystone.postgres.scram import check_verifier, generated_password, saslprep, verifier
from tests.clusters import Cluster
from tests.postgres.world import World, role_spec

pytestmark = pytest.mark.anyio

PASSWORDS = [
    "pencil",
    "with space ",
    " ",
    "p@ss:w/o?r#d%41&=+",
    "quote'\"\\",
    "ünïcödé",
    "I\u00adX",
    "\u00aa",
    "\u2168",
    "a\u00a0b",
    "x\u0340y",
    "\u0627\u0031",
    "\u0627\u0644\u0639",
    "\u0007bell",
    "emoji 🐻",
    "\u200b",
    "日本語",
    "long" * 125,
]


BY_LIBPQ_ALONE = ("x\u0340y", "\u200b")
"""asyncpg prepares these in another way than the server and libpq do."""


def test_the_vector_of_rfc_7677() -> None:
    """There: ServerSignature, from the same keys; the stored keys are those PostgreSQL computes for its salt."""
    made = verifier("pencil", salt=b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), iterations=4096)
    assert made == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@pytest.mark.parametrize(
    ("given", "prepared"),
    [("I\u00adX", "IX"), ("user", "user"), ("USER", "USER"), ("\u00aa", "a"), ("\u2168", "IX")],
)
def test_the_examples_of_rfc_4013(given: str, prepared: str) -> None:
    assert saslprep(given) == prepared


@pytest.mark.parametrize("text", ["\u0007", "\u0627\u0031", "", "\u00ad", "\ue000", "\u0221"])
def test_what_cannot_be_prepared_is_used_as_it_is(text: str) -> None:
    assert saslprep(text) == text


def test_every_salt_is_new_and_every_verifier_is_one() -> None:
    made = {verifier("pencil") for _ in range(5)}
    assert len(made) == 5
    for one in made:
        check_verifier(one)


ONE = verifier("x", salt=b"always the same.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pencil",
        "md5" + "0" * 32,
        ONE[:-1],
        ONE + "\n",
        ONE + "'",
        ONE.replace("SHA-256", "SHA-1"),
        ONE.replace("4096", "0"),
        ONE.replace("$4096", "$-4096"),
    ],
)
def test_what_postgresql_would_hash_as_a_password_is_no_verifier(text: str) -> None:
    with pytest.raises(ValueError, match="not a SCRAM-SHA-256 verifier"):
        check_verifier(text)


def test_generated_passwords_are_32_letters_and_digits() -> None:
    made = {generated_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", password) for password in made)


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_text_becomes_a_verifier_or_is_no_text_at_all(text: str) -> None:
    check_verifier(verifier(text, iterations=1))


async def test_the_server_makes_the_same_verifier_of_the_same_password(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url())
    try:
        for password in PASSWORDS:
            escaped = password.replace("\\", "\\\\").replace("'", "''")
            await connection.execute(f"DROP ROLE IF EXISTS sam; CREATE ROLE sam PASSWORD E'{escaped}'")
            theirs = await connection.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'sam'")
            head, _ = theirs.removeprefix("SCRAM-SHA-256$").split("$")
            iterations, salt = head.split(":")
            assert verifier(password, salt=b64decode(salt), iterations=int(iterations)) == theirs, password
    finally:
        await connection.execute("DROP ROLE IF EXISTS sam")
        await connection.close()


async def test_asyncpg_and_libpq_log_in_with_any_password(simple: World) -> None:
    shop = await simple.database()
    sam = await simple.role("sam", shop, "readonly")
    for password in PASSWORDS:
        await roles.set_password(simple.server, sam, verifier(password), end_sessions=False)
        if password not in BY_LIBPQ_ALONE:
            connection = await simple.login("sam", "shop", password=password)
            assert await connection.fetchval("SELECT session_user") == "sam"
            await connection.close()
        assert simple.cluster.psql("SELECT session_user", "shop", user="sam", password=password) == "sam"


async def test_psql_logs_in_on_every_version(world: World) -> None:
    shop = await world.database()
    await roles.create(world.server, role_spec("ann", shop, "owner"))
    assert world.cluster.psql("SELECT current_user", "shop", user="ann", password="pw-ann") == "shop_owner"

import asyncpg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jellystone.errors import Invalid
from jellystone.facts import naming
from jellystone.postgres import names
from jellystone.postgres.names import check_database_name, check_role_name, literal, quoted
from tests.clusters import Cluster
from tests.postgres.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["a", "shop", "shop_2", "a" * 50, "owner", "rw", "owner_of_shop", "pgshop", "users"])
def test_good_names_have_no_problem(name: str) -> None:
    assert naming.database_name_problem(name) is None
    assert naming.role_name_problem(name) is None
    check_database_name(name)
    check_role_name(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Give it a name"),
        ("Shop", "small letters"),
        ("1shop", "beginning with a letter"),
        ("_shop", "beginning with a letter"),
        ("my-shop", "underscores"),
        ("my shop", "underscores"),
        ("shop\n", "underscores"),
        ("shöp", "small letters"),
        ("shop\u202e", "small letters"),
        ("shop\0", "small letters"),
        ('a"; DROP ROLE b', "small letters"),
        ("a" * 64, "at most"),
        ("shop_owner", "_owner"),
        ("shop_rw", "_rw"),
        ("shop_ro", "_ro"),
        ("pg_shop", "meaning of its own"),
        ("postgres", "meaning of its own"),
        ("template1", "meaning of its own"),
        ("public", "meaning of its own"),
        ("none", "meaning of its own"),
        ("replication", "meaning of its own"),
        ("rdsadmin", "meaning of its own"),
        ("rds_superuser", "meaning of its own"),
        ("cloudsqladmin", "meaning of its own"),
        ("azure_pg_admin", "meaning of its own"),
        ("alloydbadmin", "meaning of its own"),
        ("user", "word of SQL"),
        ("select", "word of SQL"),
        ("system_user", "word of SQL"),
        ("authorization", "word of SQL"),
    ],
)
def test_other_names_are_refused_with_what_to_do(name: str, words: str) -> None:
    for problem in (naming.database_name_problem(name), naming.role_name_problem(name)):
        assert problem is not None
        assert words in problem
    with pytest.raises(Invalid) as caught:
        check_role_name(name)
    assert words in caught.value.fields["name"]


def test_databases_leave_room_for_the_names_of_their_groups() -> None:
    assert naming.database_name_problem("a" * 51) == "Use at most 50 characters."
    assert naming.role_name_problem("a" * 63) is None
    assert len(names.group_name("a" * 50, "owner")) <= 63


async def test_every_reserved_word_of_the_server_is_known(cluster: Cluster) -> None:
    connection = await asyncpg.connect(cluster.url())
    rows = await connection.fetch("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")
    await connection.close()
    assert {row[0] for row in rows} <= naming.RESERVED


@pytest.mark.parametrize("name", ["", "a\0b", "a" * 64, "ä" * 32])
def test_what_postgresql_would_cut_or_misread_is_not_quoted(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 63 bytes"):
        quoted(name)


def test_a_literal_holds_no_zero_byte() -> None:
    with pytest.raises(ValueError, match="zero byte"):
        literal("a\0b")


any_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
identifiers = any_text.filter(lambda text: 0 < len(text.encode()) <= 63)


@pytest.mark.parametrize("standard", ["on", "off"])
async def test_whatever_is_quoted_arrives_as_it_was(simple: World, standard: str) -> None:
    connection = await simple.root()
    await connection.execute(f"SET standard_conforming_strings = {standard}; SET escape_string_warning = off")
    found: list[tuple[str, str]] = []

    @settings(max_examples=200, deadline=None, database=None)
    @given(identifiers, any_text)
    @example('a"b', "'; DROP DATABASE postgres; --")
    @example('"', "\\'; SELECT 1; --")
    @example("$$", "\\")
    @example("a\n-- b", "E'\\x41'")
    @example("\u202e\u200b", "\\\\''\\")
    def collect(name: str, text: str) -> None:
        found.append((name, text))

    collect()
    for name, text in found:
        row = await connection.fetchrow(f"SELECT {literal(text)} AS {quoted(name)}")
        assert row is not None
        assert dict(row) == {name: text}


async def test_hostile_names_are_made_and_dropped_exactly(simple: World) -> None:
    hostile = [
        'a"b',
        "a;b",
        "a'b",
        "a\\b",
        "A b",
        "$1",
        "x" * 63,
        "ro\nle",
        "'; DROP ROLE jadmin; --",
        "юзер",
        "%s",
        "{}",
    ]
    async with simple.server.admin() as connection:
        for name in hostile:
            await connection.run(f"CREATE ROLE {quoted(name)}")
            await connection.run(f"COMMENT ON ROLE {quoted(name)} IS {literal(name)}")
        rows = await connection.fetch(
            "SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ANY ($1::name[])",
            hostile,
        )
        assert {(row[0], row[1]) for row in rows} == {(name, name) for name in hostile}
        await connection.run(f"DROP ROLE {', '.join(map(quoted, hostile))}")


async def test_our_way_of_sending_takes_one_statement_only(simple: World) -> None:
    async with simple.server.admin() as connection:
        with pytest.raises(asyncpg.PostgresSyntaxError, match="multiple commands"):
            await connection.run("SELECT 1; CREATE ROLE evil")
    assert await simple.ask("SELECT count(*) FROM pg_roles WHERE rolname = 'evil'") == 0

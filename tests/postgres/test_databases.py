import asyncio
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from jellystone.errors import Conflict, Invalid, NotFound
from jellystone.postgres import databases, roles
from jellystone.postgres.databases import DatabaseSpec
from jellystone.postgres.names import quoted
from tests.postgres.world import World, role_spec

pytestmark = pytest.mark.anyio


async def test_a_new_database_is_ours_open_and_tagged(world: World) -> None:
    spec = DatabaseSpec(id=uuid4(), name="shop", connection_limit=7)
    assert not await databases.exists(world.server, "shop")
    made = await databases.create(world.server, spec, was_absent=True)
    assert (made.id, made.open, made.mine, made.broken, made.connection_limit) == (spec.id, True, True, False, 7)
    assert (made.encoding, made.owner, made.public_closed) == ("UTF8", world.address.user, True)
    assert await databases.exists(world.server, "shop")
    assert await databases.found(world.server, "shop") == replace(made, public_closed=None)


async def test_creating_again_changes_nothing(world: World) -> None:
    spec = await world.database()
    before = await world.signature()
    await databases.create(world.server, spec, was_absent=True)
    await databases.create(world.another_server(), spec, was_absent=False)
    assert await world.signature() == before


async def test_a_foreign_database_of_that_name_is_a_conflict_and_untouched(world: World) -> None:
    await (await world.root()).execute("CREATE DATABASE shop")
    before = await world.signature()
    with pytest.raises(Conflict, match="made by somebody else") as caught:
        await databases.create(world.server, DatabaseSpec(id=uuid4(), name="shop"), was_absent=True)
    assert caught.value.fields == {"name": "This name is taken on the server."}
    with pytest.raises(Conflict, match="so it stays"):
        await databases.drop(world.server, DatabaseSpec(id=uuid4(), name="shop"), roles=[], was_absent=True)
    assert await world.signature() == before


async def test_a_database_made_for_another_record_is_a_conflict(world: World) -> None:
    spec = await world.database()
    other = replace(spec, id=uuid4())
    for attempt in (
        databases.create(world.server, other, was_absent=True),
        databases.change(world.server, other),
        databases.drop(world.server, other, roles=[]),
        roles.create(world.server, role_spec("ann", other, "owner")),
    ):
        with pytest.raises(Conflict):
            await attempt
    assert await databases.exists(world.server, "shop")


async def test_a_foreign_role_with_a_groups_name_is_a_conflict_and_stays(world: World) -> None:
    await (await world.root()).execute("CREATE ROLE shop_rw")
    spec = DatabaseSpec(id=uuid4(), name="shop")
    with pytest.raises(Conflict, match="shop_rw"):
        await databases.create(world.server, spec, was_absent=True)
    await databases.drop(world.server, spec, roles=[], was_absent=True)
    assert await world.ask("SELECT array_agg(rolname::text) FROM pg_roles WHERE rolname ~ '^shop'") == ["shop_rw"]


async def test_a_closed_untagged_database_is_taken_up_only_if_we_saw_it_absent(world: World) -> None:
    async with world.server.admin() as connection:
        await connection.run("CREATE DATABASE shop TEMPLATE template0 ALLOW_CONNECTIONS false")
    spec = DatabaseSpec(id=uuid4(), name="shop")
    with pytest.raises(Conflict):
        await databases.create(world.server, spec, was_absent=False)
    with pytest.raises(Conflict):
        await databases.drop(world.server, spec, roles=[], was_absent=False)
    assert (await databases.create(world.server, spec, was_absent=True)).id == spec.id


async def test_a_name_that_people_may_not_choose_never_reaches_the_server(simple: World) -> None:
    for name in ("public", "pg_x", "shop_owner", 'a"b', "a; DROP DATABASE postgres"):
        with pytest.raises(Invalid):
            await databases.create(simple.server, DatabaseSpec(id=uuid4(), name=name), was_absent=True)


async def test_wrong_encodings_and_locales_name_their_field_and_leave_nothing(world: World) -> None:
    before = await world.signature()
    spec = DatabaseSpec(id=uuid4(), name="shop")
    for wrong, field in (
        (replace(spec, encoding="KLINGON"), "encoding"),
        (replace(spec, locale="xx_XX"), "locale"),
        (replace(spec, encoding="LATIN1", locale="C.UTF-8"), "encoding"),
        (replace(spec, locale="tlh", locale_provider="builtin"), "locale_provider locale"),
    ):
        with pytest.raises(Invalid) as caught:
            await databases.create(world.server, wrong, was_absent=True)
        assert set(caught.value.fields) & set(field.split())
        assert "PostgreSQL says" in next(iter(caught.value.fields.values()))
    assert await world.signature() == before


async def test_encoding_and_locale_can_be_chosen(world: World) -> None:
    spec = DatabaseSpec(id=uuid4(), name="shop", encoding="LATIN1", locale="C")
    made = await databases.create(world.server, spec, was_absent=True)
    assert (made.encoding, made.locale, made.locale_provider) == ("LATIN1", "C", "libc")


async def test_the_connection_limit_can_be_changed_and_lifted(world: World) -> None:
    spec = await world.database(connection_limit=1)
    await world.role("ray", spec, "readonly")
    await world.login("ray", "shop")
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await world.login("ray", "shop")
    await databases.change(world.server, replace(spec, connection_limit=None))
    await world.login("ray", "shop")
    with pytest.raises(NotFound):
        await databases.change(world.server, replace(spec, name="blog"))


async def test_a_new_database_is_never_open_to_a_stranger(world: World) -> None:
    stranger = await world.role("eve", await world.database("blog"), "owner")
    outcomes: set[str] = set()
    done = asyncio.Event()

    async def knock() -> None:
        while not done.is_set():
            try:
                await (await world.login(stranger.name, "shop")).close()
                outcomes.add("in")
            except asyncpg.PostgresError as error:
                outcomes.add(str(error.sqlstate))

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(knock())
        for _ in range(3):
            spec = await world.database()
            await databases.drop(world.server, spec, roles=[])
        done.set()
    assert "in" not in outcomes
    assert {"3D000", "55000", "42501"} & outcomes


async def test_creating_does_not_mind_somebody_in_template1(world: World) -> None:
    await world.root("template1")
    assert (await world.database()).name == "shop"


async def test_twelve_are_made_at_once(world: World) -> None:
    async def whole(number: int) -> None:
        spec = await world.database(f"shop{number}")
        await world.role(f"ann{number}", spec, "owner")

    await asyncio.gather(*(whole(number) for number in range(12)))
    for number in range(12):
        assert await (await world.login(f"ann{number}", f"shop{number}")).fetchval("SELECT current_user")


async def test_eight_processes_may_make_the_same_one(world: World) -> None:
    spec = DatabaseSpec(id=uuid4(), name="shop")
    servers = [world.another_server() for _ in range(8)]
    made = await asyncio.gather(*(databases.create(server, spec, was_absent=True) for server in servers))
    assert {facts.id for facts in made} == {spec.id}
    once = await world.signature()
    await databases.create(world.server, spec, was_absent=True)
    assert await world.signature() == once
    for server in servers:
        await server.close()


async def test_of_eight_records_that_want_one_name_one_gets_it(world: World) -> None:
    specs = [DatabaseSpec(id=uuid4(), name="shop") for _ in range(8)]
    tries = (databases.create(world.server, spec, was_absent=True) for spec in specs)
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Conflict) for result in results) == 7


async def test_settings_of_a_database_do_not_reach_our_sessions(simple: World) -> None:
    spec = await simple.database()
    await simple.role("ann", spec, "owner")
    await (await simple.root()).execute(
        f"ALTER DATABASE {quoted('shop')} SET statement_timeout = '1ms';"
        f"ALTER DATABASE {quoted('shop')} SET search_path = evil; ALTER ROLE ALL SET lock_timeout = '1ms'"
    )
    try:
        async with simple.server.inside("shop") as inside:
            shown = [await inside.fetchval(f"SHOW {it}") for it in ("statement_timeout", "search_path", "lock_timeout")]
        assert shown == ["1min", "pg_catalog", "5s"]
    finally:
        await (await simple.root()).execute("ALTER ROLE ALL RESET ALL")

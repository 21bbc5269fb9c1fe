import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from jellystone.errors import Conflict, Invalid, NotFound, Refused
from jellystone.postgres import databases, roles
from jellystone.postgres.scram import verifier
from tests.postgres.world import World, role_spec, state

pytestmark = pytest.mark.anyio


async def test_a_new_role_logs_in_and_owners_act_as_their_group(world: World) -> None:
    shop = await world.database()
    for name, access, acts_as in (
        ("ann", "owner", "shop_owner"),
        ("wes", "readwrite", "wes"),
        ("ray", "readonly", "ray"),
    ):
        await world.role(name, shop, access)  # type: ignore[arg-type]
        assert await (await world.login(name, "shop")).fetchval("SELECT current_user") == acts_as


async def test_whether_a_name_is_taken_can_be_asked(world: World) -> None:
    assert not await roles.exists(world.server, "ann")
    await world.role("ann", await world.database(), "owner")
    assert await roles.exists(world.server, "ann")
    assert await roles.exists(world.server, "shop_rw")


async def test_creating_again_changes_nothing(world: World) -> None:
    shop = await world.database()
    specs = [await world.role("ann", shop, "owner"), await world.role("ray", shop, "readonly", connection_limit=3)]
    before = await world.signature()
    for spec in specs:
        await roles.create(world.another_server(), spec)
        await roles.change(world.server, spec)
        await roles.set_access(world.server, spec)
        await roles.set_password(world.server, spec, spec.verifier or "", end_sessions=True)
    assert await world.signature() == before


async def test_creating_again_brings_it_to_the_spec_and_keeps_its_password(world: World) -> None:
    shop = await world.database()
    ann = await world.role("ann", shop, "owner")
    fresh = replace(ann, access="readonly", connection_limit=2, verifier=verifier("never sent"))
    await roles.create(world.server, fresh)
    connection = await world.login("ann", "shop")
    assert await connection.fetchval("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'ann'") == 2
    assert await state(connection, "CREATE TABLE t (a int)") == "42501"


async def test_a_foreign_role_of_that_name_is_a_conflict_and_untouched(world: World) -> None:
    shop = await world.database()
    await (await world.root()).execute("CREATE ROLE ann LOGIN")
    before = await world.signature()
    spec = role_spec("ann", shop, "owner")
    with pytest.raises(Conflict) as caught:
        await roles.create(world.server, spec)
    assert caught.value.fields == {"name": "This name is taken on the server."}
    for attempt in (
        roles.drop(world.server, spec),
        roles.change(world.server, spec),
        roles.set_access(world.server, spec),
        roles.end_sessions(world.server, spec),
        roles.set_password(world.server, spec, verifier("x"), end_sessions=False),
    ):
        with pytest.raises(Conflict):
            await attempt
    assert await world.signature() == before


async def test_a_role_or_database_that_is_gone_is_not_found(world: World) -> None:
    shop = await world.database()
    spec = role_spec("ann", shop, "owner")
    await roles.drop(world.server, spec)
    for attempt in (
        roles.change(world.server, spec),
        roles.set_access(world.server, spec),
        roles.set_password(world.server, spec, verifier("x"), end_sessions=True),
        roles.create(world.server, replace(spec, database="blog", database_id=uuid4())),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_names_that_mean_something_else_are_refused(simple: World) -> None:
    shop = await simple.database()
    for name in ("public", "none", "pg_ann", "shop_rw", "user", "Ann", "ann;"):
        with pytest.raises(Invalid):
            await roles.create(simple.server, replace(role_spec("ann", shop, "owner"), name=name))


async def test_what_is_no_verifier_never_reaches_the_server(simple: World) -> None:
    shop = await simple.database()
    ann = await simple.role("ann", shop, "owner")
    plain = "a plain one that no other test logs"
    for text in (plain, "", "md5" + "0" * 32, verifier("x")[:-1], verifier("x") + "\n"):
        with pytest.raises(ValueError, match="verifier"):
            await roles.set_password(simple.server, ann, text, end_sessions=False)
        with pytest.raises(ValueError, match="verifier"):
            await roles.create(simple.server, role_spec("abe", shop, "owner", verifier=text))
    assert plain not in simple.cluster.log.read_text()


async def test_a_role_without_a_password_cannot_log_in(simple: World) -> None:
    await simple.role("ann", await simple.database(), "owner", verifier=None)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await simple.login("ann", "shop", password="")


async def test_after_a_change_only_the_new_password_works(world: World) -> None:
    shop = await world.database()
    ann = await world.role("ann", shop, "owner")
    live = await world.login("ann", "shop")
    await roles.set_password(world.server, ann, verifier("new"), end_sessions=False)
    assert await live.fetchval("SELECT 1") == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        await world.login("ann", "shop")
    assert await (await world.login("ann", "shop", password="new")).fetchval("SELECT 1") == 1
    await roles.set_password(world.server, ann, verifier("newer"), end_sessions=True)
    assert await state(live, "SELECT 1") is not None


async def test_eight_changes_of_one_password_at_once_all_succeed(world: World) -> None:
    ann = await world.role("ann", await world.database(), "owner")
    servers = [world.another_server() for _ in range(8)]
    await asyncio.gather(
        *(
            roles.set_password(server, ann, verifier(f"pw-{number}"), end_sessions=False)
            for number, server in enumerate(servers)
        )
    )
    for server in servers:
        await server.close()


async def test_limits_expiry_and_disabling(world: World) -> None:
    shop = await world.database()
    ann = await world.role("ann", shop, "owner", connection_limit=1)
    live = await world.login("ann", "shop")
    with pytest.raises(asyncpg.TooManyConnectionsError):
        await world.login("ann", "shop")
    await roles.change(world.server, replace(ann, valid_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert await live.fetchval("SELECT 1") == 1
    with pytest.raises(asyncpg.InvalidPasswordError):
        await world.login("ann", "shop")
    await roles.change(world.server, replace(ann, connection_limit=None, enabled=False))
    assert await state(live, "SELECT 1") is not None
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await world.login("ann", "shop")
    await roles.change(world.server, replace(ann, connection_limit=None, valid_until=datetime(2100, 1, 2, tzinfo=UTC)))
    await world.login("ann", "shop")
    await world.login("ann", "shop")
    until = await world.ask("SELECT rolvaliduntil FROM pg_roles WHERE rolname = 'ann'")
    assert until == datetime(2100, 1, 2, tzinfo=UTC)


async def test_ending_sessions_counts_them(world: World) -> None:
    ann = await world.role("ann", await world.database(), "owner")
    lives = [await world.login("ann", "shop") for _ in range(3)]
    assert await roles.end_sessions(world.server, ann) == 3
    assert [await state(live, "SELECT 1") is not None for live in lives] == [True] * 3
    assert await roles.end_sessions(world.server, ann) == 0


async def test_a_demoted_owner_loses_at_once_what_its_open_session_could_do(world: World) -> None:
    shop = await world.database()
    ann = await world.role("ann", shop, "owner")
    old = await world.login("ann", "shop")
    await old.execute("CREATE TABLE t (a int); SET ROLE NONE; CREATE TABLE stray (a int); SET ROLE shop_owner")
    await roles.set_access(world.server, replace(ann, access="readonly"))
    assert await state(old, "CREATE TABLE more (a int)") is not None
    new = await world.login("ann", "shop")
    assert await new.fetchval("SELECT current_user") == "ann"
    for statement in (
        "CREATE TABLE more (a int)",
        "SET ROLE shop_owner",
        "SET ROLE shop_rw",
        "INSERT INTO t VALUES (1)",
    ):
        assert await state(new, statement) == "42501"
    assert await state(new, "SELECT * FROM t, stray") is None
    owners = await world.ask(
        "SELECT array_agg(DISTINCT tableowner::text) FROM pg_tables WHERE schemaname = 'public'", database="shop"
    )
    assert owners == ["shop_owner"]


async def test_access_can_go_up_and_down_and_leaves_no_trace(world: World) -> None:
    shop = await world.database()
    ann = await world.role("ann", shop, "readonly")
    before = await world.signature()
    for access in ("owner", "readwrite", "owner", "readonly"):
        await roles.set_access(world.server, replace(ann, access=access))
    assert await world.signature() == before


async def test_memberships_by_every_grantor_go_with_the_demotion(world: World) -> None:
    shop = await world.database()
    ann = await world.role("ann", shop, "owner")
    if world.cluster.major >= 16 and world.superuser:
        root = await world.root()
        await root.execute(
            "CREATE ROLE deputy; GRANT shop_owner TO deputy WITH ADMIN TRUE; SET ROLE deputy;"
            "GRANT shop_owner TO ann; RESET ROLE"
        )
        assert await root.fetchval("SELECT count(*) FROM pg_auth_members WHERE member = 'ann'::regrole") == 2
    await roles.set_access(world.server, replace(ann, access="readwrite"))
    groups = await world.ask(
        "SELECT array_agg(roleid::regrole::text) FROM pg_auth_members WHERE member = 'ann'::regrole"
    )
    assert groups == ["shop_rw"]


async def test_a_dropped_role_leaves_its_data_to_the_group_in_every_database(world: World) -> None:
    shop, blog = await world.database(), await world.database("blog")
    before = await world.signature()
    ann = await world.role("ann", shop, "owner")
    await (await world.root()).execute("GRANT blog_owner TO ann")
    lives = [await world.login("ann", it.name) for it in (shop, blog)]
    for live in lives:
        await live.execute("SET ROLE NONE; CREATE TABLE kept (a int); INSERT INTO kept VALUES (42)")
        await live.execute("GRANT SELECT ON kept TO pg_monitor")
    await roles.drop(world.server, ann)
    assert [await state(live, "SELECT 1") is not None for live in lives] == [True, True]
    for it in (shop, blog):
        assert await world.ask("SELECT a FROM kept", database=it.name) == 42
        assert (
            await world.ask("SELECT tableowner FROM pg_tables WHERE tablename = 'kept'", database=it.name)
            == f"{it.name}_owner"
        )
        await (await world.root(it.name)).execute("DROP TABLE kept")
    assert await world.signature() == before
    await roles.drop(world.server, ann)


async def test_a_role_that_owns_things_elsewhere_stays_with_words(world: World) -> None:
    shop = await world.database()
    ann = await world.role("ann", shop, "owner")
    root = await world.root()
    await root.execute("CREATE DATABASE theirs OWNER ann")
    with pytest.raises(Conflict, match="owns things outside"):
        await roles.drop(world.server, ann)
    await root.execute("ALTER DATABASE theirs OWNER TO postgres; GRANT CREATE ON DATABASE theirs TO ann")
    if not world.superuser:
        with pytest.raises(Refused, match="privileges for database theirs"):
            await roles.drop(world.server, ann)
        await root.execute("REVOKE CREATE ON DATABASE theirs FROM ann")
    await roles.drop(world.server, ann)
    assert await world.ask("SELECT count(*) FROM pg_roles WHERE rolname = 'ann'") == 0


async def test_a_table_in_use_delays_a_demotion_and_does_not_break_it(simple: World) -> None:
    shop = await simple.database()
    ann = await simple.role("ann", shop, "owner")
    await (await simple.login("ann", "shop")).execute("SET ROLE NONE; CREATE TABLE stray (a int)")
    reader = await simple.root("shop")
    await reader.execute("BEGIN; SELECT * FROM stray")
    demotion = asyncio.ensure_future(roles.set_access(simple.server, replace(ann, access="readonly")))
    await asyncio.sleep(0.3)
    assert not demotion.done()
    await reader.execute("COMMIT")
    await demotion
    assert await databases.exists(simple.server, "shop")

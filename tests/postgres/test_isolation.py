"""What a tenant may do, and what a stranger, a reader and a writer may not."""

import pytest

from tests.postgres.world import Tenant, World, state

pytestmark = pytest.mark.anyio

DENIED = {"42501", "0LP01", "42704", "42939", "22023"}

FROM_A_STRANGER = """
SET ROLE shop_owner
SET ROLE shop_ro
GRANT shop_owner TO eve
GRANT shop_ro TO eve
GRANT shop_owner TO eve WITH ADMIN OPTION
ALTER ROLE ann PASSWORD 'x'
ALTER ROLE ann RENAME TO q
DROP ROLE ann
DROP DATABASE shop
DROP DATABASE blog
ALTER DATABASE shop OWNER TO blog_owner
ALTER DATABASE blog OWNER TO shop_owner
ALTER DATABASE blog RENAME TO zz
ALTER DATABASE blog SET work_mem = '1GB'
ALTER DATABASE shop SET search_path = evil
ALTER DATABASE blog CONNECTION LIMIT 3
GRANT CONNECT ON DATABASE shop TO eve
CREATE ROLE evil
CREATE DATABASE evil
COPY (SELECT 1) TO PROGRAM 'id'
SELECT pg_read_file('/etc/passwd')
CREATE EXTENSION dblink
ALTER SYSTEM SET work_mem = '1MB'
SELECT * FROM pg_authid
SET SESSION AUTHORIZATION ann
COMMENT ON DATABASE shop IS 'x'
COMMENT ON DATABASE blog IS 'x'
COMMENT ON ROLE eve IS 'x'
ALTER ROLE eve SUPERUSER
ALTER ROLE eve CREATEDB
ALTER ROLE eve CONNECTION LIMIT 500
ALTER ROLE eve VALID UNTIL 'infinity'
ALTER ROLE shop_owner SET role = 'x'
REASSIGN OWNED BY shop_owner TO blog_owner
DROP OWNED BY shop_owner
SELECT pg_database_size('shop')
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ann'
""".strip().splitlines()

FROM_A_READER = """
INSERT INTO t (v) VALUES ('x')
UPDATE t SET v = 'x'
DELETE FROM t
TRUNCATE t
SELECT nextval('t_id_seq')
CREATE TABLE r (a int)
CREATE TEMP TABLE r (a int)
CREATE SCHEMA r
SELECT * FROM t FOR UPDATE
INSERT INTO s.u (x) VALUES (2)
COPY t FROM PROGRAM 'id'
BEGIN; LOCK TABLE t IN SHARE MODE
SET ROLE shop_rw
SET ROLE shop_owner
""".strip().splitlines()

FROM_A_WRITER = """
CREATE TABLE w (a int)
ALTER TABLE t ADD k int
DROP TABLE t
TRUNCATE t
CREATE SCHEMA w
CREATE INDEX ON t (id)
SET ROLE shop_owner
""".strip().splitlines()


async def people(world: World) -> tuple[Tenant, Tenant, Tenant, Tenant]:
    """Ann and Abe own the shop, Wes writes, Ray reads; Eve owns the blog."""
    shop, blog = await world.database(), await world.database("blog")
    await world.role("ann", shop, "owner")
    await world.role("abe", shop, "owner")
    await world.role("wes", shop, "readwrite")
    await world.role("ray", shop, "readonly")
    await world.role("eve", blog, "owner")
    ann, abe, wes, ray = [await world.login(name, "shop") for name in ("ann", "abe", "wes", "ray")]
    return ann, abe, wes, ray


MADE = """
CREATE TABLE t (id serial PRIMARY KEY, v text); INSERT INTO t (v) VALUES ('a'); CREATE VIEW v AS SELECT * FROM t;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA s; CREATE SEQUENCE q;
CREATE TABLE s.u (id int GENERATED ALWAYS AS IDENTITY, x int); CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TYPE y AS ENUM ('a')"""

CHANGED = """
ALTER TABLE t ADD COLUMN z int; CREATE INDEX ON t (v); INSERT INTO s.u (x) VALUES (1); ALTER TABLE s.u ADD y int;
REFRESH MATERIALIZED VIEW m; CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (19); ALTER SEQUENCE q RESTART; ALTER TYPE y ADD VALUE 'b';
DROP VIEW v; CREATE VIEW v AS SELECT id FROM t; ALTER TABLE p DETACH PARTITION p2"""

WRITTEN = """
INSERT INTO t (v) VALUES ('w'); UPDATE t SET v = 'q'; DELETE FROM t WHERE id = 999; SELECT * FROM v;
INSERT INTO s.u (x) VALUES (2); SELECT nextval('q'); CREATE TEMP TABLE tt (a int); INSERT INTO p VALUES (1)"""

READ = "SELECT * FROM t; SELECT * FROM v; SELECT * FROM s.u; SELECT * FROM m; SELECT last_value FROM q; SELECT f()"


async def test_what_one_owner_makes_all_may_use_by_their_access(world: World) -> None:
    ann, abe, wes, ray = await people(world)
    assert await state(ann, MADE) is None
    assert await state(abe, CHANGED) is None
    assert await state(wes, WRITTEN) is None
    assert await state(ray, READ) is None


async def test_readers_cannot_write_and_writers_cannot_define(world: World) -> None:
    ann, _, wes, ray = await people(world)
    await ann.execute(MADE)
    assert {it: await state(ray, it) for it in FROM_A_READER} == dict.fromkeys(FROM_A_READER, "42501")
    assert {it: await state(wes, it) for it in FROM_A_WRITER} == dict.fromkeys(FROM_A_WRITER, "42501")


async def test_readers_cannot_write_large_objects_where_a_superuser_could_forbid_it(world: World) -> None:
    ann, _, wes, ray = await people(world)
    write = "SELECT lo_from_bytea(0, 'x')"
    assert await state(ann, write) is None
    assert await state(wes, write) is None
    assert await state(ray, write) == ("42501" if world.superuser else None)


async def test_a_stranger_cannot_come_in_or_reach_over(world: World) -> None:
    ann, *_ = await people(world)
    await ann.execute("SELECT 'secret of the shop'")
    eve = await world.login("eve", "blog")
    before = await world.signature()
    outcomes = {it: await state(eve, it) for it in FROM_A_STRANGER}
    assert {it: outcome for it, outcome in outcomes.items() if outcome not in DENIED} == {}
    assert await world.signature() == before
    with pytest.raises(Exception, match="permission denied for database"):
        await world.login("eve", "shop")
    seen = await eve.fetchrow("SELECT query, state, client_addr FROM pg_stat_activity WHERE usename = 'ann'")
    assert seen is not None
    assert tuple(seen) == ("<insufficient privilege>", None, None)


async def test_an_owner_cannot_open_the_door_of_its_own_database(world: World) -> None:
    await people(world)
    eve = await world.login("eve", "blog")
    await eve.execute("SET client_min_messages = error")
    before = await world.ask("SELECT datacl::text FROM pg_database WHERE datname = 'blog'")
    for statement in ("GRANT CONNECT ON DATABASE blog TO PUBLIC", "GRANT CONNECT ON DATABASE blog TO ann"):
        await state(eve, statement)
    assert await world.ask("SELECT datacl::text FROM pg_database WHERE datname = 'blog'") == before
    assert await state(eve, "GRANT blog_owner TO ann") in DENIED


@pytest.mark.parametrize("leaving", ["SET ROLE NONE", "SET ROLE NONE; DISCARD TEMP", "SET SESSION AUTHORIZATION eve"])
async def test_what_an_owner_makes_outside_the_group_can_still_be_used(world: World, leaving: str) -> None:
    ann, abe, wes, ray = await people(world)
    await abe.execute(leaving.replace("eve", "abe"))
    assert await abe.fetchval("SELECT current_user") == "abe"
    await abe.execute("CREATE TABLE t (a int); CREATE SEQUENCE q; CREATE SCHEMA s; CREATE TABLE s.u (a int)")
    assert await state(wes, "INSERT INTO t VALUES (1); SELECT nextval('q'); INSERT INTO s.u VALUES (1)") is None
    assert await state(ray, "SELECT * FROM t; SELECT * FROM s.u") is None
    assert await state(ann, "INSERT INTO t VALUES (2); TRUNCATE t; CREATE TABLE s.w (a int)") is None


@pytest.mark.parametrize("statement", ["DISCARD ALL", "RESET ALL", "RESET ROLE", "SET SESSION AUTHORIZATION DEFAULT"])
async def test_a_pooler_that_resets_a_session_leaves_it_in_the_group(world: World, statement: str) -> None:
    ann, *_ = await people(world)
    await ann.execute(statement)
    assert await ann.fetchval("SELECT current_user") == "shop_owner"


async def test_access_comes_back_after_the_schema_public_is_made_anew(world: World) -> None:
    ann, _, wes, ray = await people(world)
    assert await state(ann, f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; {MADE}") is None
    assert await state(wes, WRITTEN) is None
    assert await state(ray, READ) is None
    assert await state(ray, "CREATE TABLE r (a int)") == "42501"


async def test_owners_can_have_trusted_extensions_and_publications(world: World) -> None:
    ann, *_ = await people(world)
    assert await state(ann, "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE PUBLICATION p") is None
    assert await state(ann, "CREATE EXTENSION pg_stat_statements") == "42501"


TROJAN = """
CREATE TABLE caught (who text);
CREATE FUNCTION public.lower(character varying) RETURNS text LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN 'caught'; END $$;
CREATE FUNCTION public.pg_has_role(oid, text) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO public.caught VALUES (current_user); RETURN true; END $$;
GRANT INSERT ON caught TO PUBLIC"""


async def test_functions_planted_by_a_tenant_are_not_run_by_us(world: World) -> None:
    ann, *_ = await people(world)
    await ann.execute(TROJAN)
    root = await world.root("shop")
    assert await root.fetchval("SELECT lower('X'::varchar)") == "caught"  # the trap does work
    await root.execute("TRUNCATE caught")
    async with world.server.inside("shop") as inside:
        assert await inside.fetchval("SELECT lower('X'::varchar)") == "x"
        assert await inside.fetchval("SELECT pg_has_role(0::oid, 'USAGE')") in (None, False, True)
    assert await root.fetchval("SELECT count(*) FROM caught") == 0

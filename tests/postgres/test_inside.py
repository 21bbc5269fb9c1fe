"""A look inside, on every version and with every kind of role of ours."""

import asyncio
from uuid import uuid4

import pytest

from jellystone.errors import Conflict, NotFound
from jellystone.postgres import inside
from jellystone.postgres.inside import Inside
from tests.postgres.world import World

pytestmark = pytest.mark.anyio


async def looked(world: World) -> Inside:
    """What a session counted is told within a second of its end."""
    shop = await world.database()
    await world.role("ann", shop, "owner")
    ann = await world.login("ann", "shop")
    await ann.execute("CREATE TABLE baskets AS SELECT generate_series(1, 1000) AS a; CREATE SCHEMA park")
    await ann.execute('CREATE TABLE park."Odd one" (a serial PRIMARY KEY); DELETE FROM baskets WHERE a <= 400')
    await ann.execute('VACUUM park."Odd one"')
    await ann.close()
    root = await world.root("shop")
    await root.execute("ANALYZE public.baskets")
    await root.execute('CREATE TABLE public.stray (a serial); CREATE VIEW public."a view" AS SELECT 1 AS a')
    await root.execute("CREATE FUNCTION public.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA hers")
    await root.execute("CREATE EXTENSION pg_stat_statements SCHEMA public")
    async with asyncio.timeout(10):
        while True:
            found = await inside.look(world.server, "shop", shop.id)
            if any(table.rows_dead for table in found.tables):
                return found
            await asyncio.sleep(0.1)


async def test_dead_rows_and_what_the_first_superuser_owns_are_seen(world: World) -> None:
    found = await looked(world)
    tables = {f"{one.schema}.{one.name}": one for one in found.tables}
    assert (next(iter(tables)), found.total, len(tables)) == ("public.baskets", 3, 3)
    baskets, odd = tables["public.baskets"], tables["park.Odd one"]
    assert (baskets.rows_dead, baskets.rows_live, baskets.owner) == (400, 600, "shop_owner")
    assert baskets.size_bytes is not None
    assert (baskets.analyzed_at is not None, baskets.vacuumed_at, odd.vacuumed_at is not None) == (True, None, True)
    assert found.strays == {
        "public.f(a integer)": 'ALTER ROUTINE public.f(a integer) OWNER TO "shop_owner";',
        "hers": 'ALTER SCHEMA hers OWNER TO "shop_owner";',
        'public."a view"': 'ALTER TABLE public."a view" OWNER TO "shop_owner";',
        "public.stray": 'ALTER TABLE public.stray OWNER TO "shop_owner";',
    }
    root = await world.root("shop")
    for sql in found.strays.values():
        await root.execute(sql)
    shop = await world.ask(
        "SELECT substr(shobj_description(oid, 'pg_database'), 15) FROM pg_database WHERE datname = 'shop'"
    )
    assert (await inside.look(world.server, "shop", shop)).strays == {}


async def test_what_somebody_has_locked_makes_nobody_wait(simple: World) -> None:
    shop = await simple.database()
    await simple.role("ann", shop, "owner")
    ann = await simple.login("ann", "shop")
    await ann.execute("CREATE TABLE baskets (a int)")
    await ann.execute("BEGIN; LOCK TABLE baskets")
    async with asyncio.timeout(3):
        assert (await inside.look(simple.server, "shop", shop.id)).total == 1


async def test_another_database_of_the_name_is_not_looked_into(simple: World) -> None:
    await simple.database()
    with pytest.raises(Conflict, match="is not this one"):
        await inside.look(simple.server, "shop", uuid4())
    with pytest.raises(NotFound):
        await inside.look(simple.server, "nowhere", uuid4())

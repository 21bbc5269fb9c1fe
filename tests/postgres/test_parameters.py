"""Defaults of new sessions on every version, with every kind of role of ours."""

import pytest

from jellystone.errors import Invalid, Refused
from jellystone.postgres import parameters
from jellystone.postgres.parameters import Value
from tests.postgres.world import World

pytestmark = pytest.mark.anyio
ODD = ["$user", "It's \u00fc", "a, b", "public"]


async def begun(world: World, *names: str) -> list[str]:
    session = await world.login("ann", "shop")
    return [await session.fetchval(f"SHOW {name}") for name in names]


async def test_new_sessions_begin_with_them_and_those_of_others_stay(world: World) -> None:
    shop = await world.database()
    await world.role("ann", shop, "owner")
    await (await world.root()).execute("ALTER DATABASE shop SET jit = off")
    wanted: dict[str, Value] = {
        "statement_timeout": 30_000,
        "idle_session_timeout": 0,
        "work_mem": 16 << 20,
        "timezone": "Europe/Berlin",
        "search_path": ODD,
    }
    names = ("statement_timeout", "idle_session_timeout", "work_mem", "timezone", "search_path", "jit", "role")
    for _ in range(2):  # again is no harm
        await parameters.apply(world.server, shop, wanted)
    now = ["30s", "0", "16MB", "Europe/Berlin", '"$user", "It\'s \u00fc", "a, b", public', "off", "shop_owner"]
    assert await begun(world, *names) == now
    await parameters.apply(world.server, shop, {"lock_timeout": 5000})
    own = await world.ask("SHOW work_mem")
    assert await begun(world, "lock_timeout", "statement_timeout", "work_mem", "jit") == ["5s", "0", own, "off"]
    found = await parameters.defaults(world.server)
    assert found["role"] == world.address.user
    assert found["settable"] == (["log_min_duration_statement", "temp_file_limit"] if world.superuser else [])
    assert found["values"]["statement_timeout"] == 0
    assert found["values"]["search_path"] == ["$user", "public"]
    assert ("transaction_timeout" in found["values"]) is (world.cluster.major >= 17)


async def test_all_of_them_or_none(world: World) -> None:
    shop = await world.database()
    await world.role("ann", shop, "owner")
    with pytest.raises(Invalid) as wrong:
        await parameters.apply(world.server, shop, {"lock_timeout": 5000, "timezone": "Nowhere/At_all"})
    assert list(wrong.value.fields) == ["timezone"]
    assert await begun(world, "lock_timeout") == ["0"]
    if world.superuser:
        await parameters.apply(world.server, shop, {"temp_file_limit": 1 << 30})
        assert await begun(world, "temp_file_limit") == ["1GB"]
    else:
        with pytest.raises(Refused, match='run GRANT SET ON PARAMETER temp_file_limit TO "jadmin";'):
            await parameters.apply(world.server, shop, {"lock_timeout": 5000, "temp_file_limit": 1 << 30})
        assert await begun(world, "lock_timeout") == ["0"]


async def test_with_the_right_to_set_it_our_role_need_not_be_a_superuser(world: World) -> None:
    if world.superuser or world.cluster.major < 15:
        return
    shop = await world.database()
    await world.role("ann", shop, "owner")
    root = await world.root()
    await root.execute("GRANT SET ON PARAMETER temp_file_limit TO jadmin")
    try:
        assert (await parameters.defaults(world.server))["settable"] == ["temp_file_limit"]
        await parameters.apply(world.server, shop, {"temp_file_limit": -1})
        assert await begun(world, "temp_file_limit") == ["-1"]
    finally:
        await root.execute("REVOKE SET ON PARAMETER temp_file_limit FROM jadmin")

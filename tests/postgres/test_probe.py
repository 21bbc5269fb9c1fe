import asyncio
from datetime import UTC, datetime

import pytest

from jellystone.postgres import probe as probes
from jellystone.postgres.locales import offered
from jellystone.postgres.probe import probe
from tests.postgres.world import World

pytestmark = pytest.mark.anyio


async def test_it_tells_version_start_connections_and_rights(world: World) -> None:
    facts = await probe(world.server)
    assert facts.version_number // 10000 == world.cluster.major
    assert facts.version.startswith(f"{world.cluster.major}.")
    assert facts.started_at < datetime.now(UTC)
    assert facts.usable == 97
    await world.root()
    await world.root()
    assert (await probe(world.server)).used >= 3
    assert facts.rights == {
        "superuser": world.superuser,
        "createdb": True,
        "createrole": True,
        "read_all_stats": world.superuser,
        "signal_backend": world.superuser,
        "pg_stat_statements": False,
    }
    assert not facts.standby


async def test_each_warning_goes_when_what_it_says_is_done(world: World) -> None:
    root = await world.root()
    facts = await probe(world.server)
    assert any("CREATE EXTENSION pg_stat_statements" in warning for warning in facts.warnings)
    door = next(warning for warning in facts.warnings if "Every role may connect" in warning)
    await root.execute(door[door.index("REVOKE") :])
    stranger = world.another_server()  # whoever closes the door to all must not stand before it
    assert (await probe(stranger)).usable == 97
    await stranger.close()
    await root.execute("CREATE EXTENSION pg_stat_statements")
    await root.execute("GRANT pg_monitor, pg_signal_backend TO jadmin")
    try:
        facts = await probe(world.server)
        assert facts.warnings == ()
        assert facts.rights["pg_stat_statements"]
        assert facts.rights["read_all_stats"]
        assert facts.rights["signal_backend"]
    finally:
        await root.execute("DROP EXTENSION pg_stat_statements")
        await root.execute("GRANT CONNECT, TEMPORARY ON DATABASE postgres, template1 TO PUBLIC")
        await root.execute("REVOKE pg_monitor, pg_signal_backend FROM jadmin")


async def test_missing_rights_come_with_the_sql_that_grants_them(world: World) -> None:
    if world.superuser:
        return
    root = await world.root()
    await root.execute("ALTER ROLE jadmin NOCREATEDB NOCREATEROLE")
    try:
        warnings = " ".join((await probe(world.server)).warnings)
    finally:
        await root.execute("ALTER ROLE jadmin CREATEDB CREATEROLE")
    for sql in ('ALTER ROLE "jadmin" CREATEDB;', 'ALTER ROLE "jadmin" CREATEROLE;', 'GRANT pg_monitor TO "jadmin";'):
        assert sql in warnings


@pytest.mark.parametrize(
    ("number", "words"), [(140020, "out of support"), (150009, "ignores ALTER ROLE"), (170001, "ignores ALTER ROLE")]
)
def test_old_and_broken_versions_are_warned_of(number: int, words: str) -> None:
    row = {"version": "x", "number": number, "standby": False, "superuser": True, "template": False, "role": "jadmin"}
    assert words in " ".join(probes._version_warnings(row))


@pytest.mark.parametrize("number", [150010, 160006, 170002, 180000])
def test_sound_versions_are_not_warned_of(number: int) -> None:
    row = {"version": "x", "number": number, "standby": False, "superuser": False, "template": False, "role": "jadmin"}
    assert probes._version_warnings(row) == []


async def test_the_locales_on_offer_can_be_had(world: World) -> None:
    locales = await offered(world.server)
    assert locales.providers[0] == "libc"
    assert ("builtin" in locales.providers) == (world.cluster.major >= 17)
    assert "C" in locales.libc
    choices = [("libc", locales.libc[0]), *(("builtin", name) for name in locales.builtin)]
    if "icu" in locales.providers:
        choices.append(("icu", "und"))

    async def made(number: int, provider: str, name: str) -> None:
        spec = await world.database(f"shop{number}", encoding="UTF8", locale=name, locale_provider=provider)
        async with world.server.admin() as connection:
            found = await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", spec.name)
        assert found == 1

    await asyncio.gather(*(made(number, *choice) for number, choice in enumerate(choices)))

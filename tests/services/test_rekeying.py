"""A new secret key: what is under the old one is encrypted anew, and then the old one is needed for nothing."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from jellystone import settings
from jellystone.database import DB
from jellystone.jobs import reconciler
from jellystone.services import codes, mail, rekeying, servers, throttle
from jellystone.services.vault import InstanceKeys
from jellystone.tables.columns import uuid7
from jellystone.tables.people import User
from tests.inbox import letters, mails_wait
from tests.park import PASSWORD, Park
from tests.proxy import second_server
from tests.serving import CODE, environment, open_folder, run
from tests.thief import stolen

pytestmark = pytest.mark.anyio
OLD = "a key that is only good for tests and long enough"
NEW, THIRD = (
    "a new key that is only good for tests and long enough",
    "a third key that somebody has lost and is long enough",
)


@pytest.fixture(autouse=True)
async def kept(park: Park, given: settings.Settings) -> AsyncIterator[None]:
    """Afterwards the first server is under the first key again."""
    yield
    await servers.close_all()
    settings.use(given)
    await servers.register_first(given)


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made


def use(*keys: str) -> None:
    """As after a restart with these keys."""
    settings.use(replace(settings.current(), secret_keys=keys))


def variables(park: Park, *keys: str) -> dict[str, str]:
    return {"JELLYSTONE_DATABASE_URL": park.cluster.url("jellystone"), "JELLYSTONE_SECRET_KEY": ",".join(keys)}


async def under(key: str) -> int:
    """How many values in all of our tables are under that key."""
    mark = InstanceKeys([key]).mark
    return sum(value.startswith(mark) for value in (await stolen()).ciphertexts())


async def mails(number: int, key: str) -> None:
    rows = [(id := uuid7(), InstanceKeys([key]).wrap(b"{}", purpose="mail", row=id)) for _ in range(number)]
    insert = """
        INSERT INTO mails (id, recipient, subject, wrapped_body, attempts, retry_at, created_at, expires_at)
        SELECT id, 'x@park.example', 'x', body, 0, now(), now(), now() FROM unnest($1::uuid[], $2::bytea[]) n (id, body)
    """
    await DB.fetch(insert, [id for id, _ in rows], [body for _, body in rows])


async def second_factor(park: Park) -> bytes:
    secret, user = codes.new_secret(), park.smith.actor.user
    assert user is not None
    values: dict[Any, Any] = {User.totp_secret: codes.wrapped(secret, user), User.totp_last_step: 0}
    await User.update(values).where(User.id == user)
    await DB.fetch("UPDATE users SET totp_confirmed_at = now() WHERE id = $1", user)
    return secret


async def test_afterwards_the_old_key_is_needed_for_nothing(park: Park) -> None:
    secret = await second_factor(park)
    async with second_server(park) as door:
        made = await park.token.post("/databases", json={"name": "honey", "server": "away", "owner_role": True})
        uri = made.json()["owner"]["uri"]
        await door.shut()
        new = {"password": "a password that waits for its server"}
        assert (await park.token.put("/databases/away/honey/roles/honey/password", json=new)).status_code == 503
        with mails_wait():
            await mail.queue("ranger@park.example", "test", caused_by=None)
        assert await under(OLD) == 5  # two servers, a password, a mail, a second factor
        use(NEW, OLD)
        found = await rekeying.rekey()
        assert {one.place.table: one.anew for one in found} == {"servers": 2, "roles": 1, "mails": 1, "users": 1}
        assert {(one.former, one.unreadable) for one in found} == {(0, 0)}
        assert (await under(OLD), await under(NEW)) == (0, 5)
        use(NEW)
        await servers.close_all()
        assert len(await letters("ranger@park.example")) == 1
        await door.open()
        await reconciler.take_up()
        await reconciler.finish_unfinished()
        old = uri.partition("://honey:")[2].partition("@")[0]
        client = await park.connect(uri.replace(old, "a%20password%20that%20waits%20for%20its%20server"))
        await client.close()
        assert await servers.refresh(await servers.by_name("main")) is None
    program = await park.client()
    await throttle.forget("second factor", str(park.smith.actor.user))
    person = {"email": park.smith.email, "password": PASSWORD}
    assert (await program.post("/session", json=person)).json()["second_factor"] is True
    sent = await program.post("/session/code", json={"code": code(secret)})
    assert sent.status_code in (200, 201), sent.text
    events = (await DB.fetch("SELECT actor, details::text AS details FROM events WHERE object_kind = 'instance'"))[0]
    assert (events["actor"], '"servers": 2' in events["details"]) == ("Jellystone", True)


def code(secret: bytes) -> str:
    return codes._totp(secret).generate(int(time.time()) // 30 * 30).decode()


async def test_said_again_it_has_nothing_to_do(park: Park) -> None:
    use(NEW, OLD)
    assert sum(one.anew for one in await rekeying.rekey()) == 1
    before = await DB.fetch("SELECT wrapped_url FROM servers")
    assert sum(one.anew for one in await rekeying.rekey()) == 0
    assert await DB.fetch("SELECT wrapped_url FROM servers") == before
    assert len(await DB.fetch("SELECT FROM events WHERE object_kind = 'instance'")) == 1


async def test_what_somebody_is_changing_is_left_to_them_and_done_in_the_next_pass(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "PAUSE", 0.05)
    await mails(450, OLD)
    [row, other] = await DB.fetch("SELECT id, wrapped_body FROM mails ORDER BY id LIMIT 2")
    use(NEW, OLD)
    replica = await DB.get_new_connection()
    try:
        change = replica.transaction()
        await change.start()
        await replica.execute("UPDATE mails SET attempts = 7 WHERE id = $1", row["id"])
        await replica.execute("UPDATE mails SET wrapped_body = NULL WHERE id = $1", other["id"])
        rekeyed = asyncio.ensure_future(rekeying.rekey())
        async with asyncio.timeout(10):
            while await under(OLD) > 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not rekeyed.done()
        await change.commit()
        found = {one.place.table: one for one in await rekeyed}
    finally:
        await replica.close()
    assert (found["mails"].anew, found["mails"].former) == (449, 0)
    [row, other] = await DB.fetch("SELECT attempts, wrapped_body FROM mails ORDER BY id LIMIT 2")
    assert (row["attempts"], other["wrapped_body"]) == (7, None)
    assert await under(OLD) == 0


async def test_killed_in_the_middle_it_has_lost_nothing_and_finishes_when_it_is_run_again(
    park: Park, folder: Path
) -> None:
    await mails(600, OLD)
    secret = await second_factor(park)
    holder = await DB.get_new_connection()
    try:
        held = holder.transaction()
        await held.start()
        await holder.execute("LOCK TABLE users IN EXCLUSIVE MODE")  # what comes last has to wait
        command = [sys.executable, "-c", CODE, "rekey"]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment(**variables(park, NEW, OLD))
        )
        async with asyncio.timeout(30):
            while await under(NEW) < 601:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        process.kill()
        await process.wait()
        await held.rollback()
    finally:
        await holder.close()
    assert await under(OLD) == 1
    ended = await asyncio.to_thread(run, folder, "rekey", **variables(park, NEW, OLD))
    assert ended.stdout.splitlines() == [
        "1 of the second factors are encrypted anew.",
        "All secrets are under the first key. No other is needed.",
    ]
    assert (ended.returncode, await under(OLD), await under(NEW)) == (0, 0, 602)
    use(NEW)
    user: UUID | None = park.smith.actor.user
    row = await User.objects().get(User.id == user)
    assert row is not None
    assert codes.unwrapped(row.totp_secret, row.id) == secret


async def test_what_no_key_opens_is_told_until_its_key_is_there(park: Park, folder: Path) -> None:
    await mails(2, THIRD)
    ended = await asyncio.to_thread(run, folder, "rekey", **variables(park, NEW, OLD))
    assert ended.returncode == 1
    assert "1 of the addresses of servers are encrypted anew." in ended.stdout
    assert "2 of the mails that wait: no key that is set opens them." in ended.stdout
    examined = await asyncio.to_thread(run, folder, "doctor", **variables(park, NEW, OLD))
    assert "bad   secret key: 2 of the mails that wait: no key that is set opens them." in examined.stdout
    examined = await asyncio.to_thread(run, folder, "doctor", **variables(park, THIRD, NEW))
    assert "warn  secret key: 1 of the addresses of servers are under a former key: run `jellystone rekey`." in (
        examined.stdout
    )
    ended = await asyncio.to_thread(run, folder, "rekey", **variables(park, NEW, THIRD))
    assert (ended.returncode, "2 of the mails that wait are encrypted anew." in ended.stdout) == (0, True)
    for key in (THIRD, NEW):
        assert key not in ended.stdout + examined.stdout

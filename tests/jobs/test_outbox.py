"""The outbox on a real database and a real mail server: once each, again while it does not work, and then no more."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from jellystone import settings
from jellystone.database import DB
from jellystone.jobs import background, outbox
from jellystone.services import letters, mail
from jellystone.services import outbox as mails
from jellystone.services.smtp import MailServer
from tests import postoffice
from tests.clusters import Cluster
from tests.park import Park
from tests.postoffice import PostOffice

pytestmark = pytest.mark.anyio
TO = "ranger@park.example"
SECRET = "hush-hush-hush-hush-hush-hush-hush"


async def queue(caused_by: UUID | None = None, to: str = TO) -> UUID:
    return await mail.queue(to, "confirmation", caused_by=caused_by, link=mail.link(f"/confirmations/{SECRET}"))


async def row(id: UUID) -> Any:
    found = await DB.fetch_row("SELECT * FROM mails WHERE id = $1", id)
    assert found
    return found


async def due(id: UUID) -> None:
    await DB.fetch("UPDATE mails SET retry_at = now() WHERE id = $1", id)


async def test_a_mail_is_sent_once_and_its_text_is_gone(park: Park, post: PostOffice) -> None:
    id = await queue()
    assert (await row(id))["wrapped_body"]
    arrived = await post.newest(TO)
    assert post.path(arrived) == f"/confirmations/{SECRET}"
    assert post.text(arrived).count("http://jellystone.test/") == 1
    sent = await row(id)
    assert (sent["wrapped_body"], sent["problem"], sent["attempts"]) == (None, None, 1)
    assert sent["sent_at"]
    await due(id)
    await outbox.send_due()
    assert len(post.mails) == 1


async def test_what_is_rolled_back_is_never_sent(park: Park, post: PostOffice) -> None:
    async def fail() -> None:
        async with DB.transaction():
            await queue()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    await outbox.send_due()
    assert post.mails == []


async def test_replicas_that_send_at_the_same_time_send_each_mail_once(park: Park, post: PostOffice) -> None:
    for number in range(12):
        await queue(to=f"bear{number}@park.example")
    await asyncio.gather(*(outbox.send_due() for _ in range(4)))
    assert sorted(post.recipients) == sorted(f"bear{number}@park.example" for number in range(12))


async def test_no_other_replica_takes_a_mail_that_is_just_being_sent(park: Park, post: PostOffice) -> None:
    await queue()
    post.silence = 1
    sending = asyncio.create_task(outbox.send_due())
    await asyncio.sleep(0.3)
    assert await mails.take() is None
    await sending
    assert len(post.mails) == 1


async def test_after_a_crash_between_sending_and_marking_the_same_mail_comes_once_more(
    park: Park, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documented: at least once. The receiver can tell by the Message-ID that it is the same."""
    id = await queue()

    async def dies(_id: UUID) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as crashed:
        crashed.setattr(mails, "mark_sent", dies)
        with pytest.raises(asyncio.CancelledError):
            await outbox.send_due()
    await outbox.send_due()
    assert len(post.mails) == 1, "not before its pause is over"
    await due(id)
    await outbox.send_due()
    first, second = post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert (await row(id))["sent_at"]


async def test_a_temporary_refusal_is_tried_again_after_growing_pauses(park: Park, post: PostOffice) -> None:
    id = await queue(park.yogi.actor.user)
    post.refusing[TO] = "451 4.3.0 Come back later"
    pauses = []
    for _ in range(11):
        await outbox.send_due()
        now = await row(id)
        pauses.append(round((now["retry_at"] - datetime.now(UTC)) / timedelta(minutes=1)))
        await due(id)
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert "451 4.3.0 Come back later" in now["problem"]
    assert now["wrapped_body"]
    assert now["given_up_at"] is None
    post.refusing.clear()
    assert await post.newest(TO)
    assert ((await row(id))["problem"], (await row(id))["attempts"]) == (None, 12)


async def test_a_refusal_for_good_is_given_up_at_once_and_recorded(park: Park, post: PostOffice) -> None:
    id = await queue()
    post.refusing[TO] = "550 5.1.1 No such ranger"
    await outbox.send_due()
    now = await row(id)
    assert now["given_up_at"]
    assert now["wrapped_body"] is None
    assert now["problem"] == f"localhost:{post.port} refuses this address: 550 5.1.1 No such ranger."
    [event] = await DB.fetch("SELECT * FROM events WHERE object_kind = 'mail'")
    assert (event["actor"], event["action"], event["object"]) == ("Jellystone", "gave up sending", TO)
    assert "No such ranger" in event["details"]


async def test_after_three_days_a_mail_is_given_up(park: Park, post: PostOffice) -> None:
    id = await queue()
    assert (await row(id))["expires_at"] - (await row(id))["created_at"] == timedelta(days=3)
    post.refusing[TO] = "451 4.3.0 Come back later"
    await outbox.send_due()
    assert (await row(id))["given_up_at"] is None
    await DB.fetch("UPDATE mails SET retry_at = now(), expires_at = now() + interval '1 minute' WHERE id = $1", id)
    await outbox.send_due()
    assert (await row(id))["given_up_at"]
    assert (await row(id))["wrapped_body"] is None


async def test_a_link_that_lasts_a_day_is_not_sent_later(park: Park, post: PostOffice) -> None:
    id = await mail.queue(TO, "password_reset", caused_by=None, link=mail.link("/x"))
    assert (await row(id))["expires_at"] - (await row(id))["created_at"] == timedelta(days=1)


async def test_one_mail_that_cannot_be_sent_does_not_hold_up_the_others(park: Park, post: PostOffice) -> None:
    post.refusing["nobody@park.example"] = "550 no"
    for to in ("nobody@park.example", "two, at@once@park.example", "\nBcc: x@y", TO):
        await queue(to=to)
    assert await post.newest(TO)
    assert TO in post.recipients
    assert "x@y" not in post.recipients


async def test_a_mail_under_a_former_key_waits_for_it(park: Park, post: PostOffice, given: settings.Settings) -> None:
    id = await queue()
    settings.use(msgspec.structs.replace(settings.current(), secret_keys=("another key that is long enough, too",)))
    await outbox.send_due()
    assert "Add that key to JELLYSTONE_SECRET_KEY" in (await row(id))["problem"]
    settings.use(msgspec.structs.replace(settings.current(), secret_keys=given.secret_keys))
    await due(id)
    assert await post.newest(TO)


async def test_without_a_mail_server_nothing_is_kept_but_the_problem(park: Park) -> None:
    id = await queue(park.yogi.actor.user)
    now = await row(id)
    assert (now["problem"], now["wrapped_body"], now["sent_at"]) == (mail.NO_SERVER, None, None)
    assert now["given_up_at"]


async def test_a_link_stands_in_no_table_and_in_no_log(
    park: Park, post: PostOffice, server: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    post.refusing[TO] = "451 later"
    id = await queue(park.yogi.actor.user)
    await outbox.send_due()
    dump = await DB.fetch_row("SELECT mails::text AS text FROM mails WHERE id = $1", id)
    post.refusing.clear()
    await due(id)
    await post.newest(TO)
    assert dump
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")  # the server's own
    for place in (dump["text"], ours, server.log.read_text(errors="replace")):
        assert SECRET not in place
        assert SECRET.encode().hex() not in place
    assert SECRET not in repr(mail.unwrap(mail.wrap(letters.write("test"), id), id))


async def test_a_mail_of_one_row_opens_in_no_other(park: Park, post: PostOffice) -> None:
    one, other = await queue(), await queue()
    await DB.fetch(
        "UPDATE mails SET wrapped_body = (SELECT wrapped_body FROM mails WHERE id = $1) WHERE id = $2", one, other
    )
    await outbox.send_due()
    assert len(post.mails) == 1
    assert (await row(other))["problem"]


async def test_a_server_that_hangs_is_tried_again(
    park: Park, given: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jellystone.services.smtp.PATIENCE", 0.5)
    with postoffice.silent() as port:
        settings.use(msgspec.structs.replace(given, smtp_url=f"smtp://localhost:{port}"))
        id = await queue()
        await outbox.send_due()
    settings.use(given)
    assert (await row(id))["problem"] == f"localhost:{port} does not answer in time."
    assert (await row(id))["given_up_at"] is None


async def test_sweeping_gives_up_what_came_too_late_and_forgets_what_is_old(park: Park, post: PostOffice) -> None:
    late, old, waiting = await queue(), await queue(), await queue()
    await DB.fetch("UPDATE mails SET expires_at = now() WHERE id = $1", late)
    await DB.fetch("UPDATE mails SET sent_at = now() - interval '31 days' WHERE id = $1", old)
    await mails.sweep()
    assert (await row(late))["given_up_at"]
    assert (await row(late))["wrapped_body"] is None
    assert (await row(waiting))["wrapped_body"]
    assert not await DB.fetch("SELECT 1 FROM mails WHERE id = $1", old)


@pytest.fixture
async def at_work(park: Park) -> AsyncIterator[None]:
    async with background.running():
        await asyncio.sleep(1)
        yield


async def test_the_leader_sends_as_soon_as_a_mail_is_committed(post: PostOffice, at_work: None) -> None:
    """Also one that another replica wrote: the leader is told by the commit, long before it would look by itself."""
    assert outbox.PAUSE > 2
    async with DB.transaction():
        await queue()
        await asyncio.sleep(0.5)
        assert post.mails == []
    await asyncio.sleep(1)
    assert len(post.mails) == 1


def test_an_attempt_ends_before_the_next_one_may_begin() -> None:
    """Otherwise two replicas could send the same mail: the first pause is a minute."""
    from jellystone.services import smtp

    assert smtp.IN_ALL + smtp.FAREWELL < 60
    assert MailServer.from_url("smtp://x").at_once is False

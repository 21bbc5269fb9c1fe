"""What people, operators and developers see of mails; and that the mailbox is there for developers only."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import msgspec
import pytest

from jellystone import settings
from jellystone.database import DB
from jellystone.jobs import outbox
from jellystone.services import mail
from jellystone.services import outbox as mails
from tests.park import Park, problem
from tests.postoffice import PostOffice

pytestmark = pytest.mark.anyio
TO = "ranger@park.example"


async def queue(caused_by: UUID | None, to: str = TO) -> UUID:
    facts = {"team": "Rangers", "inviter": "yogi@park.example", "rank": "member"}
    return await mail.queue(to, "invitation", caused_by=caused_by, link=mail.link("/invitations/hush"), **facts)


@pytest.fixture(autouse=True)
async def quiet(park: Park) -> None:
    """Registering has written mails already. Smith looks after the instance and belongs to no team."""
    await DB.fetch("DELETE FROM mails")
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.smith.email)


@pytest.fixture
def embedded(park: Park, given: settings.Settings) -> Iterator[None]:
    """As without any setting: a PostgreSQL that comes along, and no mail server."""
    settings.use(msgspec.structs.replace(given, embedded=True, base_url="http://localhost:4000"))
    yield
    settings.use(given)


async def test_who_caused_a_mail_that_cannot_be_sent_is_told_until_they_have_seen_it(
    park: Park, post: PostOffice
) -> None:
    post.refusing[TO] = "550 5.1.1 No such ranger"
    id = await queue(park.booboo.actor.user)
    await outbox.send_due()
    page = (await park.booboo.browser.get("/")).text
    assert "1 mail could not be sent" in page
    assert TO in page
    assert "550 5.1.1 No such ranger" in page
    [told] = (await park.booboo.program.get("/")).json()["unsent_mails"]
    assert (told["id"], told["to"], told["status"], told["retry_at"]) == (str(id), TO, "given up", None)
    assert TO not in (await park.cindy.browser.get("/")).text
    assert problem(await park.cindy.program.delete(f"/account/mails/{id}"))["status"] == 404
    done = await park.booboo.browser.post(f"/account/mails/{id}?_method=delete")
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "could not be sent" not in (await park.booboo.browser.get("/")).text
    assert (await park.booboo.program.delete(f"/account/mails/{uuid4()}")).status_code == 404


async def test_a_mail_that_waits_for_its_next_attempt_is_told_too_and_no_more_once_it_is_sent(
    park: Park, post: PostOffice
) -> None:
    post.answer = "451 4.3.0 Later"
    id = await queue(park.booboo.actor.user)
    await outbox.send_due()
    page = (await park.booboo.browser.get("/")).text
    assert "451 4.3.0 Later" in page
    assert "The next attempt is" in page
    post.answer = "250 OK"
    await DB.fetch("UPDATE mails SET retry_at = now() WHERE id = $1", id)
    await outbox.send_due()
    assert "could not be sent" not in (await park.booboo.browser.get("/")).text


async def test_without_a_mail_server_who_wrote_to_others_is_told_that_too(park: Park) -> None:
    await queue(park.booboo.actor.user)
    assert mail.NO_SERVER in (await park.booboo.browser.get("/")).text
    await queue(park.cindy.actor.user, park.cindy.email)
    assert mail.NO_SERVER not in (await park.cindy.browser.get("/")).text
    assert "could not be sent" not in (await park.smith.browser.get("/")).text
    assert "No mail server is set" in (await park.smith.browser.get("/operator/mails")).text


async def test_an_operator_sees_all_mails_and_nobody_else_does(park: Park, post: PostOffice) -> None:
    post.refusing["nobody@park.example"] = "550 no"
    await queue(park.booboo.actor.user)
    await queue(None, "nobody@park.example")
    await outbox.send_due()
    assert "1 mail of this instance could not be sent" in (await park.smith.browser.get("/")).text
    page = await park.smith.browser.get("/operator/mails")
    assert page.status_code == 200
    assert TO in page.text
    assert "/invitations/hush" not in page.text
    listed = (await park.smith.program.get("/operator/mails")).json()
    assert [(one["to"], one["status"], one["caused_by"]) for one in listed["items"]] == [
        ("nobody@park.example", "given up", None),
        (TO, "sent", "booboo@park.example"),
    ]
    chosen = (await park.smith.program.get("/operator/mails?status=given up")).json()
    assert [one["to"] for one in chosen["items"]] == ["nobody@park.example"]
    assert problem(await park.smith.program.get("/operator/mails?status=lost"))["status"] == 422
    for other in (park.booboo.program, park.token, park.yogi.browser):
        answer = await other.get("/operator/mails")
        assert answer.status_code == 403
        assert TO not in answer.text


async def test_an_operator_can_have_a_waiting_mail_tried_now(park: Park, post: PostOffice) -> None:
    post.answer = "451 Later"
    id = await queue(park.booboo.actor.user)
    await outbox.send_due()
    assert "Try now" in (await park.smith.browser.get("/operator/mails")).text
    assert (await park.booboo.browser.post(f"/operator/mails/{id}/attempts")).status_code == 403
    post.answer = "250 OK"
    again = await park.smith.browser.post(f"/operator/mails/{id}/attempts")
    assert again.headers["location"] == "/operator/mails"
    assert await post.newest(TO)
    gone = problem(await park.smith.program.post(f"/operator/mails/{id}/attempts"))
    assert (gone["status"], gone["detail"]) == (409, mails.GONE["sent"])
    assert (await park.smith.program.post(f"/operator/mails/{uuid4()}/attempts")).status_code == 404


async def test_the_mailbox_shows_developers_what_would_have_been_sent(park: Park, embedded: None) -> None:
    host = {"host": "localhost"}
    id = await queue(park.booboo.actor.user)
    visitor = await park.client(accept="text/html")
    assert 'href="/mailbox"' in (await visitor.get("/", headers=host)).text
    listed = await visitor.get("/mailbox")
    assert f'href="/mailbox/{id}"' in listed.text
    shown = await visitor.get(f"/mailbox/{id}")
    assert '<a href="http://localhost:4000/invitations/hush"' in shown.text
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert "unsafe-inline" not in shown.headers["content-security-policy"]
    letter = await visitor.get(f"/mailbox/{id}/html")
    assert "<h1" in letter.text
    policy = letter.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    read = (await (await park.client()).get(f"/mailbox/{id}")).json()
    assert "http://localhost:4000/invitations/hush" in read["text"]
    assert "could not be sent" not in (await park.booboo.browser.get("/")).text
    assert (await visitor.get(f"/mailbox/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"embedded": False},
        {"smtp_url": "smtp://mail.park.example"},
        {"host": "0.0.0.0"},
        {"base_url": "https://jellystone.park.example"},
        {"trusted_proxies": ("10.0.0.1",)},
    ],
)
async def test_elsewhere_there_is_no_mailbox(park: Park, embedded: None, changed: dict[str, object]) -> None:
    id = await queue(park.booboo.actor.user)
    settings.use(msgspec.structs.replace(settings.current(), **changed))
    for path in ("/mailbox", f"/mailbox/{id}", f"/mailbox/{id}/html"):
        for who in (park.yogi.browser, park.yogi.program):
            answer = await who.get(path)
            assert answer.status_code == 404
            assert "invitations" not in answer.text
    assert "/mailbox" not in (await park.yogi.browser.get("/")).text


async def test_the_mailbox_keeps_texts_for_a_week_and_not_at_all_once_mails_are_sent(
    park: Park, embedded: None, given: settings.Settings
) -> None:
    new, old = await queue(None), await queue(None)
    await DB.fetch("UPDATE mails SET sent_at = now() - interval '8 days' WHERE id = $1", old)
    await mails.sweep()
    kept = await DB.fetch("SELECT id FROM mails WHERE wrapped_body IS NOT NULL")
    assert [row["id"] for row in kept] == [new]
    settings.use(given)
    await mails.sweep()
    assert not await DB.fetch("SELECT 1 FROM mails WHERE wrapped_body IS NOT NULL")


def test_a_link_is_made_from_the_base_url_alone(given: settings.Settings) -> None:
    settings.use(given)
    assert mail.link("/confirmations/x") == "http://jellystone.test/confirmations/x"
    for wrong in ("//elsewhere.example/x", "https://elsewhere.example", "x"):
        with pytest.raises(ValueError, match="not a path of ours"):
            mail.link(wrong)

"""The way to the mail server, with real ones: over TLS or not at all; refusals in words, without the password."""

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from jellystone import settings
from jellystone.errors import NotSent
from jellystone.services import letters, smtp
from jellystone.services.smtp import MailServer
from tests import postoffice
from tests.postoffice import PostOffice

pytestmark = pytest.mark.anyio
TO = "booboo@park.example"
ID = UUID("01936b0e-7c3a-7f00-8000-000000000001")


@pytest.fixture(autouse=True)
def instance(given: settings.Settings) -> None:
    settings.use(given)


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    with postoffice.opened(tmp_path_factory.getbasetemp()) as office:
        yield office


async def send(url: str, to: str = TO) -> None:
    now = datetime.datetime(2026, 5, 4, 9, 30, tzinfo=datetime.UTC)
    message = letters.message(letters.write("confirmation", link="https://x.example/c/1"), to=to, id=ID, at=now)
    await MailServer.from_url(url).send(message)


async def refused(url: str, to: str = TO) -> NotSent:
    with pytest.raises(NotSent) as caught:
        await send(url, to)
    assert not any(secret in str(caught.value) for secret in (postoffice.PASSWORD, postoffice.ESCAPED, "another-b"))
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_mail_arrives_over_tls_and_says_who_sent_it(tmp_path: Path, at_once: bool) -> None:
    with postoffice.opened(tmp_path, at_once=at_once) as office:
        await send(office.url)
    [mail] = office.mails
    assert office.recipients == [TO]
    assert mail["From"] == "Jellystone <jellystone@jellystone.test>"
    assert (mail["To"], mail["Subject"]) == (TO, "Confirm your e-mail address")
    assert mail["Message-ID"] == f"<{ID}@jellystone.test>"
    assert mail["Date"].datetime == datetime.datetime(2026, 5, 4, 9, 30, tzinfo=datetime.UTC)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "https://x.example/c/1" in PostOffice.text(mail)
    assert 'href="https://x.example/c/1"' in PostOffice.text(mail, "html")


async def test_a_wrong_password_is_told_without_it(office: PostOffice) -> None:
    error = await refused(office.url.replace(postoffice.ESCAPED, "another-basket"))
    assert str(error) == f"localhost:{office.port} refuses the name or the password in JELLYSTONE_SMTP_URL."
    assert not error.for_good


async def test_without_a_password_a_server_that_wants_one_refuses(office: PostOffice) -> None:
    error = await refused(office.url.replace(f"{postoffice.NAME}:{postoffice.ESCAPED}@", ""))
    assert "530" in str(error)
    assert not error.for_good


async def test_a_certificate_that_our_authority_did_not_sign_is_not_trusted(office: PostOffice, tmp_path: Path) -> None:
    other, _ = postoffice.certificates(tmp_path)
    for url in (office.url.partition("?")[0], office.url.replace(str(office.authority), str(other))):
        error = await refused(url)
        assert "has a certificate that is not to be trusted" in str(error)
    assert office.mails == []


async def test_a_certificate_for_another_name_is_not_trusted(office: PostOffice) -> None:
    error = await refused(office.url.replace("localhost", "127.0.0.1"))
    assert "has a certificate that is not to be trusted" in str(error)


async def test_a_server_without_starttls_gets_neither_mail_nor_password(tmp_path: Path) -> None:
    plain: dict[str, Any] = {"tls_context": None, "require_starttls": False, "auth_require_tls": False}
    with postoffice.opened(tmp_path, **plain) as office:
        error = await refused(office.url)
    assert str(error) == f"localhost:{office.port} {smtp.UNENCRYPTED}."
    assert office.mails == []


async def test_tls_at_once_and_starttls_are_not_taken_for_each_other(tmp_path: Path) -> None:
    with postoffice.opened(tmp_path) as office:
        error = await refused(office.url.replace("smtp:", "smtps:"))
        assert "smtp:// (STARTTLS) or smtps:// (TLS at once)" in str(error)


async def test_a_ca_file_that_cannot_be_used_is_named(office: PostOffice, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    for name, reason in {"absent.pem": "No such file or directory", "empty.pem": "it holds no certificate"}.items():
        error = await refused(office.url.replace(str(office.authority), str(tmp_path / name)))
        assert str(error).endswith(f"{name} in JELLYSTONE_SMTP_URL cannot be used: {reason}.")


async def test_a_recipient_that_does_not_exist_is_refused_for_good(office: PostOffice) -> None:
    office.refusing[TO] = "550 5.1.1 No such bear"
    error = await refused(office.url)
    assert str(error) == f"localhost:{office.port} refuses this address: 550 5.1.1 No such bear."
    assert error.for_good


async def test_a_recipient_whose_box_is_full_just_now_is_not_refused_for_good(office: PostOffice) -> None:
    office.refusing[TO] = "452 4.2.2 Basket full"
    error = await refused(office.url)
    assert "452 4.2.2 Basket full" in str(error)
    assert not error.for_good


@pytest.mark.parametrize(("answer", "for_good"), [("554 5.7.1 Looks like spam", True), ("451 4.3.0 Later", False)])
async def test_what_a_server_says_of_the_text_itself_counts_alike(
    office: PostOffice, answer: str, for_good: bool
) -> None:
    office.answer = answer
    error = await refused(office.url)
    assert answer in str(error)
    assert error.for_good is for_good


async def test_letters_that_the_server_does_not_take_are_refused_for_good(tmp_path: Path) -> None:
    with postoffice.opened(tmp_path, enable_SMTPUTF8=False) as office:
        error = await refused(office.url, "bär@park.example")
    assert "SMTPUTF8" in str(error)
    assert error.for_good


async def test_letters_arrive_where_the_server_takes_them(tmp_path: Path) -> None:
    with postoffice.opened(tmp_path, enable_SMTPUTF8=True) as office:
        await send(office.url, "bär@bücher.example")
    assert office.recipients == ["bär@xn--bcher-kva.example"]


async def test_a_server_that_hangs_costs_no_more_than_our_patience(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "PATIENCE", 0.5)
    with postoffice.silent() as port:
        for scheme in ("smtp", "smtps"):
            error = await refused(f"{scheme}://localhost:{port}")
            assert str(error) == f"localhost:{port} does not answer in time."
    office.silence = 2
    assert str(await refused(office.url)) == f"localhost:{office.port} does not answer in time."


async def test_a_server_that_is_slow_again_and_again_is_cut_off(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "IN_ALL", 0.5)
    office.silence = 3
    assert "does not answer in time" in str(await refused(office.url))


async def test_a_port_where_nobody_listens_is_told_in_words() -> None:
    port = postoffice.free_port()
    error = await refused(f"smtp://localhost:{port}")
    assert str(error).startswith(f"localhost:{port} cannot be reached")
    assert "cannot be reached" in str(await refused("smtp://nowhere.invalid"))


async def test_no_address_and_no_fact_adds_a_header_or_a_recipient(office: PostOffice) -> None:
    evil = "Rangers\r\nBcc: smith@park.example\r\n\r\nBuy\u202e honey\x00\u2028Subject: x"
    facts = {"inviter": evil, "rank": "member", "link": "https://x.example/i/1"}
    letter = letters.write("invitation", team=evil, **facts)
    message = letters.message(letter, to=TO, id=uuid4(), at=datetime.datetime.now(datetime.UTC))
    await MailServer.from_url(office.url).send(message)
    [mail] = office.mails
    assert office.recipients == [TO]
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Join the team Rangers Bcc: smith@park.example Buy honey Subject: x"
    assert mail.get_all("Subject") == [mail["Subject"]]


@pytest.mark.parametrize(
    "address",
    ["a@x\r\nBcc: z@y", "a@x\nRCPT TO:<z@y>", "bär\r\n@x", "bär,z@y", "", "a", "@x", "a@", "a@x..y", "<a@x>", "a@x>"],
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    letter = letters.write("test")
    with pytest.raises(NotSent) as caught:
        letters.message(letter, to=address, id=ID, at=datetime.datetime.now(datetime.UTC))
    assert caught.value.for_good


def test_a_password_is_in_no_description_of_a_server() -> None:
    server = MailServer.from_url("smtps://me:hush%2Fhush@mail.example?ca=/etc/ca.pem")
    assert (server.port, server.password, server.authority) == (465, "hush/hush", "/etc/ca.pem")
    assert "hush" not in repr(server)
    assert MailServer.from_url("smtp://mail.example").port == 587


def test_the_trusted_authority_is_the_only_one(tmp_path: Path) -> None:
    authority, _ = postoffice.certificates(tmp_path)
    assert len(ssl.create_default_context(cafile=authority).get_ca_certs()) == 1

"""What the client does when it is sent away, or hears nothing: against a real server that says what it is told to."""

import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest

from jellystone.client import (
    ApiProblem,
    AsyncJellystone,
    ClientError,
    Jellystone,
    NotFound,
    NotUnderstood,
    TooMany,
    Unavailable,
    Unreachable,
)
from jellystone.client.attempts import FIRST, Attempts
from jellystone.client.calls import Call, as_nothing
from tests.client.answering import LOST, Answer, answering, no
from tests.postoffice import certificates, silent
from tests.serving import free_port

TOKEN = "jst_a-token-that-nobody-may-see-4711"
TEAM = {
    "id": "rangers", "slug": "rangers", "name": "Rangers", "members": 1, "databases": 0, "rank": "owner",
    "created_at": "2026-05-04T09:30:00Z", "a_field_of_next_year": 1,
}  # fmt: skip
FOUNDED: Answer = (201, {}, {**TEAM, "token": "jst_…"})
SHOWN: Answer = (200, {}, TEAM)
GONE: Answer = (204, {}, b"")
NO_ANSWER: Answer = (LOST, {}, None)


@pytest.mark.parametrize("status", [429, 503])
def test_who_is_sent_away_comes_back_when_told_and_a_post_keeps_its_key(status: int) -> None:
    with answering(no(status, Retry_After="1"), no(status), FOUNDED) as server, Jellystone(server.url, TOKEN) as client:
        began = time.monotonic()
        assert client.teams.create("Rangers").slug == "rangers"
        assert 1.0 < time.monotonic() - began < 5
    assert len(server.asked) == 3
    assert len({asked.headers["idempotency-key"] for asked in server.asked}) == 1
    assert {asked.body for asked in server.asked} == {b'{"name":"Rangers"}'}


def test_another_post_has_another_key() -> None:
    with answering(FOUNDED) as server, Jellystone(server.url, TOKEN) as client:
        client.teams.create("Rangers")
        client.teams.create("Rangers")
    first, second = (asked.headers["idempotency-key"] for asked in server.asked)
    assert first != second


def test_a_date_to_come_back_is_understood_too() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with answering(no(503, Retry_After=soon), SHOWN) as server, Jellystone(server.url, TOKEN) as client:
        began = time.monotonic()
        assert client.teams.get("rangers").name == "Rangers"
        assert 0.5 < time.monotonic() - began < 4


def test_nobody_waits_longer_than_the_patience_that_was_given() -> None:
    with answering(no(429, Retry_After="900")) as server, Jellystone(server.url, TOKEN) as client:
        with pytest.raises(TooMany) as told:
            client.teams.get("rangers")
        assert told.value.retry_after == 900
        assert len(server.asked) == 1
    with answering(no(503)) as server, Jellystone(server.url, TOKEN, patience=1.5) as client:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="No"):
            client.teams.get("rangers")
        assert time.monotonic() - began < 2
        assert len(server.asked) > 1


def test_who_waits_for_another_with_the_same_key_gets_the_answer() -> None:
    with answering(no(409, Retry_After="0"), FOUNDED) as server, Jellystone(server.url, TOKEN) as client:
        assert client.teams.create("Rangers").slug == "rangers"


def test_the_waits_double_and_differ_from_client_to_client() -> None:
    call = Call("GET", "/", as_nothing)
    clients = [Attempts(call, timeout=30, patience=600) for _ in range(50)]
    waits = [[client._pause(None) for _ in range(7)] for client in clients]
    means = [sum(column) / len(clients) for column in zip(*waits, strict=True)]
    assert all(later > sooner for sooner, later in pairwise(means[:5]))
    assert max(max(row) for row in waits) <= 8
    assert len({row[0] for row in waits}) > 40
    told = [client._pause(30) for client in clients]
    assert min(told) >= 30
    assert len(set(told)) > 40


def test_what_is_safe_to_repeat_is_repeated_when_the_answer_is_lost() -> None:
    with answering(NO_ANSWER, FOUNDED) as server, Jellystone(server.url, TOKEN) as client:
        client.teams.create("Rangers")
    assert len({asked.headers["idempotency-key"] for asked in server.asked}) == 1
    with answering(NO_ANSWER, SHOWN) as server, Jellystone(server.url, TOKEN) as client:
        client.teams.get("rangers")
    assert len(server.asked) == 2


def test_gone_after_a_lost_answer_is_deleted_and_gone_before_is_not_found() -> None:
    with answering(NO_ANSWER, no(404)) as server, Jellystone(server.url, TOKEN) as client:
        client.teams.delete("rangers")
        with pytest.raises(NotFound):
            client.teams.delete("rangers")


def test_what_could_do_harm_twice_is_not_repeated_and_the_doubt_is_told() -> None:
    with answering(NO_ANSWER) as server, Jellystone(server.url, TOKEN) as client:
        for ask in (
            lambda: client.teams.update("rangers", name="Lone Rangers"),
            lambda: client.roles.change_password("main/orders/app", secret_version=1),
            lambda: client.request("PUT", "/databases/main/orders", body={}, headers={"If-Match": '"1"'}),
        ):
            with pytest.raises(Unreachable) as told:
                ask()
            assert told.value.unknown
    assert len(server.asked) == 3


def test_what_was_never_sent_may_be_repeated_by_everybody() -> None:
    with Jellystone(f"http://localhost:{free_port()}", TOKEN, patience=1) as client:
        began = time.monotonic()
        with pytest.raises(Unreachable, match=r"http://localhost:\d+ cannot be reached") as told:
            client.teams.update("rangers", name="Lone Rangers")
        assert FIRST <= time.monotonic() - began < 3
        assert not told.value.unknown


def test_a_server_that_keeps_silent_is_left_in_time() -> None:
    with silent() as port, Jellystone(f"http://localhost:{port}", TOKEN, timeout=0.3, patience=1) as client:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="did not answer in time"):
            client.teams.get("rangers")
        assert time.monotonic() - began < 2


@pytest.mark.anyio
async def test_who_awaits_is_sent_away_and_comes_back_just_the_same() -> None:
    with answering(no(503), NO_ANSWER, FOUNDED) as server:
        async with AsyncJellystone(server.url, TOKEN) as client:
            assert (await client.teams.create("Rangers")).slug == "rangers"
    assert len({asked.headers["idempotency-key"] for asked in server.asked}) == 1
    assert len(server.asked) == 3


def test_the_token_goes_to_its_own_address_only_and_stands_in_no_word_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with answering(SHOWN) as elsewhere, answering((308, {"Location": elsewhere.url}, b""), no(500)) as server:
        with caplog.at_level(logging.DEBUG), Jellystone(server.url, TOKEN) as client:
            with pytest.raises(NotUnderstood, match=f"sends us on to {elsewhere.url}") as moved:
                client.teams.get("rangers")
            with pytest.raises(ApiProblem) as failed:
                client.teams.get("rangers")
            with pytest.raises(ValueError, match="without the host"):
                client.request("GET", elsewhere.url)
        assert elsewhere.asked == []
        assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    said = [repr(client), repr(vars(client)), caplog.text, *(repr(e.value) + str(e.value) for e in (moved, failed))]
    assert all(TOKEN not in text for text in said)
    assert caplog.records


def test_what_is_no_jellystone_is_told() -> None:
    strange: list[Answer] = [(200, {}, b"<html>Welcome!</html>"), (502, {}, b"<html>Bad gateway</html>")]
    with answering(*strange) as server, Jellystone(server.url, TOKEN) as client:
        with pytest.raises(NotUnderstood, match="Is the url right"):
            client.teams.get("rangers")
        with pytest.raises(ApiProblem, match="localhost answered 502 Bad Gateway") as told:
            client.teams.get("rangers")
        assert told.value.type == "about:blank"
    with answering(NO_ANSWER, (404, {}, b"<html>Nothing</html>")) as server, Jellystone(server.url, TOKEN) as client:
        for _ in range(2):
            with pytest.raises(ApiProblem, match="is the url right") as told:
                client.teams.delete("rangers")
            assert not isinstance(told.value, NotFound), "a proxy does not know whether the team is gone"


def test_an_authority_of_ones_own_is_trusted_once_its_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate = certificates(tmp_path)
    with answering(SHOWN, certificate=certificate) as server:
        with (
            Jellystone(server.url, TOKEN, patience=0.5) as client,
            pytest.raises(Unreachable, match=r"(?i)certificate"),
        ):
            client.teams.get("rangers")
        with Jellystone(server.url, TOKEN, ca_file=authority) as client:
            assert client.teams.get("rangers").slug == "rangers"
        monkeypatch.setenv("JELLYSTONE_CA_FILE", str(authority))
        with Jellystone(server.url, TOKEN) as client:
            assert client.teams.get("rangers").slug == "rangers"
        with pytest.raises(ClientError, match="holds no certificates"):
            Jellystone(server.url, TOKEN, ca_file=tmp_path / "nowhere.pem")


@pytest.mark.parametrize(
    "url", ["", "localhost:4000", "ftp://park", "https://yogi:hush@park.example", "http://", "http://park/x"]
)
def test_an_address_that_is_none_is_told_at_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JELLYSTONE_URL", raising=False)
    with pytest.raises(ClientError) as told:
        Jellystone(url, TOKEN)
    assert "hush" not in str(told.value)


@pytest.mark.parametrize("id", ["orders", "main/../orders", "main//orders", "main/orders/app/x", "../..", "main/."])
def test_an_id_can_lead_to_no_other_address(id: str) -> None:
    with answering(SHOWN) as server, Jellystone(server.url, TOKEN) as client:
        for ask in (client.databases.delete, client.roles.delete):
            with pytest.raises(ValueError, match="is no"):
                ask(id)
    assert server.asked == []


def test_what_is_in_a_name_stays_in_its_place() -> None:
    with answering(GONE) as server, Jellystone(server.url, TOKEN) as client:
        client.members.delete("rangers", "yogi?x=1#ü@park.example")
    assert server.asked[0].path == "/teams/rangers/members/yogi%3Fx%3D1%23%C3%BC%40park.example"

"""`Idempotency-Key`: what is sent again is answered again, not done again, also after a crash, by any replica."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from jellystone.database import DB
from jellystone.errors import InProgress
from jellystone.services import events, idempotency, tokens
from jellystone.services.actors import Origin
from jellystone.services.idempotency import Claim
from tests.otherwise import caller, otherwise
from tests.park import PASSWORD, Park, problem
from tests.thief import ransack, stolen

pytestmark = pytest.mark.anyio
KEY = "5f0c9e7a-5d1b-4c55-9e53-0b6f2f4a8a11"
ORDERS = {"team": "rangers", "name": "orders", "owner_role": True}


async def post(client: AsyncClient, path: str, body: Any, key: str = KEY, **headers: str) -> Response:
    return await client.post(path, json=body, headers={"idempotency-key": key, **headers})


async def made(action: str = "created", kind: str = "database") -> int:
    (row,) = await DB.fetch("SELECT count(*) FROM events WHERE action = $1 AND object_kind = $2", action, kind)
    return int(row["count"])


async def later(age: str) -> None:
    """As if all of it had happened that much earlier."""
    await DB.fetch(
        f"UPDATE idempotency_keys SET created_at = created_at - interval '{age}',"
        f" running_until = running_until - interval '{age}', answered_at = answered_at - interval '{age}'"
    )


async def cut_short(park: Park, body: bytes, path: str, *, kind: str = "", name: str = "") -> Claim:
    """What a replica leaves behind that was killed while it worked for Yogi's program."""
    token = park.yogi.program.headers["authorization"].partition(" ")[2]
    actor = await tokens.actor_for(token, Origin())
    assert actor is not None
    claim = await idempotency.claim(actor, KEY, b"\n".join((path.encode() + b"?", b"application/json", body)))
    assert isinstance(claim, Claim)
    if kind:
        await idempotency.note(claim.id, kind, name)
    return claim


async def test_the_same_request_is_answered_the_same_and_makes_one_database(park: Park) -> None:
    first = await post(park.yogi.program, "/databases", ORDERS)
    assert first.status_code == 201, first.text
    assert "idempotency-replayed" not in first.headers
    before = await DB.fetch("SELECT count(*) FROM events")
    for key in (KEY, f'"{KEY}"'):
        again = await post(park.yogi.program, "/databases", ORDERS, key)
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        for name in ("location", "etag", "content-type", "cache-control", "vary", "content-length"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert again.json()["owner"]["password"]
    assert before == await DB.fetch("SELECT count(*) FROM events")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/teams", {"name": "Picnic"}),
        ("/account/tokens", {"name": "terraform", "scopes": ["read"]}),
        ("/teams/rangers/tokens", {"name": "terraform", "scopes": ["read"]}),
        ("/teams/rangers/invitations", {"emails": ["ranger@park.example"]}),
    ],
)
async def test_whatever_a_post_makes_is_made_once(park: Park, path: str, body: dict[str, Any]) -> None:
    first, again = await post(park.yogi.program, path, body), await post(park.yogi.program, path, body)
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert again.content == first.content
    listed = (await park.yogi.program.get(path)).json()
    names = [item.get("name") or item["email"] for item in listed["items"]]
    assert len(names) == len(set(names))


async def test_another_body_or_another_address_under_the_same_key_is_refused(park: Park) -> None:
    await post(park.yogi.program, "/account/tokens", {"name": "one", "scopes": ["read"]})
    other = {"name": "two", "scopes": ["read"]}
    for path, body in (("/account/tokens", other), ("/account/tokens?x=1", other), ("/teams", {"name": "Picnic"})):
        answer = await post(park.yogi.program, path, body)
        assert problem(answer)["status"] == 422, path
        assert "new one" in answer.json()["errors"]["Idempotency-Key"]


@pytest.mark.parametrize("key", ["", " ", "a" * 129, "a b", 'a"b', "a\\b", '"', "é"])
async def test_a_key_that_cannot_be_kept_is_refused_with_words(park: Park, key: str) -> None:
    headers = {b"idempotency-key": key.encode("latin-1")}
    answer = await park.yogi.program.post("/teams", json={"name": "Picnic"}, headers=headers)
    assert problem(answer)["status"] == 422
    assert "1 to 128" in answer.json()["errors"]["Idempotency-Key"]


async def test_only_post_and_only_callers_who_are_known_have_keys(park: Park) -> None:
    yogi = park.yogi.program
    await yogi.post("/databases", json=ORDERS)
    bad = {"idempotency-key": "a b"}
    assert (await yogi.put("/databases/main/orders", json={}, headers=bad)).status_code == 200
    assert (await yogi.patch("/databases/main/orders", json={"protected": False}, headers=bad)).status_code == 200
    assert (await yogi.delete("/databases/main/orders", headers=bad)).status_code == 204
    person = {"email": "yogi@park.example", "password": PASSWORD}
    signed_in = [await post(await park.client(), "/session", person, "a b") for _ in range(2)]
    assert [answer.status_code for answer in signed_in] == [201, 201]
    assert signed_in[0].json()["id"] != signed_in[1].json()["id"]
    page = await park.yogi.browser.post("/teams", data={"name": "Picnic"}, headers=bad)
    assert page.status_code == 200, "a browser's form goes its own way"


async def test_an_error_is_not_kept(park: Park) -> None:
    body = {"team": "rangers", "name": "orders", "locale": "xx_XX"}
    for _ in range(2):
        answer = await post(park.yogi.program, "/databases", body)
        assert problem(answer)["status"] == 422
        assert "idempotency-replayed" not in answer.headers
    assert not await DB.fetch("SELECT FROM idempotency_keys")
    assert problem(await post(park.cindy.program, "/databases", ORDERS))["status"] == 403
    assert (await post(park.yogi.program, "/databases", ORDERS)).status_code == 201


async def test_a_body_that_is_too_large_or_no_json_holds_no_key(park: Park) -> None:
    headers = {"idempotency-key": KEY, "content-type": "application/json"}
    for body, status in ((b'{"name": "' + b"x" * 2_000_000 + b'"}', 413), (b"{", 400)):
        assert problem(await park.yogi.program.post("/teams", content=body, headers=headers))["status"] == status
    assert (await post(park.yogi.program, "/teams", {"name": "Picnic"})).status_code == 201


async def test_each_caller_has_keys_of_their_own(park: Park) -> None:
    both = [await post(client, "/databases", ORDERS) for client in (park.yogi.program, park.token)]
    assert [answer.status_code for answer in both] == [201, 409]
    assert problem(both[1])["existing"] == "main/orders"
    assert both[1].json()["type"] == "urn:jellystone:conflict"


async def test_what_is_kept_opens_with_the_callers_token_only(park: Park) -> None:
    answer = await post(park.yogi.program, "/databases", ORDERS | {"description": "hush hush"})
    dump = await stolen()
    assert ransack(dump) == {}
    (row,) = dump.tables["idempotency_keys"]
    password = answer.json()["owner"]["password"].encode()
    assert not any(password in known for known in dump.known)
    assert b"hush" not in row["answer"]
    token = park.yogi.program.headers["authorization"].removeprefix("Bearer ").encode()
    dump = await stolen()
    ransack(dump, token)
    assert any(answer.content in known for known in dump.known), "the search above is a real one"


async def test_a_secret_is_repeated_for_an_hour_and_other_answers_for_a_day(park: Park) -> None:
    yogi = park.yogi.program
    await post(yogi, "/databases", ORDERS)
    await post(yogi, "/databases", {"team": "rangers", "name": "plain"}, "plain")
    await later("59 minutes")
    await idempotency.sweep()
    assert (await post(yogi, "/databases", ORDERS)).status_code == 201
    await later("2 minutes")
    for _ in range(2):
        late = await post(yogi, "/databases", ORDERS)
        assert problem(late)["type"] == "urn:jellystone:already-done"
        assert (late.status_code, late.json()["existing"]) == (409, "main/orders")
        await idempotency.sweep()
    assert [row["answer"] is None for row in await DB.fetch("SELECT answer FROM idempotency_keys ORDER BY key")] == [
        True,
        False,
    ]
    again = await post(yogi, "/databases", {"team": "rangers", "name": "plain"}, "plain")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    await later("1 day")
    assert problem(await post(yogi, "/databases", ORDERS))["type"] == "urn:jellystone:conflict"
    await later("1 day")
    await idempotency.sweep()
    assert not await DB.fetch("SELECT FROM idempotency_keys")


async def test_another_session_of_the_same_person_learns_that_it_is_done_and_no_secret(park: Park) -> None:
    headers = {"accept": "application/json"}
    here, there = await park.client(**headers), await park.client(**headers)
    for client in (here, there):
        await client.post("/session", json={"email": "yogi@park.example", "password": PASSWORD})
    assert (await post(here, "/databases", ORDERS)).status_code == 201
    assert (await post(here, "/databases", ORDERS)).headers["idempotency-replayed"] == "true"
    answer = await post(there, "/databases", ORDERS)
    assert problem(answer)["type"] == "urn:jellystone:already-done"
    assert answer.json()["existing"] == "main/orders"
    assert "password" not in answer.json()


async def test_while_the_first_runs_the_second_is_told_to_wait_and_one_thing_is_made(park: Park) -> None:
    answers = await asyncio.gather(*(post(park.yogi.program, "/databases", ORDERS) for _ in range(6)))
    ran = [answer for answer in answers if answer.status_code == 201]
    told = [answer for answer in answers if answer.status_code == 409]
    assert len(ran) + len(told) == 6
    assert len([answer for answer in ran if "idempotency-replayed" not in answer.headers]) == 1
    for answer in told:
        assert problem(answer)["type"] == "urn:jellystone:in-progress"
        assert 1 <= int(answer.headers["retry-after"]) <= 5, "it takes less than a second, as a rule"
    assert await made() == 1


async def test_what_was_cut_short_before_it_made_anything_is_done_by_the_next(park: Park) -> None:
    body = b'{"name":"Picnic"}'
    await cut_short(park, body, "/teams")
    headers = {"idempotency-key": KEY, "content-type": "application/json"}
    waiting = await park.yogi.program.post("/teams", content=body, headers=headers)
    assert problem(waiting)["type"] == "urn:jellystone:in-progress"
    await later("20 seconds")
    waiting = await park.yogi.program.post("/teams", content=body, headers=headers)
    assert problem(waiting)["type"] == "urn:jellystone:in-progress", "who gives no sign of life may still be at work"
    await later("10 seconds")
    other = await park.yogi.program.post("/teams", content=b'{"name":"Other"}', headers=headers)
    assert other.status_code == 422, "the key still stands for what was sent first"
    done = await park.yogi.program.post("/teams", content=body, headers=headers)
    assert (done.status_code, "idempotency-replayed" in done.headers) == (201, False)
    again = await park.yogi.program.post("/teams", content=body, headers=headers)
    assert (again.content, again.headers["idempotency-replayed"]) == (done.content, "true")


async def test_what_was_cut_short_after_it_made_something_is_not_made_again(park: Park) -> None:
    body = b'{"name":"terraform","scopes":["read"]}'
    headers = {"idempotency-key": KEY, "content-type": "application/json"}
    await cut_short(park, body, "/account/tokens", kind="token", name="terraform")
    assert (await park.yogi.program.post("/account/tokens", content=body, headers=headers)).status_code == 409
    await later("30 seconds")
    answer = await park.yogi.program.post("/account/tokens", content=body, headers=headers)
    assert problem(answer)["type"] == "urn:jellystone:already-done"
    assert "the token terraform" in answer.json()["detail"]
    assert await made("made", "token") == 5, "those of the park"


async def test_who_was_overtaken_can_no_longer_make_anything(park: Park) -> None:
    """A machine that slept, or a network that was cut: its transaction fails, and the newer claim's thing stays."""
    body = b'{"name":"Picnic"}'
    old = await cut_short(park, body, "/teams")
    await later("30 seconds")
    new = await cut_short(park, body, "/teams", kind="team", name="picnic")
    actor = park.yogi.actor
    stale = type(actor)(kind=actor.kind, name=actor.name, user=actor.user, origin=Origin(claim=old.id))

    async def go_on() -> None:
        async with DB.transaction():
            await DB.fetch("INSERT INTO throttles VALUES ('overtaken', 1, 1)")
            await events.record(stale, "founded", "team", "picnic-2")

    with pytest.raises(InProgress):
        await go_on()
    assert not await DB.fetch("SELECT FROM throttles WHERE key = 'overtaken'")
    await idempotency.give_up(old, undone=True)
    assert [row["id"] for row in await DB.fetch("SELECT id FROM idempotency_keys")] == [new.id]


async def test_work_that_takes_long_gives_signs_of_life(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "RUNNING", idempotency.RUNNING / 100)
    claim = await cut_short(park, b"{}", "/teams")
    async with idempotency.running(claim):
        first = await _running_until(claim.id)
        await asyncio.sleep(0.25)
        assert await _running_until(claim.id) > first
    after = await _running_until(claim.id)
    await asyncio.sleep(0.15)
    assert await _running_until(claim.id) == after


async def test_another_replica_answers_as_the_first_did(park: Park) -> None:
    first = await post(park.yogi.program, "/databases", ORDERS)
    async with _replica(park) as other:
        again = await post(other, "/databases", ORDERS)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


async def test_a_failure_after_something_was_made_keeps_the_key(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("out of luck")

    body = {"name": "terraform", "scopes": ["read"]}
    monkeypatch.setattr(tokens, "IssuedToken", fail)
    async with _replica(park) as other:
        assert (await post(other, "/account/tokens", body)).status_code == 500
        monkeypatch.undo()
        answer = await post(other, "/account/tokens", body)
    assert problem(answer)["type"] == "urn:jellystone:already-done"
    assert len((await park.yogi.program.get("/account/tokens")).json()["items"]) == 2


@asynccontextmanager
async def _replica(park: Park) -> AsyncIterator[AsyncClient]:
    async with otherwise() as app, caller(app, authorization=park.yogi.program.headers["authorization"]) as client:
        yield client


async def _running_until(claim: UUID) -> Any:
    (row,) = await DB.fetch("SELECT running_until FROM idempotency_keys WHERE id = $1", claim)
    return row["running_until"]

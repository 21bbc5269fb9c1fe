"""Where an account is signed in, and ending that."""

import pytest

from jellystone.database import DB
from tests.inbox import actions
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


async def test_every_session_is_listed_with_its_device_and_this_one_is_marked(park: Park) -> None:
    other = await park.client(accept=HTML, **{"user-agent": FIREFOX})
    await other.post("/session", data={"email": park.yogi.email, "password": PASSWORD, "remember": "on"})
    page = await other.get("/account/sessions")
    assert "2 sessions" not in page.text or "Firefox on Linux" in page.text
    listed = (await park.yogi.program.get("/account/sessions")).json()
    assert {session["device"] for session in listed["items"]} >= {"Firefox on Linux", "test"}
    assert not any(session["current"] for session in listed["items"])
    cookie = dict(other.cookies)
    mine = (await (await park.client(cookie=f"jellystone={cookie['jellystone']}")).get("/account/sessions")).json()
    assert [session["device"] for session in mine["items"] if session["current"]] == ["Firefox on Linux"]
    assert all(session["address"] == "127.0.0.1" for session in mine["items"])


async def test_one_session_is_ended_and_is_out_at_once(park: Park) -> None:
    other = await park.client(accept=HTML, **{"user-agent": FIREFOX})
    await other.post("/session", data={"email": park.yogi.email, "password": PASSWORD})
    listed = (await park.yogi.program.get("/account/sessions")).json()["items"]
    [theirs] = [session for session in listed if session["device"] == "Firefox on Linux"]
    at = f"/account/sessions/{theirs['id']}"
    assert (await park.smith.program.delete(at)).status_code == 404
    done = await park.yogi.browser.post(f"{at}?_method=delete")
    assert (done.status_code, done.headers["location"]) == (303, "/account/sessions")
    assert (await other.get("/account")).headers["location"].startswith("/session/new")
    assert (await park.yogi.browser.get("/account")).status_code == 200
    assert problem(await park.yogi.program.delete(at))["status"] == 404
    assert "ended a session of" in await actions(park.yogi.email)


async def test_all_others_are_ended_at_once(park: Park) -> None:
    others = [await park.client() for _ in range(3)]
    for other in others:
        await other.post("/session", json={"email": park.yogi.email, "password": PASSWORD})
    done = await park.yogi.browser.post("/account/sessions?_method=delete")
    assert done.status_code == 303
    for other in others:
        assert (await other.get("/account")).status_code == 401
    assert (await park.yogi.browser.get("/account")).status_code == 200
    assert (await park.smith.browser.get("/account")).status_code == 200


async def test_ending_this_one_signs_out(park: Park) -> None:
    assert park.yogi.actor.key is not None
    done = await park.yogi.browser.post(f"/account/sessions/{park.yogi.actor.key.row}?_method=delete")
    assert done.headers["location"] == "/session/new"
    assert (await park.yogi.browser.get("/account")).status_code == 303


async def test_a_token_without_admin_ends_none(park: Park) -> None:
    made = await park.yogi.program.post("/account/tokens", json={"name": "look", "scopes": ["read"]})
    reader = await park.client(authorization=f"Bearer {made.json()['token']}")
    assert (await reader.get("/account/sessions")).status_code == 200
    assert problem(await reader.delete("/account/sessions"))["status"] == 403
    assert problem(await park.token.get("/account/sessions"))["status"] == 403


@pytest.mark.parametrize(("remember", "days"), [(True, 60), (False, 14)])
async def test_a_session_lasts_so_long_at_most(park: Park, remember: bool, days: int) -> None:
    client = await park.client()
    made = await client.post("/session", json={"email": park.yogi.email, "password": PASSWORD, "remember": remember})
    [row] = await DB.fetch("SELECT expires_at - created_at AS lasts FROM sessions WHERE id = $1", made.json()["id"])
    assert row["lasts"].days == days
    cookie = next(c for c in made.headers.get_list("set-cookie") if c.startswith("jellystone="))
    assert ("Max-Age" in cookie) == remember


async def test_signing_in_again_in_a_browser_ends_its_former_session(park: Park) -> None:
    client = await park.client()
    for _ in range(2):
        made = await client.post("/session", json={"email": park.smith.email, "password": PASSWORD})
    rows = await DB.fetch('SELECT id FROM sessions WHERE "user" = $1', park.smith.actor.user)
    assert len(rows) == 2
    assert made.json()["id"] in {str(row["id"]) for row in rows}

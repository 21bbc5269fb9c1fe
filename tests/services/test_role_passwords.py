"""Changing and revealing the passwords of roles."""

import asyncio
import logging
from typing import Any

import asyncpg
import pytest

from jellystone.database import DB
from jellystone.services import role_catalog, role_passwords
from jellystone.services.found import Found
from tests.park import PASSWORD, Park, problem
from tests.services.test_roles import lives, make, orders, uri

__all__ = ["orders"]
pytestmark = pytest.mark.anyio

AT = "/databases/main/orders/roles/app/password"


async def test_after_a_change_only_the_new_password_works(park: Park, orders: Found) -> None:
    role = await make(park, orders)
    old = await uri(park, role)
    going_on = await park.connect(old)
    changed = await role_passwords.change(park.yogi.actor, role)
    assert (changed.secret_version, len(changed.password)) == (2, 32)
    assert await lives(going_on)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await park.connect(old)
    new = await park.connect(changed.uri)
    taken = await role_passwords.change(park.yogi.actor, role, password="taken from you", end_sessions=True)
    assert (taken.secret_version, taken.password) == (3, "taken from you")
    assert (await lives(going_on), await lives(new)) == (False, False)
    await (await park.connect(taken.uri)).close()
    assert (await role_catalog.show(park.yogi.actor, role)).password_changed_at == taken.password_changed_at
    assert taken.password_changed_at is not None
    assert changed.password_changed_at is not None
    assert taken.password_changed_at > changed.password_changed_at


async def test_eight_changes_at_once_all_succeed_and_the_last_one_works(park: Park, orders: Found) -> None:
    role = await make(park, orders)
    answers = await asyncio.gather(*(park.token.put(AT, json={}) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    revealed = (await park.token.get(AT)).json()
    assert revealed["secret_version"] == 9
    assert revealed["password"] in {answer.json()["password"] for answer in answers}
    assert revealed["status"] == "ready"
    await (await park.connect(revealed["uri"])).close()
    assert await uri(park, role) == revealed["uri"]


async def test_the_server_gets_only_verifiers_and_keeps_none_with_us(
    park: Park, orders: Found, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await park.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    await make(park, orders, password="first given password")
    made = (await park.token.put(AT, json={})).json()["password"]
    await park.token.put(AT, json={"password": "third given password"})
    assert (await park.sql("SELECT rolpassword ^@ 'SCRAM-SHA-256$4096:' FROM pg_authid WHERE rolname = 'app'"))[0][0]
    assert await DB.fetch("SELECT FROM roles WHERE pending_verifier IS NOT NULL") == []
    log = park.cluster.log.read_text(errors="replace")
    statements = str(await park.sql("SELECT query FROM pg_stat_statements"))
    activity = str(await park.sql("SELECT query FROM pg_stat_activity"))
    ours = caplog.text + str([record.__dict__ for record in caplog.records])
    assert 'ALTER ROLE "app" PASSWORD' in log
    assert "ALTER ROLE" in statements
    for password in ("first given password", made, "third given password"):
        assert not [where for where in (log, statements, activity, ours) if password in where]


async def reveals(park: Park) -> int:
    return len(await DB.fetch("SELECT FROM events WHERE action = 'revealed the password of'"))


async def test_each_reveal_is_an_event_and_kept_by_no_cache(park: Park, orders: Found) -> None:
    await make(park, orders)
    for number, client in enumerate((park.token, park.booboo.program, park.booboo.browser, park.booboo.htmx), 1):
        shown = await client.get(AT)
        assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
        assert await reveals(park) == number


async def age(minutes: int, name: str = "booboo") -> None:
    await DB.fetch(
        "UPDATE sessions SET authenticated_at = now() - make_interval(mins => $1)"
        ' WHERE "user" = (SELECT id FROM users WHERE email = $2)',
        minutes,
        f"{name}@park.example",
    )


async def test_after_fifteen_minutes_a_person_types_their_own_password_again(park: Park, orders: Found) -> None:
    await make(park, orders)
    await age(14)
    assert (await park.booboo.browser.get(AT)).status_code == 200
    await age(16)
    asked = await park.booboo.browser.get(AT)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/session/confirmation?next={AT}")
    part = await park.booboo.htmx.get(AT)
    assert part.headers["hx-redirect"] == f"/session/confirmation?next={AT}"
    program = await park.client(cookie=park.booboo.browser.headers["cookie"])
    refused = problem(await program.get(AT))
    assert (refused["status"], refused["type"]) == (403, "urn:jellystone:not-confirmed")
    assert await reveals(park) == 1
    assert (await park.booboo.program.get(AT)).status_code == 200  # a token was made to be used alone
    wrong = await park.booboo.browser.post("/session/confirmation", data={"password": "wrong", "next": AT})
    assert wrong.status_code == 422
    right = await park.booboo.browser.post("/session/confirmation", data={"password": PASSWORD, "next": AT})
    assert (right.status_code, right.headers["location"]) == (303, AT)
    assert (await park.booboo.browser.get(AT)).status_code == 200


async def test_a_password_that_is_not_kept_is_told_so(park: Park, orders: Found) -> None:
    role = await make(park, orders)
    await DB.fetch("UPDATE roles SET sealed_password = NULL")
    gone = problem(await park.token.get(AT))
    assert (gone["status"], "Change it to store a new one" in gone["detail"]) == (409, True)
    assert (await role_catalog.show(park.yogi.actor, role)).readable is False
    assert "No password is kept" in (await park.yogi.browser.get(AT.removesuffix("/password"))).text
    changed = (await park.token.put(AT, json={})).json()
    assert (await park.token.get(AT)).json()["uri"] == changed["uri"]


async def test_a_member_without_the_teams_key_may_change_but_not_reveal(park: Park, orders: Found) -> None:
    await make(park, orders)
    await DB.fetch("UPDATE memberships SET sealed_key = NULL WHERE rank = 'member'")
    locked = problem(await park.booboo.program.get(AT))
    assert locked["status"] == 403
    assert "Ask a team-mate to give you access" in locked["detail"]
    changed = await park.booboo.program.put(AT, json={})
    await (await park.connect(changed.json()["uri"])).close()
    assert (await park.yogi.program.get(AT)).json()["password"] == changed.json()["password"]


async def test_secrets_stand_in_no_list_no_page_and_no_address(park: Park, orders: Found) -> None:
    role = await make(park, orders)
    password = (await park.token.get(AT)).json()["password"]
    here = AT.removesuffix("/password")
    for path in ("/", "/databases", "/databases/main/orders", here, here.removesuffix("/app"), "/teams/rangers"):
        for client in (park.token, park.booboo.browser, park.booboo.htmx):
            answer = await client.get(path)
            assert password not in answer.text + str(answer.headers)
            assert "SCRAM-SHA-256" not in answer.text
    for path in (f"{here}/edit", f"{here}/password/edit", "/teams/rangers/events"):
        assert password not in (await park.booboo.browser.get(path)).text
    shown: Any = await park.booboo.browser.get(AT)
    assert password not in str(shown.headers) + str(shown.url)
    assert password not in repr(role) + repr(role.row)

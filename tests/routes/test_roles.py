"""/databases/{server}/{database}/roles, for a person, htmx and programs."""

from html import unescape
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from tests.park import Park, problem

pytestmark = pytest.mark.anyio

AT = "/databases/main/orders/roles"
MAY = {"owner": (True, True), "readwrite": (False, True), "readonly": (False, False)}  # define, write
HOSTILE = [
    "p@ss:w/rd?#[]&=%25",
    "quote' double\" back\\slash $HOME `id`",
    " leading and trailing ",
    "pässwörd-ß-ﬁ-ΐ",
    "пароль-密码-🐻‍❄️",
    "\N{NO-BREAK SPACE}\N{SOFT HYPHEN}wide\N{EM SPACE}space",
    "العربية-עברית",
    "tab\tand\x1bescape",
    "a" * 500,
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "App"}, "name"),
    ({"name": "new"}, "name"),
    ({"name": "user"}, "name"),
    ({"name": "pg_app"}, "name"),
    ({"name": "orders_rw"}, "name"),
    ({"name": "a" * 64}, "name"),
    ({"access": "superuser"}, "access"),
    ({"password": "short"}, "password"),
    ({"password": "long" * 126}, "password"),
    ({"password": "zero\0zero"}, "password"),
    ({"connection_limit": -1}, "connection_limit"),
    ({"valid_until": "tomorrow"}, "valid_until"),
    ({"valid_until": "2030-01-01T00:00:00"}, "valid_until"),
    ({"valid_until": "9999-12-31T23:59:59-23:59"}, "valid_until"),
    ({"valid_until": "0001-01-01T00:00:00+23:59"}, "valid_until"),
    ({"superuser": True}, "superuser"),
]


@pytest.fixture
async def orders(park: Park) -> str:
    made = await park.token.post("/databases", json={"name": "orders", "owner_role": True, "protected": False})
    assert made.status_code == 201, made.text
    return str(made.json()["owner"]["uri"])


async def make(park: Park, name: str = "app", **fields: Any) -> dict[str, Any]:
    made = await park.token.post(AT, json={"name": name, **fields})
    assert made.status_code == 201, made.text
    return dict(made.json())


async def outcome(park: Park, uri: str, statement: str) -> str | None:
    """The SQLSTATE; None if it works."""
    try:
        connection = await park.connect(uri)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
    except asyncpg.PostgresError as error:
        return error.sqlstate
    return None


@pytest.mark.parametrize("access", MAY)
async def test_a_role_may_what_its_access_says(park: Park, orders: str, access: str) -> None:
    assert await outcome(park, orders, "CREATE TABLE t (a int)") is None
    role = await make(park, access=access)
    assert (role["id"], role["access"], role["status"]) == ("main/orders/app", access, "ready")
    assert (role["secret_version"], role["readable"], role["enabled"]) == (1, True, True)
    define, write = MAY[access]
    assert await outcome(park, role["uri"], "SELECT * FROM t") is None
    assert await outcome(park, role["uri"], "INSERT INTO t VALUES (1)") == (None if write else "42501")
    assert await outcome(park, role["uri"], "CREATE TABLE mine (a int)") == (None if define else "42501")


async def test_the_answer_to_create_has_the_password_once_and_its_address(park: Park, orders: str) -> None:
    made = await park.token.post(AT, json={"name": "app"})
    assert (made.status_code, made.headers["location"]) == (201, f"{AT}/app")
    assert made.headers["cache-control"] == "no-store"
    role = made.json()
    assert len(role["password"]) == 32
    assert role["uri"] == (
        f"postgresql://app:{role['password']}@{park.cluster.host}:{park.cluster.port}/orders?sslmode=prefer"
    )
    shown = (await park.token.get(f"{AT}/app")).json()
    assert shown == {name: value for name, value in role.items() if name not in ("password", "uri", "formats")}
    assert role["access"] == "readwrite"


async def test_any_password_can_be_given_and_opens_the_door(park: Park, orders: str) -> None:
    for number, password in enumerate(HOSTILE):
        role = await make(park, f"app_{number}", password=password)
        assert role["password"] == password
        assert await outcome(park, role["uri"], "SELECT 1") is None
        again = (await park.token.get(f"{AT}/app_{number}/password")).json()
        assert (again["password"], again["uri"]) == (password, role["uri"])
        assert quote(password, safe="") in role["uri"]


async def test_all_that_was_asked_for_is_so_on_the_server(park: Park, orders: str) -> None:
    await make(park, access="readonly", connection_limit=3, valid_until="2100-01-02T03:04:05+01:00")
    (row,) = await park.sql("SELECT rolconnlimit, rolvaliduntil::text, rolcanlogin FROM pg_roles WHERE rolname = 'app'")
    assert tuple(row) == (3, "2100-01-02 02:04:05+00", True)
    shown = (await park.token.get(f"{AT}/app")).json()
    assert (shown["connection_limit"], shown["valid_until"]) == (3, "2100-01-02T02:04:05Z")


async def test_what_cannot_be_is_refused_by_field(park: Park, orders: str) -> None:
    for sent, field in REFUSED:
        refused = await park.token.post(AT, json={"name": "app", **sent})
        assert refused.status_code == 422, (sent, refused.text)
        assert list(problem(refused)["errors"]) == [field]
        assert "zero" not in refused.text
    assert (await park.token.get(AT)).json()["total"] == 1


async def test_roles_are_listed_searched_and_paged(park: Park, orders: str) -> None:
    for name in ("app", "app_old", "reader"):
        await make(park, name)
    listed = (await park.cindy.program.get(AT)).json()
    assert [role["name"] for role in listed["items"]] == ["app", "app_old", "orders", "reader"]
    found = (await park.token.get(f"{AT}?q=P_O&per_page=1")).json()
    assert ([role["name"] for role in found["items"]], found["total"]) == (["app_old"], 1)
    assert (await park.token.get((await park.token.get(f"{AT}?per_page=3")).json()["next"])).json()["total"] == 4
    page = await park.cindy.browser.get(AT)
    assert "reader" in page.text
    assert "New role" not in page.text
    rows = await park.booboo.htmx.get(f"{AT}?q=reader", headers={"hx-target": "div#role-rows"})
    assert rows.text.lstrip().startswith('<div id="role-rows"')
    assert "app_old" not in rows.text


async def test_a_person_makes_one_with_a_form_and_changes_it(park: Park, orders: str) -> None:
    assert 'value="readwrite"' in (await park.booboo.browser.get(f"{AT}/new")).text
    sent = {"name": "app", "access": "readonly", "password": "", "connection_limit": "", "valid_until": "2100-01-31"}
    made = await park.booboo.browser.post(AT, data=sent)
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    role = (await park.token.get(f"{AT}/app/password")).json()
    assert role["uri"] in unescape(made.text)
    assert role["valid_until"] == "2100-01-31T00:00:00Z"
    again = await park.booboo.browser.post(AT, data={**sent, "password": "short"})
    assert again.status_code == 422
    assert "Use 8 to 500 characters" in again.text
    assert 'value="short"' not in again.text
    assert 'value="app"' in again.text
    form = await park.booboo.browser.get(f"{AT}/app/edit")
    assert "2100-01-31" in form.text
    changes = {"access": "owner", "connection_limit": "4", "valid_until": "", "enabled": "on"}
    saved = await park.booboo.browser.post(f"{AT}/app?_method=patch", data=changes)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{AT}/app")
    shown = (await park.token.get(f"{AT}/app")).json()
    assert [shown[name] for name in ("access", "connection_limit", "valid_until")] == ["owner", 4, None]
    assert "app" in (await park.cindy.browser.get(f"{AT}/app")).text
    assert "Data stays" in (await park.booboo.browser.get(f"{AT}/app/removal")).text
    gone = await park.booboo.browser.post(f"{AT}/app?_method=delete")
    assert (gone.status_code, gone.headers["location"]) == (303, "/databases/main/orders")


async def test_a_person_changes_a_password_with_a_form_and_sees_the_new_one(park: Park, orders: str) -> None:
    old = await make(park)
    assert "stops working at once" in (await park.booboo.browser.get(f"{AT}/app/password/edit")).text
    sent = {"password": "another <b>password</b>", "end_sessions": "on"}
    changed = await park.booboo.browser.post(f"{AT}/app/password?_method=put", data=sent)
    assert changed.status_code == 200
    assert changed.headers["cache-control"] == "no-store"
    assert "another <b>password</b>" in unescape(changed.text)
    assert "<b>password" not in changed.text
    assert await outcome(park, old["uri"], "SELECT 1") == "28P01"
    part = await park.booboo.htmx.get(f"{AT}/app/password", headers={"hx-target": "div#role-password"})
    assert 'id="role-password"' in part.text
    assert "<html" not in part.text
    assert part.headers["cache-control"] == "no-store"


async def test_put_makes_it_with_a_password_and_then_brings_it_to_that_state(park: Park, orders: str) -> None:
    wish = {"access": "readonly", "connection_limit": 2}
    first = await park.token.put(f"{AT}/app", json=wish)
    assert (first.status_code, first.headers["location"]) == (201, f"{AT}/app")
    assert await outcome(park, first.json()["uri"], "SELECT 1") is None
    again = await park.token.put(f"{AT}/app", json=wish)
    assert again.status_code == 200
    assert "password" not in again.json()
    changed = (await park.token.put(f"{AT}/app", json={"access": "owner", "enabled": False})).json()
    assert [changed[name] for name in ("access", "connection_limit", "enabled")] == ["owner", None, False]
    assert problem(await park.token.put(f"{AT}/app", json={}))["errors"].keys() == {"access"}
    assert problem(await park.token.put(f"{AT}/App", json={"access": "owner"}))["errors"].keys() == {"name"}
    assert first.headers["cache-control"] == "no-store"


async def test_a_taken_name_is_told_without_telling_whose_it_is(park: Park, orders: str) -> None:
    await make(park)
    mine = problem(await park.token.post(AT, json={"name": "app"}))
    assert (mine["status"], mine["existing"], list(mine["errors"])) == (409, "main/orders/app", ["name"])
    await park.smith.program.post("/teams", json={"name": "Poachers"})
    await park.smith.program.post("/databases", json={"name": "traps", "team": "poachers"})
    theirs = problem(await park.smith.program.post("/databases/main/traps/roles", json={"name": "app"}))
    assert theirs["status"] == 409
    assert "orders" not in str(theirs)
    assert "existing" not in theirs
    await park.sql("CREATE ROLE legacy")
    try:
        foreign = problem(await park.token.post(AT, json={"name": "legacy"}))
        assert (foreign["status"], list(foreign["errors"])) == (409, ["name"])
        assert (await park.token.get(f"{AT}/legacy")).status_code == 404
    finally:
        await park.sql("DROP ROLE legacy")


async def test_passwords_need_the_right_rank_and_scope(park: Park, orders: str) -> None:
    for path in (f"{AT}/orders", f"{AT}/orders/password"):
        assert (await park.smith.program.get(path)).status_code == 404
    refused = problem(await park.cindy.program.get(f"{AT}/orders/password"))
    assert (refused["status"], "read this team's passwords" in refused["detail"]) == (403, True)
    assert (await park.cindy.browser.get(f"{AT}/orders/password")).status_code == 403
    writing, secrets = await park.with_scopes("read", "write"), await park.with_scopes("read", "secrets")
    assert "scope 'secrets'" in problem(await writing.get(f"{AT}/orders/password"))["detail"]
    assert (await secrets.get(f"{AT}/orders/password")).json()["uri"] == orders
    assert problem(await secrets.put(f"{AT}/orders/password", json={}))["status"] == 403
    assert problem(await park.cindy.program.put(f"{AT}/orders/password", json={}))["status"] == 403
    changed = await writing.put(f"{AT}/orders/password", json={})
    assert await outcome(park, changed.json()["uri"], "SELECT 1") is None
    assert (await park.booboo.program.get(f"{AT}/orders/password")).json()["uri"] == changed.json()["uri"]

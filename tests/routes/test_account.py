"""Registering, and one's own account."""

import asyncio
from urllib.parse import urlsplit

import pytest
from httpx import AsyncClient

from jellystone.services import accounts
from jellystone.tables.people import User
from tests.otherwise import caller, otherwise
from tests.park import HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
NEW = {"email": "Ranger@Park.Example", "password": PASSWORD}


async def nobody() -> None:
    await User.delete(force=True)


async def test_a_program_registers_and_is_signed_in(park: Park) -> None:
    program = await park.client()
    made = await program.post("/account", json=NEW)
    assert (made.status_code, made.headers["location"]) == (201, "/account")
    assert made.json() == (await program.get("/account")).json()
    assert made.json()["email"] == "ranger@park.example"
    assert made.json()["operator"] is False
    token = await program.post("/account/tokens", json={"name": "ci", "scopes": ["admin"]})
    assert token.json()["token"].startswith("jsp_")


async def test_a_person_registers_and_is_welcomed(park: Park) -> None:
    browser = await park.client(accept=HTML)
    assert "operator" not in (await browser.get("/account/new")).text
    done = await browser.post("/account", data={**NEW, "next": "/teams"})
    assert (done.status_code, done.headers["location"]) == (303, "/teams")
    page = await browser.get("/teams")
    assert "Welcome to Jellystone." in page.text
    assert "ranger@park.example" in page.text
    assert "Start with a team" in (await browser.get("/")).text


async def test_htmx_registers_and_is_led_on(park: Park) -> None:
    htmx = await park.client(accept="text/html", **{"hx-request": "true", "hx-request-type": "partial"})
    assert (await htmx.post("/account", data=NEW)).headers["hx-redirect"] == "/"


async def test_an_email_is_one_whatever_its_case(park: Park) -> None:
    program, browser = await park.client(), await park.client(accept=HTML)
    for email in ("yogi@park.example", "YOGI@PARK.EXAMPLE", "yogi@Park.example"):
        sent = NEW | {"email": email}
        assert problem(await program.post("/account", json=sent))["errors"].keys() == {"email"}
        page = await browser.post("/account", data=sent)
        assert page.status_code == 422
        assert f'value="{email}"' in page.text
    assert await User.count().where(User.email.ilike("yogi@%")) == 1
    assert not program.cookies


async def test_two_at_once_make_one_account(park: Park) -> None:
    clients = [await park.client() for _ in range(4)]
    answers = await asyncio.gather(*(client.post("/account", json=NEW) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "yogi",
        "@",
        "a@",
        "@b",
        "a b@c",
        "a@b@c",
        "a@b\n",
        "a@b\0",
        "a" * 250 + "@park.example",
        "\u0130" * 200 + "@b",
        7,
    ],
)
async def test_an_email_that_is_none_is_refused(park: Park, email: object) -> None:
    program = await park.client()
    assert problem(await program.post("/account", json=NEW | {"email": email}))["errors"].keys() == {"email"}


async def test_how_short_a_password_may_be_is_a_setting(park: Park) -> None:
    for minimum in (6, 12):
        async with otherwise(password_min_length=minimum) as app, caller(app) as client:
            short, enough = "jellyston3 park rangers"[: minimum - 1], f"{minimum}jellyston3 park"[:minimum]
            told = problem(await client.post("/account", json={"email": f"{minimum}@x", "password": short}))
            assert told["errors"].keys() == {"password"}
            assert f"at least {minimum} characters" in told["errors"]["password"]
            made = await client.post("/account", json={"email": f"{minimum}@x", "password": enough})
            assert made.status_code == 201, made.text
            page = await client.get("/account/new", headers={"accept": HTML})
            assert f'minlength="{minimum}"' in page.text


async def test_everything_that_is_wrong_is_told_at_once(park: Park) -> None:
    sent = {"email": "yogi", "password": "", "setup": "x" * 101, "colour": "brown"}
    told = problem(await (await park.client()).post("/account", json=sent))
    assert told["errors"].keys() == {"email", "password", "setup", "colour"}


async def test_registering_is_throttled_by_email_and_address(park: Park) -> None:
    async with caller(park.app, address="192.0.2.3") as client:
        statuses = [(await client.post("/account", json=NEW)).status_code for _ in range(11)]
        assert statuses == [201] + [422] * 9 + [429]
        others = [(await client.post("/account", json=NEW | {"email": f"{n}@x"})) for n in range(20)]
        assert [answer.status_code for answer in others] == [201] * 19 + [429]
        assert int(others[-1].headers["retry-after"]) <= 3600
    assert (await (await park.client()).post("/account", json=NEW | {"email": "other@x"})).status_code == 201


async def test_the_first_account_becomes_the_operator_and_only_that(park: Park) -> None:
    await nobody()
    browser, program = await park.client(accept=HTML), await park.client()
    assert "<strong>operator</strong>" in (await browser.get("/account/new")).text
    assert (await program.post("/account", json=NEW)).json()["operator"] is True
    assert (await program.post("/account", json=NEW | {"email": "second@x"})).json()["operator"] is False
    assert "<strong>operator</strong>" not in (await browser.get("/account/new")).text


async def test_of_many_first_ones_one_becomes_the_operator(park: Park) -> None:
    await nobody()
    clients = [await park.client() for _ in range(5)]
    made = await asyncio.gather(*(c.post("/account", json=NEW | {"email": f"{n}@x"}) for n, c in enumerate(clients)))
    assert sorted(answer.json()["operator"] for answer in made) == [False] * 4 + [True]


async def first(client: AsyncClient, **more: str) -> int:
    return (await client.post("/account", json=NEW | more)).status_code


async def test_where_others_can_reach_us_the_first_account_needs_the_link_of_the_log(park: Park) -> None:
    await nobody()
    async with otherwise(host="0.0.0.0") as app, caller(app) as client:
        code = accounts.setup_code()
        assert code
        assert [await first(client), await first(client, setup="x"), await first(client, setup="\u00e9")] == [403] * 3
        assert not await User.exists()
        form = await client.get(f"/account/new?setup={code}", headers={"accept": HTML})
        assert f'name="setup" value="{code}"' in form.text
        assert await first(client, setup=code) == 201
        assert (await client.get("/account")).json()["operator"] is True
        client.cookies.clear()
        assert await first(client, email="second@x") == 201, "later ones need none"
        third = await client.post("/account", json=NEW | {"email": "third@x", "setup": code})
        assert third.json()["operator"] is False, "and it makes no second operator"
    assert accounts.setup_code() is None


async def test_a_browser_without_the_link_is_told_where_it_is(park: Park) -> None:
    await nobody()
    async with otherwise(host="0.0.0.0") as app, caller(app, accept=HTML) as client:
        refused = await client.post("/account", data=NEW)
        assert refused.status_code == 403
        assert "set-up link in this server&#39;s log" in refused.text
        assert not client.cookies


async def test_the_account_page_shows_oneself_and_this_session(park: Park) -> None:
    page = (await park.cindy.browser.get("/account")).text
    assert park.cindy.email in page
    assert "127.0.0.1" in page
    assert park.yogi.email not in page
    assert (await park.cindy.program.get("/account")).json().keys() >= {"id", "email", "operator", "created_at"}
    assert problem(await park.token.get("/account"))["status"] == 403, "a team's token has no account"
    assert urlsplit((await (await park.client(accept=HTML)).get("/account")).headers["location"]).path == "/session/new"

"""Who may register: everybody, who is invited, or nobody; and only from some domains."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from jellystone import settings
from jellystone.settings import Settings
from tests.park import HTML, PASSWORD, Park, clear, problem

pytestmark = pytest.mark.anyio
Setting = Callable[..., None]
RANGER = {"email": "ranger@park.example", "password": PASSWORD}


@pytest.fixture
def setting(app: Any, given: Settings) -> Iterator[Setting]:
    """`setting(registration="closed")` holds for the test."""
    yield lambda **changes: settings.use(msgspec.structs.replace(given, **changes))
    settings.use(given)


async def pages(park: Park, *addresses: str) -> list[str]:
    browser = await park.client(accept=HTML)
    return [(await browser.get(address)).text for address in addresses]


async def invited(park: Park, email: str = RANGER["email"]) -> str:
    (made,) = (await park.yogi.program.post("/teams/rangers/invitations", json={"emails": [email]})).json()
    return str(made["link"]).removeprefix("http://jellystone.test")


async def test_where_it_is_open_every_page_offers_it(park: Park) -> None:
    for page in await pages(park, "/", "/session/new", "/account/new"):
        assert 'href="/account/new">Register' in page
    assert (await (await park.client()).post("/account", json=RANGER)).status_code == 201


@pytest.mark.parametrize(
    ("how", "words"), [("invited", "by invitation"), ("closed", "Ask whoever looks after this instance")]
)
async def test_where_it_is_not_no_page_offers_a_form_that_cannot_work(
    park: Park, setting: Setting, how: str, words: str
) -> None:
    setting(registration=how)
    for page in await pages(park, "/", "/session/new", "/account/new"):
        assert 'href="/account/new">Register' not in page
        assert words.lower() in page.lower()
    assert 'action="/account"' not in (await pages(park, "/account/new"))[0]
    refused = problem(await (await park.client()).post("/account", json=RANGER))
    assert refused["status"] == 403
    assert words in refused["detail"]
    browser = await park.client(accept=HTML)
    sent = await browser.post("/account", data=RANGER)
    assert sent.status_code == 403
    assert words in sent.text


async def test_an_invitation_makes_an_account_where_it_takes_one(park: Park, setting: Setting) -> None:
    link = await invited(park)
    setting(registration="invited")
    browser = await park.client(accept=HTML)
    assert "Make an account and join" in (await browser.get(link)).text
    joined = await browser.post(link, data={"password": PASSWORD})
    assert (joined.status_code, joined.headers["location"]) == (303, "/teams/rangers")
    assert "Rangers" in (await browser.get("/teams/rangers")).text


async def test_where_it_is_closed_an_invitation_is_for_those_with_an_account(park: Park, setting: Setting) -> None:
    link, smiths = await invited(park), await invited(park, park.smith.email)
    setting(registration="closed")
    browser = await park.client(accept=HTML)
    page = (await browser.get(link)).text
    assert "Make an account" not in page
    assert "can be accepted once ranger@park.example has an account" in page
    assert (await browser.post(link, data={"password": PASSWORD})).status_code == 403
    assert (await park.smith.browser.post(smiths)).headers["location"] == "/teams/rangers"


async def test_only_some_domains_may_come_uninvited(park: Park, setting: Setting) -> None:
    link = await invited(park, "guest@elsewhere.example")
    setting(registration_domains=("@Park.example", "forest.example"))
    assert "At park.example or forest.example" in (await pages(park, "/account/new"))[0]
    program = await park.client()
    for email in ("x@elsewhere.example", "x@notpark.example", "x@park.example.elsewhere.example"):
        refused = problem(await program.post("/account", json={"email": email, "password": PASSWORD}))
        assert refused["errors"]["email"].startswith("Register with an address at park.example or forest.example")
    for email in ("Ranger@PARK.example", "smokey@forest.example"):
        assert (await program.post("/account", json={"email": email, "password": PASSWORD})).status_code == 201
    browser = await park.client(accept=HTML)
    assert (await browser.post(link, data={"password": PASSWORD})).status_code == 303


@pytest.fixture
async def nobody(park: Park) -> Park:
    await clear(park.cluster)
    return park


async def test_the_first_account_can_always_be_made(nobody: Park, setting: Setting) -> None:
    setting(registration="closed", registration_domains=("elsewhere.example",), host="localhost")
    assert 'action="/account"' in (await pages(nobody, "/account/new"))[0]
    made = await (await nobody.client()).post("/account", json=RANGER)
    assert made.json()["operator"] is True

"""A page and the JSON of the same address: the same facts, and the same rights, for each of the four of the park."""

import re
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from httpx import AsyncClient

from jellystone.database import DB
from jellystone.web import words
from tests.park import Park, Person

pytestmark = pytest.mark.anyio
DATABASE, ROLE, TEAM = "/databases/main/orders", "/databases/main/orders/roles/orders_app", "/teams/rangers"
PEOPLE = ("yogi", "booboo", "cindy", "smith")
FIGURES = """
UPDATE databases SET size_bytes = 123456789, connections = 17, measured_at = '2025-01-02T03:04:05Z',
    last_query_at = '2025-02-03T04:05:06Z', last_write_at = '2025-03-04T05:06:07Z';
UPDATE roles SET connections = 13;
"""


class Text(HTMLParser):
    """What stands on a page within <main>, and the moments that its <time> elements say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words, self.moments, self.links, self._within = list[str](), set[str](), set[str](), 0
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self._within += tag == "main"
        if self._within and tag == "time" and given["datetime"]:
            self.moments.add(given["datetime"])
        if self._within:
            self.links |= {text for name, text in given.items() if name in ("href", "action", "hx-get") and text}

    def handle_endtag(self, tag: str) -> None:
        self._within -= tag == "main"

    def handle_data(self, data: str) -> None:
        if self._within:
            self.words.append(data)


Shown = Callable[[Any, Text], bool]


def word(value: Any, page: Text) -> bool:
    return str(value).lower() in page.text.lower()


def at(value: Any, page: Text) -> bool:
    """To the second; unknown is said in words."""
    if value is None:
        return True
    wanted = datetime.fromisoformat(value).replace(microsecond=0)
    return wanted in {datetime.fromisoformat(text).replace(microsecond=0) for text in page.moments}


def size(value: Any, page: Text) -> bool:
    return re.sub(r"<[^>]*>", "", str(words.size(value))) in page.text


def each(value: Any, page: Text) -> bool:
    return all(str(one) in page.text for one in value)


def counted(noun: str) -> Shown:
    return lambda value, page: words.count(value, noun) in page.text


OF_DATABASE: dict[str, Shown] = {
    **dict.fromkeys(("name", "description", "status", "server", "connections"), word),
    "size_bytes": size,
    "last_write_at": at,
}
OF_ROLE: dict[str, Shown] = {**dict.fromkeys(("name", "connections"), word), "valid_until": at}
FACTS: dict[str, dict[str, Shown]] = {  # what stands on a page, and how; a list shows these of each of its items
    "/databases": OF_DATABASE | {"team": word, "roles": word},
    DATABASE: OF_DATABASE
    | {"encoding": word, "locale": word, "created_at": at, "last_query_at": at, "measured_at": at},
    f"{DATABASE}/roles": OF_ROLE,
    ROLE: OF_ROLE | {"created_at": at, "secret_version": word, "password_changed_at": at, "server": word},
    "/teams": {"name": word, "members": word, "databases": word},
    TEAM: {"name": word, "members": counted("member"), "databases": counted("database"), "created_at": at},
    f"{TEAM}/members": {"email": word, "rank": word, "joined_at": at},
    f"{TEAM}/members/cindy@park.example": {"email": word, "rank": word, "joined_at": at},
    f"{TEAM}/tokens": {"name": word, "prefix": word, "scopes": each, "created_by": word, "created_at": at},
    f"{TEAM}/events": {"actor": word, "actor_kind": word, "at": at, "request_id": word},
    "/servers": {"name": word, "host": word, "port": word, "version": word, "databases": word},
    "/servers/main": {"name": word, "host": word, "version": word, "started_at": at, "contacted_at": at},
    "/account/events": {"actor": word, "at": at},
    "/account/tokens": {"name": word, "prefix": word, "scopes": each, "created_at": at},
}
HIDDEN_FROM_SMITH = (DATABASE, TEAM)
RIGHTS: list[tuple[str, str, str, str, dict[str, Any] | None]] = [  # page, link on it, and what it leads to
    (DATABASE, f"{DATABASE}/edit", "PATCH", DATABASE, {}),
    (DATABASE, f"{DATABASE}/transfer", "POST", f"{DATABASE}/transfer", {"team": "rangers"}),
    (DATABASE, f"{DATABASE}/removal", "DELETE", DATABASE, None),  # it is protected
    (DATABASE, f"{DATABASE}/roles/new", "POST", f"{DATABASE}/roles", {"name": "orders_app"}),  # the name is taken
    (ROLE, f"{ROLE}/edit", "PATCH", ROLE, {}),
    (ROLE, f"{ROLE}/password", "GET", f"{ROLE}/password", None),
    (TEAM, f"{TEAM}/edit", "PATCH", TEAM, {"name": "Rangers"}),
    (TEAM, f"{TEAM}/removal", "DELETE", TEAM, None),  # it has a database
    (f"{TEAM}/members", f"{TEAM}/invitations/new", "POST", f"{TEAM}/invitations", {"emails": ["cindy@park.example"]}),
    (f"{TEAM}/tokens", f"{TEAM}/tokens/new", "POST", f"{TEAM}/tokens", {"name": "x", "scopes": ["read"]}),
]


@pytest.fixture
async def furnished(park: Park) -> Park:
    """Orders with a role, both measured."""
    made = {"team": "rangers", "name": "orders", "description": "Orders of the web shop"}
    await park.yogi.program.post("/databases", json=made)
    role = {"name": "orders_app", "access": "readwrite", "valid_until": "2040-01-31T12:00:00Z"}
    assert (await park.yogi.program.post(f"{DATABASE}/roles", json=role)).status_code == 201
    async with DB.connection() as connection:
        await connection.execute(FIGURES)
    return park


async def both(person: Person, path: str) -> tuple[int, Any, Text]:
    """The same address, asked by the same person: with the browser for a page, and with the browser for JSON."""
    as_json = await person.browser.get(path, headers={"accept": "application/json"})
    page = await person.browser.get(path)
    program = await person.program.get(path)
    assert page.status_code == as_json.status_code == program.status_code, (person.name, path)
    return page.status_code, as_json.json(), Text(page.text)


@pytest.mark.parametrize("name", PEOPLE)
async def test_a_page_shows_what_the_json_of_its_address_says(furnished: Park, name: str) -> None:
    person = getattr(furnished, name)
    for path, shown in FACTS.items():
        status, said, page = await both(person, path)
        hidden = name == "smith" and path.startswith(HIDDEN_FROM_SMITH)
        assert status == (404 if hidden else 200), path
        if hidden:
            assert said["detail"] in page.text
            continue
        for fact in said.get("items", [said]):
            for field, is_shown in shown.items():
                assert fact[field] is None or is_shown(fact[field], page), (path, field, fact[field], page.text)
        if "items" in said and not said["items"]:
            assert "orders" not in page.text, path


@pytest.mark.parametrize("name", PEOPLE[:3])
async def test_a_page_offers_what_the_same_person_may_do_by_program(furnished: Park, name: str) -> None:
    person = getattr(furnished, name)
    for at_page, link, method, path, body in RIGHTS:
        page = Text((await person.browser.get(at_page)).text)
        offered = any(found.split("?")[0] == link for found in page.links)
        answer = await _sent(person.program, method, path, body)
        assert answer != 404, (name, path)
        assert offered == (answer != 403), (name, at_page, link, answer)
        by_hand = await person.browser.get(link)
        assert (by_hand.status_code == 200) == (answer != 403), (name, link, by_hand.status_code)


async def test_to_an_outsider_neither_shows_nor_does_anything(furnished: Park) -> None:
    smith = furnished.smith
    for _, link, method, path, body in RIGHTS:
        assert (await smith.browser.get(link)).status_code == 404, link
        assert await _sent(smith.program, method, path, body) == 404, path
    for path in ("/databases", "/teams", "/"):
        for client in (smith.browser, smith.program):
            answer = await client.get(path)
            assert "orders" not in answer.text
            assert "Rangers" not in answer.text


async def _sent(client: AsyncClient, method: str, path: str, body: dict[str, Any] | None) -> int:
    return (await client.request(method, path, json=body)).status_code

"""The client against Jellystone itself; and what docs/client.md shows."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jellystone import settings
from jellystone.client import (
    ApiProblem,
    AsyncJellystone,
    Conflict,
    Forbidden,
    Invalid,
    Jellystone,
    NotFound,
    Unauthorized,
)
from jellystone.facts.roles import RoleWithPassword
from tests.client.world import EMAIL, World, opened_world

DOCUMENT = Path(__file__).parents[2] / "docs/client.md"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with opened_world() as world:
        yield world


@pytest.fixture
def client(world: World) -> Iterator[Jellystone]:
    with Jellystone(world.url, world.team_token) as client:
        yield client


def test_a_database_and_its_roles_are_made_changed_and_deleted(client: Jellystone) -> None:
    made = client.databases.create("orders", description="Of the shop", slow_query_ms=50, owner_role=True)
    assert made.owner is not None
    assert (made.id, made.owner.access, made.protected) == ("main/orders", "owner", True)
    assert client.databases.put("main/orders").slow_query_ms == 50
    assert client.databases.update("main/orders", protected=False, connection_limit=None).protected is False
    role = client.roles.put("main/orders/orders_app", access="readwrite")
    assert isinstance(role, RoleWithPassword)
    assert client.roles.reveal("main/orders/orders_app").password == role.password
    until = datetime(2099, 1, 31, tzinfo=UTC)
    again = client.roles.put("main/orders/orders_app", access="readonly", valid_until=until)
    assert (type(again).__name__, again.access, again.valid_until) == ("Role", "readonly", until)
    assert client.roles.update("main/orders/orders_app", valid_until=None).valid_until is None
    changed = client.roles.change_password("main/orders/orders_app", secret_version=again.secret_version)
    assert changed.password != role.password
    with pytest.raises(Conflict):
        client.roles.change_password("main/orders/orders_app", secret_version=again.secret_version)
    client.roles.delete("main/orders/orders_app")
    client.databases.delete("main/orders")
    with pytest.raises(NotFound) as told:
        client.databases.get("main/orders")
    assert told.value.status == 404
    assert told.value.request_id


def test_lists_are_walked_page_by_page(client: Jellystone) -> None:
    client.databases.put("main/pages")
    for number in range(5):
        client.roles.create("main/pages", f"page_{number}")
    found = client.roles.list("main/pages", per_page=2)
    assert [role.name for role in found] == [f"page_{number}" for number in range(5)]
    assert [role.name for role in client.roles.list("main/pages", q="3")] == ["page_3"]
    assert len(list(client.events.of_team("rangers", object="main/pages", per_page=2))) >= 6
    assert [server.name for server in client.servers.list()] == ["main"]


def test_whoever_awaits_does_many_things_at_once(world: World) -> None:
    async def work() -> list[str]:
        async with AsyncJellystone(world.url, world.team_token) as client:
            await asyncio.gather(*(client.databases.create(f"shard_{number}") for number in range(4)))
            found = [database.name async for database in client.databases.list(q="shard", per_page=3)]
            await asyncio.gather(*(client.databases.update(f"main/{name}", protected=False) for name in found))
            await asyncio.gather(*(client.databases.delete(f"main/{name}") for name in found))
            return found

    assert asyncio.run(work()) == [f"shard_{number}" for number in range(4)]


def test_a_problem_says_everything_that_is_wrong(client: Jellystone) -> None:
    with pytest.raises(Invalid) as wrong:
        client.databases.create("Orders!", connection_limit=-1)
    assert set(wrong.value.errors) == {"name", "connection_limit"}
    assert all(words in str(wrong.value) for words in wrong.value.errors.values())
    client.databases.put("main/taken")
    with pytest.raises(Conflict) as taken:
        client.databases.create("taken")
    assert (taken.value.existing, taken.value.type) == ("main/taken", "urn:jellystone:conflict")


def test_a_token_opens_what_it_is_for_and_a_revoked_one_nothing(world: World, client: Jellystone) -> None:
    client.databases.put("main/scoped")
    client.roles.put("main/scoped/reader", access="readonly")
    issued = client.team_tokens.create("rangers", "reader", scopes=["read"], expires_in_days=1)
    with Jellystone(world.url, issued.token) as reader:
        assert reader.roles.get("main/scoped/reader").access == "readonly"
        for ask in (reader.roles.reveal, reader.roles.delete):
            with pytest.raises(Forbidden, match="scope"):
                ask("main/scoped/reader")
        client.team_tokens.delete("rangers", issued.id)
        with pytest.raises(Unauthorized, match="mistyped, expired or revoked"):
            reader.account.get()
        assert issued.token not in repr(reader)


def test_people_and_teams_are_looked_after_with_a_personal_token(world: World) -> None:
    with Jellystone(world.url, world.personal_token) as yogi:
        assert yogi.account.get().email == EMAIL
        team = yogi.teams.create("Picnic")
        assert yogi.teams.update(team.slug, name="Picnic!").name == "Picnic!"
        assert [member.rank for member in yogi.members.list(team.slug)] == ["owner"]
        invited = yogi.invitations.create(team.slug, ["booboo@park.example"], rank="viewer")
        assert [invitation.id for invitation in yogi.invitations.list(team.slug)] == [invited[0].id]
        yogi.invitations.delete(team.slug, invited[0].id)
        moved = yogi.databases.create("moving", team="rangers")
        assert yogi.databases.move(moved.id, team=team.slug).team == team.slug
        with pytest.raises(ApiProblem):
            yogi.teams.delete(team.slug)
        assert team.slug in {found.slug for found in yogi.teams.list()}


def test_what_has_no_method_is_asked_for_by_its_address(client: Jellystone) -> None:
    seen: dict[str, Any] = {}
    assert client.request("GET", "/health", heed=seen.update) == {"status": "live"}
    assert seen["x-request-id"]
    listed = client.request("GET", "/databases", query={"per_page": 1})
    assert len(listed["items"]) <= 1


def test_the_environment_says_where_and_who_and_is_no_setting_of_a_server(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JELLYSTONE_URL", world.url + "/")
    monkeypatch.setenv("JELLYSTONE_TOKEN", world.team_token)
    monkeypatch.setenv("JELLYSTONE_TIMEOUT", "20")
    with Jellystone() as client:
        assert client.options.timeout == 20
        assert client.teams.get("rangers").name == "Rangers"
    for_clients = {"JELLYSTONE_URL": world.url, "JELLYSTONE_TOKEN": "jst_…", "JELLYSTONE_TIMEOUT": "20"}
    assert settings.load(for_clients, dotenv=None).port == 4000


def test_the_documents_examples_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JELLYSTONE_URL", world.url)
    monkeypatch.setenv("JELLYSTONE_TOKEN", world.team_token)
    examples = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert len(examples) >= 4
    names: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, str(DOCUMENT), "exec"), names)
    with Jellystone() as client:
        assert client.roles.get("main/shop/shop_app").access == "readwrite"

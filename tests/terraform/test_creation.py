"""What is made once and known again: the resources themselves, against a real Jellystone, without Terraform around."""

from pathlib import Path
from typing import Any

import pytest
from tf.types import Unknown
from tf.utils import Diagnostics

from jellystone.client import Conflict, NotFound
from jellystone.terraform.databases import DatabaseResource
from jellystone.terraform.provider import JellystoneProvider
from jellystone.terraform.roles import RoleResource, rotates
from jellystone.terraform.tokens import TokenResource
from tests.terraform.conftest import World


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the configuration is: part of what makes a thing the same."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def provider(world: World) -> JellystoneProvider:
    made, diagnostics = JellystoneProvider(), Diagnostics()
    made.configure_provider(diagnostics, {"url": world.url, "token": world.team_token, "timeout": 10})
    assert not diagnostics.diagnostics, str(diagnostics)
    return made


def wish(kind: type[DatabaseResource | RoleResource | TokenResource], **given: Any) -> dict[str, Any]:
    """As Terraform plans it."""
    return kind(JellystoneProvider()).plan_beginning({field.name: given.get(field.name) for field in kind.fields})


def forget_answers(world: World) -> None:
    """What the server does by itself after an hour."""
    world.own.psql("UPDATE idempotency_keys SET answer = NULL, answered_at = now() - interval '2 hours'", "jellystone")


def test_the_same_wish_in_the_same_folder_is_the_same_database_and_elsewhere_it_is_taken(
    world: World, provider: JellystoneProvider, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases, wanted, said = DatabaseResource(provider), wish(DatabaseResource, name="once"), Diagnostics()
    first = databases.made(wanted, said)
    world.api.databases.update("main/once", description="changed meanwhile")
    again = databases.made(wanted, said)
    assert (again["created_at"], again["description"]) == (first["created_at"], "")
    other = folder / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    with pytest.raises(Conflict) as refused:
        databases.made(wanted, said)
    assert refused.value.existing == "main/once"


def test_what_was_destroyed_is_made_anew_and_not_taken_from_who_made_it_since(
    world: World, provider: JellystoneProvider
) -> None:
    databases, said = DatabaseResource(provider), Diagnostics()
    wanted = wish(DatabaseResource, name="again", protected=False)
    made = [databases.made(wanted, said)]
    for _ in range(2):
        databases.removed(made[-1])
        made.append(databases.made(wanted, said))
    assert len({one["created_at"] for one in made}) == 3
    databases.removed(made[-1])
    world.api.databases.create("again", description="somebody else's", protected=False)
    with pytest.raises(Conflict):
        databases.made(wanted, said)


def test_a_role_whose_answer_is_lost_still_gets_its_password(world: World, provider: JellystoneProvider) -> None:
    world.api.databases.create("lost")
    roles, said = RoleResource(provider), Diagnostics()
    wanted = wish(RoleResource, database="main/lost", name="lost_app", access="readwrite", enabled=True)
    first = roles.made(wanted, said)
    assert roles.made(wanted, said)["password"] == first["password"]
    forget_answers(world)
    assert roles.made(wanted, said)["password"] == first["password"], "revealed"
    no_secrets = world.yogi.team_tokens.create("rangers", "writer", scopes=["read", "write"]).token
    blind = JellystoneProvider()
    blind.configure_provider(said, {"url": world.url, "token": no_secrets})
    wanted = wish(RoleResource, database="main/lost", name="lost_job", access="readonly", enabled=True)
    assert world.can_connect(RoleResource(blind).made(wanted, said)["uri"])
    forget_answers(world)
    anew = RoleResource(blind).made(wanted, said)
    assert anew["password_version"] == 2, "made anew: nobody has seen the first one"
    assert world.can_connect(anew["uri"])
    assert not said.diagnostics


def test_a_limit_of_zero_is_a_limit(world: World, provider: JellystoneProvider) -> None:
    database = DatabaseResource(provider).made(wish(DatabaseResource, name="zero", connection_limit=0), Diagnostics())
    given = {"database": "main/zero", "name": "zero_app", "access": "readonly", "connection_limit": 0, "enabled": True}
    role = RoleResource(provider).made(wish(RoleResource, **given), Diagnostics())
    assert (database["connection_limit"], role["connection_limit"]) == (0, 0)
    assert world.api.roles.get("main/zero/zero_app").connection_limit == 0


def test_what_is_slow_is_set_changed_and_left_as_it_is(world: World, provider: JellystoneProvider) -> None:
    databases, said = DatabaseResource(provider), Diagnostics()
    wanted = wish(DatabaseResource, name="slow", slow_query_ms=50)
    made = wanted | databases.made(wanted, said)
    assert made["slow_query_ms"] == world.api.databases.get("main/slow").slow_query_ms == 50
    databases.change(made, made | {"slow_query_ms": 5000})
    assert world.api.databases.get("main/slow").slow_query_ms == 5000
    assert databases.made(wish(DatabaseResource, name="slower"), said)["slow_query_ms"] == 1000


def test_only_a_higher_number_makes_a_new_password() -> None:
    """A lower one is only a number: after an import the state has the server's count."""
    for before, wanted, new in ((1, 2, True), (2, 2, False), (7, 1, False), (None, 3, False), (1, Unknown, False)):
        assert rotates({"secret_version": before}, {"secret_version": wanted}) == new


def test_a_token_whose_answer_is_lost_is_made_again_with_a_warning(world: World, provider: JellystoneProvider) -> None:
    tokens, said = TokenResource(provider), Diagnostics()
    wanted = wish(TokenResource, team="rangers", name="deploy", scopes=["write", "read"])
    first = tokens.made(wanted, said)
    assert tokens.made(wanted, said)["token"] == first["token"]
    assert not said.diagnostics
    forget_answers(world)
    assert tokens.made(wanted, said)["token"] not in (None, first["token"])
    assert "The token deploy was made twice" in str(said)
    tokens.removed(first)
    with pytest.raises(NotFound):
        tokens.seen(first, said)


def test_a_url_that_is_not_known_yet_is_waited_for(provider: JellystoneProvider) -> None:
    later, said = JellystoneProvider(), Diagnostics()
    later.configure_provider(said, {"url": Unknown, "token": "jst_x"})
    assert not said.diagnostics
    planned = wish(DatabaseResource, name="later", server=Unknown)
    assert (planned["id"], planned["protected"]) == (Unknown, True)
    context = type("Context", (), {"diagnostics": said, "type_name": "jellystone_database"})
    assert DatabaseResource(later).read(context, {"id": "main/later"}) == {"id": "main/later"}
    assert DatabaseResource(later).create(context, planned | {"server": "main"}) is None
    assert "not known yet" in str(said)


def test_a_state_from_before_an_attribute_was_added_is_filled_up(provider: JellystoneProvider) -> None:
    brought = RoleResource(provider).brought_up(1, {"id": "main/a/b", "gone": 1}, Diagnostics())
    assert brought["id"] == "main/a/b"
    assert brought.keys() == {field.name for field in RoleResource.fields}


def test_every_attribute_is_described_and_every_secret_marked() -> None:
    provider = JellystoneProvider()
    described = [provider.get_provider_schema(Diagnostics())]
    described += [kind.get_schema() for kind in (*provider.get_resources(), *provider.get_data_sources())]
    for schema in described:
        assert (schema.version, bool(schema.description)) == (1, True)
        for attribute in schema.attributes:
            assert attribute.description, attribute.name
            secret = attribute.name in ("password", "uri", "token", "link")
            assert bool(attribute.sensitive) == secret, attribute.name

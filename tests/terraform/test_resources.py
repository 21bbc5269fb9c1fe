"""The examples of the documentation, applied by the real `terraform` to a real Jellystone; and what becomes of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jellystone.client import NotFound
from tests.terraform.conftest import World
from tests.terraform.workplace import Workplace

EXAMPLES = Path(__file__).parents[2] / "docs/examples/terraform"
Make = Callable[..., Workplace]
APP, OWNER, ANALYST = (f"jellystone_role.{name}" for name in ("application", "owner", "analyst"))
SHOP = "jellystone_database.shop"


def example(place: Workplace, name: str) -> Workplace:
    place.write((EXAMPLES / name / "main.tf").read_text(), head="")
    place.init()
    return place


def test_a_database_with_its_roles_from_the_first_apply_to_the_last(world: World, workplace: Make) -> None:
    shop = example(workplace(), "shop")
    shop.apply()
    made = shop.state
    assert made[SHOP] | {"id": "main/shop", "team": "rangers", "protected": True, "status": "ready"} == made[SHOP]
    assert (made[SHOP]["host"], made[SHOP]["port"]) == (made[APP]["host"], made[APP]["port"])
    assert made[ANALYST]["valid_until"] == "2030-01-31T12:00:00+01:00"
    assert {made[name]["secret_version"] for name in (APP, OWNER, ANALYST)} == {1}
    assert all(world.can_connect(made[name]["uri"]) for name in (APP, OWNER, ANALYST))
    plan = shop.plan()
    assert plan.code == 0, plan.out

    # others change what it made: one is gone, one is locked, one has another password, the database other words
    world.api.roles.delete("main/shop/shop_analyst")
    world.api.roles.update("main/shop/shop_app", enabled=False, connection_limit=None)
    other = world.api.roles.change_password("main/shop/shop_migrations")
    world.api.databases.update("main/shop", description="Nothing", connection_limit=3)
    plan = shop.plan()
    assert plan.code == 2
    assert plan.changes() == {ANALYST: "create", APP: "update", SHOP: "update"}
    assert set(plan.changes("resource_drift")) >= {ANALYST, APP, SHOP}

    # and at once: other wishes, new passwords, put right what was changed
    shop.apply(description="Orders", password=2)
    now = shop.state
    assert now[SHOP]["description"] == world.api.databases.get("main/shop").description == "Orders"
    assert now[SHOP]["connection_limit"] is None
    assert now[APP]["connection_limit"] == 20
    assert world.api.roles.get("main/shop/shop_app").enabled
    assert now[SHOP]["created_at"] == made[SHOP]["created_at"]
    for role in (APP, OWNER):
        assert now[role]["created_at"] == made[role]["created_at"]
        assert now[role]["password"] not in (made[role]["password"], other.password)
        assert world.can_connect(now[role]["uri"])
        assert not world.can_connect(made[role]["uri"])
    assert not world.can_connect(other.uri)
    assert now[OWNER]["password_version"] == 3
    assert world.can_connect(now[ANALYST]["uri"])

    # protected until it is told otherwise
    refused = shop.run("destroy", "-auto-approve", "-json")
    assert refused.code == 1
    assert "main/shop is protected" in refused.out
    assert "Set protected = false and apply" in refused.out
    assert world.api.roles.get("main/shop/shop_app").status == "ready"
    renamed = (shop.folder / "main.tf").read_text().replace('= "shop"', '= "shop2"')
    shop.write(renamed, name="main.tf", head="")
    plan = shop.plan(description="Orders", password=2, protected=False)
    assert plan.code == 1
    assert "main/shop is protected" in plan.out
    example(shop, "shop").apply(description="Orders", password=2, protected=False)
    shop.must("destroy", "-auto-approve", "-var=protected=false")
    assert shop.state == {}
    with pytest.raises(NotFound):
        world.api.databases.get("main/shop")


def test_a_team_with_its_people_and_its_token(world: World, workplace: Make) -> None:
    team = example(workplace(world.token), "team")
    team.apply()
    made = team.state
    member = 'jellystone_team_member.people["ranger@park.example"]'
    token = "jellystone_team_token.deploy"
    assert made[member]["status"] == "invited"
    assert made["data.jellystone_server.main"]["version"].startswith("18.")
    assert made["jellystone_database.baskets"]["team"] == made["jellystone_team.picnic"]["slug"] == "picnic"

    # who is invited is to have another rank: that takes another invitation, and its link
    team.apply(members={"ranger@park.example": "owner"})
    assert (team.state[member]["rank"], team.state[member]["status"]) == ("owner", "invited")
    assert team.state[member]["link"] != made[member]["link"]
    team.apply()
    made = team.state

    # the one who was invited comes, somebody revokes the token, and another takes the name's case badly
    ranger = world.person("ranger")
    ranger.request("POST", made[member]["link"].partition(world.url)[2], body={})
    world.yogi.team_tokens.delete("picnic", made[token]["id"].partition("/")[2])
    plan = team.plan()
    assert plan.changes() == {token: "create"}, plan.out
    team.apply(name="Picnics", members={"Ranger@park.example": "viewer"})
    now = team.state
    assert now[token]["token"] != made[token]["token"]
    assert now["jellystone_team.picnic"] | {"name": "Picnics", "slug": "picnic"} == now["jellystone_team.picnic"]
    [(address, viewer)] = [(key, value) for key, value in now.items() if key.startswith("jellystone_team_member")]
    assert address.endswith('["Ranger@park.example"]')
    assert (viewer["rank"], viewer["email"]) == ("viewer", "Ranger@park.example")
    assert team.plan(name="Picnics", members={"Ranger@park.example": "viewer"}).code == 0
    team.must("destroy", "-auto-approve")
    assert [found.slug for found in world.yogi.teams.list()] == ["rangers"]


IMPORTS = """
import {
  to = jellystone_team.rangers
  id = "rangers"
}
resource "jellystone_team" "rangers" {
  name = "Rangers"
}
import {
  to = jellystone_team_member.yogi
  id = "rangers/yogi@park.example"
}
resource "jellystone_team_member" "yogi" {
  team  = "rangers"
  email = "Yogi@park.example"
  rank  = "owner"
}
import {
  to = jellystone_team_token.ci
  id = "rangers/TOKEN"
}
resource "jellystone_team_token" "ci" {
  team            = "rangers"
  name            = "ci"
  scopes          = ["write", "read"]
  expires_in_days = 30
}
import {
  to = jellystone_database.ledger
  id = "main/ledger"
}
resource "jellystone_database" "ledger" {
  name     = "ledger"
  encoding = "utf-8"
}
import {
  to = jellystone_role.ledger
  id = "main/ledger/ledger_app"
}
resource "jellystone_role" "ledger" {
  database    = "main/ledger"
  name        = "ledger_app"
  access      = "readonly"
  valid_until = "2031-01-01T02:00:00+02:00"
}
data "jellystone_database" "ledger" {
  id = jellystone_database.ledger.id
}
data "jellystone_databases" "all" {
  team = jellystone_team.rangers.slug
}
data "jellystone_team" "rangers" {
  slug = jellystone_team.rangers.slug
}
data "jellystone_role" "ledger" {
  database = jellystone_database.ledger.id
  name     = jellystone_role.ledger.name
  reveal   = true
}
"""


def test_what_is_there_is_imported_by_its_readable_id_and_found_by_data_sources(world: World, workplace: Make) -> None:
    api = world.api
    token = world.yogi.team_tokens.create("rangers", "ci", scopes=["read", "write"], expires_in_days=30)
    api.databases.create("ledger", encoding="UTF8")
    until = datetime(2031, 1, 1, tzinfo=UTC)
    role = api.roles.create("main/ledger", "ledger_app", access="readonly", valid_until=until)
    place = workplace(world.token)
    place.write(IMPORTS.replace("TOKEN", str(token.id)))
    place.init()
    ran = place.apply()
    [summary] = [line["changes"] for line in ran.lines if line["type"] == "change_summary"][-1:]
    assert (summary["import"], summary["add"], summary["remove"]) == (5, 0, 0)
    spelt = ("jellystone_database.ledger", "jellystone_role.ledger", "jellystone_team_member.yogi")
    assert not [at for at in spelt if ran.changes().get(at) == "update"], "another spelling is no other value"
    state = place.state
    assert (
        state["jellystone_role.ledger"]["password"] == role.password == state["data.jellystone_role.ledger"]["password"]
    )
    assert state["jellystone_role.ledger"]["uri"] == role.uri
    assert state["data.jellystone_database.ledger"]["encoding"] == "UTF8"
    assert state["data.jellystone_databases.all"]["ids"] == ["main/ledger"]
    assert state["data.jellystone_team.rangers"]["databases"] == 1
    assert place.plan().code == 0
    ran = place.run("import", "jellystone_role.ledger", "ledger_app")
    assert "Write server/database/role, such as main/orders/orders_app." in ran.out
    api.databases.update("main/ledger", protected=False)
    api.databases.delete("main/ledger")


PARTLY_KNOWN = """
resource "jellystone_database" "shelf" {
  count     = 2
  name      = "shelf_${count.index}"
  protected = false
}
resource "jellystone_role" "reader" {
  count    = 2
  database = jellystone_database.shelf[count.index].id
  name     = "reader_of_${jellystone_database.shelf[count.index].name}"
  access   = "readonly"
}
resource "jellystone_database" "copy" {
  name        = "copy"
  description = "Begun after ${jellystone_database.shelf[0].created_at}"
  protected   = false
}
"""


def test_a_value_of_which_only_the_beginning_is_known_is_waited_for(world: World, workplace: Make) -> None:
    place = workplace()
    place.write(PARTLY_KNOWN)
    place.init()
    ran = place.run("validate")
    assert ran.code == 0, ran.out
    place.apply()
    begun = place.state["jellystone_database.copy"]["description"]
    assert begun.startswith("Begun after 2")
    assert world.api.roles.get("main/shelf_1/reader_of_shelf_1").access == "readonly"
    assert place.plan().code == 0
    place.must("destroy", "-auto-approve")

"""What is wrong is said before anything is asked for if it can be, and otherwise at the line that must be changed."""

from collections.abc import Callable

import pytest
from tf.utils import Diagnostics

from jellystone.terraform.provider import JellystoneProvider
from tests.client.answering import Answer, answering
from tests.terraform.conftest import World
from tests.terraform.workplace import Workplace

Make = Callable[..., Workplace]

WRONG = """
resource "jellystone_database" "a" {
  name = "Orders"
  description = "${"x"}${join("", [for i in range(500) : "y"])}"
  connection_limit = -1
  locale_provider = "ldap"
}
resource "jellystone_database" "b" {
  name = "select"
  server = "main/other"
}
resource "jellystone_database" "c" {
  name = "stock_owner"
  status = "ready"
}
resource "jellystone_role" "d" {
  database = "orders"
  name = "pg_orders"
  access = "admin"
  valid_until = "tomorrow"
  secret_version = 0
}
resource "jellystone_team" "e" {
  name = " x"
}
resource "jellystone_team_member" "f" {
  team = "rangers"
  email = "booboo"
  rank = "king"
}
resource "jellystone_team_token" "g" {
  team = "rangers"
  name = ""
  scopes = ["read", "root"]
  expires_in_days = 0.5
}
data "jellystone_database" "h" {
  server = "main"
}
"""
SAID = {
    'name = "Orders"': "Use small letters (a to z), digits and underscores",
    'description = "${"x"}${join("", [for i in range(500) : "y"])}"': "Use at most 500 characters.",
    "connection_limit = -1": "Must be at least 0.",
    'locale_provider = "ldap"': "these: libc, icu, builtin.",
    'name = "select"': "select is a word of SQL. Choose another, such as select_1.",
    'server = "main/other"': "Give a server's name, such as main.",
    'name = "stock_owner"': "Names ending in _owner, _rw or _ro are kept",
    'status = "ready"': "",
    'database = "orders"': "Write it as server/database, such as main/orders.",
    'name = "pg_orders"': "has a meaning of its own on PostgreSQL servers",
    'access = "admin"': "these: owner, readwrite, readonly.",
    'valid_until = "tomorrow"': "such as 2030-01-31T12:00:00Z",
    "secret_version = 0": "Give a whole number, 1 or more.",
    'name = " x"': "Give a name of 2 to 64 characters, without a space at either end.",
    'email = "booboo"': "Give an e-mail address",
    'rank = "king"': "these: owner, member, viewer.",
    'name = ""': "Please fill this in.",
    'scopes = ["read", "root"]': "Choose at least one scope: read, write, secrets or admin.",
    "expires_in_days = 0.5": "Give a whole number.",
}


def test_names_and_values_that_the_server_would_refuse_are_refused_without_it(world: World, workplace: Make) -> None:
    place = workplace()
    place.variables["JELLYSTONE_URL"] = "http://localhost:1"
    place.write(WRONG)
    place.init()
    found = place.run("plan", "-json").errors
    for line, words in SAID.items():
        assert line in found, found
        assert words in found[line], found[line]
    assert "Give either id, such as main/orders, or name." in found['data "jellystone_database" "h" {']
    assert set(found) == {*SAID, 'data "jellystone_database" "h" {'}


def test_a_wrong_token_is_told_once_and_not_for_each_resource(world: World, workplace: Make) -> None:
    place = workplace("jst_wrong")
    place.write('provider "jellystone" {\n}\nresource "jellystone_database" "a" {\n  name = "a"\n}\n')
    place.init()
    found = place.run("plan", "-json").errors
    assert [*found] == ['provider "jellystone" {'], found
    assert "The token is not valid" in found['provider "jellystone" {']


@pytest.mark.parametrize(
    ("config", "path", "words"),
    [
        ({"token": "jst_x"}, "url", "Say where Jellystone is: its url, or the variable JELLYSTONE_URL."),
        ({"url": "localhost:4000", "token": "jst_x"}, "url", "must be like https://"),
        (
            {"url": "http://localhost:1"},
            "token",
            "Set `token` in the provider block, or the variable JELLYSTONE_TOKEN.",
        ),
        ({"url": "http://localhost:1", "token": "not one"}, "token", "This is no token"),
        ({"url": "http://localhost:1", "token": "jst_x"}, "url", "http://localhost:1 cannot be reached"),
        ({"url": "https://localhost:1", "token": "jst_x", "ca_file": "/dev/null"}, "ca_file", "/dev/null"),
    ],
)
def test_who_does_not_say_where_and_who_is_told_what_to_set(
    config: dict[str, str], path: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("URL", "TOKEN", "CA_FILE"):
        monkeypatch.delenv(f"JELLYSTONE_{name}", raising=False)
    said = Diagnostics()
    JellystoneProvider().configure_provider(said, {"timeout": 1, **config})
    [told] = said.diagnostics
    assert (told.severity, told.path) == ("error", [path])
    assert words in f"{told.summary} {told.detail}"


@pytest.mark.parametrize("answer", [(404, {}, b"<html>Nothing here</html>"), (200, {}, b"<html>Sign in</html>")])
def test_what_is_no_jellystone_is_told_before_everything_seems_to_be_gone(answer: Answer) -> None:
    said = Diagnostics()
    with answering(answer) as server:
        JellystoneProvider().configure_provider(said, {"timeout": 1, "url": server.url, "token": "jst_x"})
        [told] = said.diagnostics
    assert (told.severity, told.path) == ("error", ["url"])
    assert "is the url right" in str(told.detail).lower()


REFUSED = """
provider "jellystone" {
  timeout = 2
}
resource "jellystone_database" "mine" {
  name = "taken"
}
resource "jellystone_database" "alien" {
  name = "alien"
}
resource "jellystone_database" "icu" {
  name   = "icu"
  locale = "xx_nowhere"
}
resource "jellystone_database" "far" {
  name   = "far"
  server = "mars"
}
resource "jellystone_role" "lost" {
  database = "main/nowhere"
  name     = "lost"
  access   = "owner"
}
resource "jellystone_team_member" "yogi" {
  team  = "rangers"
  email = "yogi@park.example"
}
"""


def test_what_the_server_refuses_is_told_at_the_line_to_change(world: World, workplace: Make) -> None:
    world.api.databases.create("taken", description="made by hand", protected=False)
    smith = world.person("ranger")
    smith.teams.create("Foreigners")
    smith.databases.create("alien", team="foreigners", protected=False)
    place = workplace()
    place.write(REFUSED)
    place.init()
    refused = place.run("apply", "-auto-approve", "-json")
    assert refused.code == 1
    found = refused.errors
    assert "import it: terraform import jellystone_database.NAME main/taken" in found['name = "taken"']
    assert "The name alien is taken on main." in found['name = "alien"']
    assert "main/alien" not in found['name = "alien"'], "it belongs to others"
    assert "xx_nowhere" in found['locale = "xx_nowhere"']
    assert "mars" in found['server = "mars"']
    assert "There is no database main/nowhere" in found['database = "main/nowhere"']
    assert (
        "terraform import jellystone_team_member.NAME rangers/yogi@park.example" in found['email = "yogi@park.example"']
    )
    assert len(found) == 6
    assert place.state == {}
    assert world.api.databases.get("main/taken").description == "made by hand"

    token = world.yogi.team_tokens.create("rangers", "reader", scopes=["read"]).token
    place.variables["JELLYSTONE_TOKEN"] = token
    place.write('resource "jellystone_database" "b" {\n  name = "b"\n}\n')
    [forbidden] = place.run("apply", "-auto-approve", "-json").errors.values()
    assert "The token may not do this" in forbidden
    assert "'write'" in forbidden


DOWN = """
provider "jellystone" {
  timeout = 3
}
resource "jellystone_database" "down" {
  name   = "down"
  server = "main"
}
"""


def test_a_managed_server_that_does_not_answer_is_named_at_its_line(world: World, workplace: Make) -> None:
    place = workplace()
    place.write(DOWN)
    place.init()
    world.managed.stop()
    try:
        found = place.run("apply", "-auto-approve", "-json").errors
    finally:
        world.managed.start()
    assert "main" in found['server = "main"'], found
    assert "does not answer" in found['server = "main"']

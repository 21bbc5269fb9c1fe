"""docs/api: the description that is kept, what of it was released, and what may change."""

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jellystone.cli.openapi import printed
from tests.compatibility import breaks
from tests.description import described
from tests.serving import open_folder, run

DOCS = Path(__file__).parents[1] / "docs" / "api"
RENEW = "Renew it: uv run jellystone openapi > docs/api/openapi.json"


def kept(name: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((DOCS / name).read_bytes())
    return found


def test_the_kept_description_is_what_the_code_gives() -> None:
    given = printed(described()) + "\n"
    assert (DOCS / "openapi.json").read_text() == given, RENEW


def test_nothing_that_was_released_is_taken_away_but_what_the_changelog_says() -> None:
    told = (DOCS / "changelog.md").read_text()
    unsaid = [line for line in breaks(kept("released.json"), described()) if f"- {line}" not in told]
    assert unsaid == [], (
        "Programs rely on this. Leave it, or write these lines into docs/api/changelog.md, as they are."
    )


def test_the_command_line_prints_it_without_a_database_or_settings() -> None:
    with open_folder() as folder:
        spread = run(folder, "openapi", JELLYSTONE_DATABASE_URL="hush")
        compact = run(folder, "openapi", "--compact")
    assert spread.stdout == (DOCS / "openapi.json").read_text()
    assert compact.stdout.count("\n") == 1
    assert msgspec.json.decode(compact.stdout) == msgspec.json.decode(spread.stdout)


def at(description: dict[str, Any], *steps: str) -> dict[str, Any]:
    for step in steps:
        description = description[step]
    return description


DATABASE = ("components", "schemas", "Database")
NEW = ("components", "schemas", "NewDatabase")
CREATE = ("paths", "/databases", "post")
LIST = ("paths", "/databases", "get")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["paths"].pop("/databases"), "POST /databases is gone."),
        (lambda d: at(d, "paths", "/databases").pop("get"), "GET /databases is gone."),
        (lambda d: at(d, *CREATE).update(operationId="makeDatabase"), "is not called createDatabase any more"),
        (lambda d: at(d, *CREATE)["security"][0]["personalToken"].append("admin"), "or asks for more scopes"),
        (lambda d: at(d, *CREATE)["responses"].pop("201"), "201 is not answered any more"),
        (lambda d: at(d, *CREATE, "responses", "201", "headers").pop("Location"), "header Location is gone"),
        (lambda d: at(d, *LIST)["parameters"].pop(0), "query parameter page is gone"),
        (lambda d: at(d, *LIST)["parameters"][0].update(required=True), "query parameter page is required now"),
        (lambda d: at(d, *LIST)["parameters"][1]["schema"].update(maximum=100), "per_page has a narrower maximum"),
        (lambda d: at(d, *DATABASE, "properties").pop("size_bytes"), "200 .items[] .size_bytes is gone."),
        (lambda d: at(d, *DATABASE)["required"].remove("size_bytes"), ".size_bytes may be missing now"),
        (lambda d: at(d, *DATABASE, "properties", "roles").update(type="string"), ".roles may be string."),
        (lambda d: at(d, *DATABASE, "properties", "created_at").pop("format"), ".created_at has another format"),
        (lambda d: at(d, "components", "schemas", "DatabaseStatus")["enum"].append("lost"), "other words to choose"),
        (lambda d: at(d, *NEW, "properties").pop("description"), "body .description is gone"),
        (lambda d: at(d, *NEW)["required"].append("team"), "body .team is required now"),
        (lambda d: at(d, *NEW, "properties", "name").update(maxLength=20), "body .name has a narrower maxLength"),
        (
            lambda d: at(d, *NEW, "properties", "team").update(anyOf=[{"type": "string"}]),
            ".team takes no null any more",
        ),
        (lambda d: at(d, "components", "schemas", "Access")["enum"].remove("owner"), ".access has other words"),
    ],
)
def test_what_a_program_would_stumble_over_is_told(change: Any, words: str) -> None:
    before = kept("openapi.json")
    after = copy.deepcopy(before)
    change(after)
    assert any(words in line for line in breaks(before, after)), breaks(before, after)


def test_what_is_only_added_breaks_nothing() -> None:
    before = kept("openapi.json")
    after = copy.deepcopy(before)
    after["paths"]["/honey"] = {"get": {}}
    at(after, *DATABASE, "properties")["honey"] = {"type": "string"}
    at(after, *DATABASE)["required"].append("honey")
    at(after, *NEW, "properties")["honey"] = {"type": "string"}
    at(after, *NEW, "properties", "name")["maxLength"] = 63
    at(after, *LIST)["parameters"].append({"name": "honey", "in": "query", "schema": {"type": "string"}})
    assert breaks(before, after) == []

"""The API description: whole, readable and true to what it describes. That it is kept is `test_contract.py`'s."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from tests.park import Park

pytestmark = pytest.mark.anyio
METHODS = {"get", "post", "put", "patch", "delete"}
LINKS = {
    *("askForPasswordReset", "getPasswordReset", "resetPassword", "getConfirmation", "confirmEmail"),
    *("getInvitation", "acceptInvitation", "getUnsubscription", "unsubscribe"),
}


@pytest.fixture
async def description(park: Park) -> dict[str, Any]:
    stranger = await park.client()
    answer = await stranger.get("/api/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json()
    return described


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        yield from ((path, method, item[method]) for method in METHODS & item.keys())


async def test_every_operation_has_a_name_a_summary_and_a_tag_that_is_explained(description: dict[str, Any]) -> None:
    explained = {tag["name"]: tag["description"] for tag in description["tags"]}
    names = []
    for path, method, operation in operations(description):
        where = f"{method} {path}"
        names.append(operation["operationId"])
        assert operation["operationId"].isalpha(), where
        assert operation["operationId"][0].islower(), where
        assert operation["summary"], where
        assert operation["description"], where
        assert explained[operation["tags"][0]], where
    assert len(names) == len(set(names))
    assert {"createDatabase", "createRole", "createTeam", "changeRolePassword", "revealRolePassword"} <= set(names)


async def test_every_example_fits_its_schema(description: dict[str, Any]) -> None:
    bodies = 0
    for path, method, operation in operations(description):
        sent = [operation["requestBody"]] if "requestBody" in operation else []
        for body in [*sent, *operation["responses"].values()]:
            body = _resolved(description, body)
            for kind, content in body.get("content", {}).items():
                where = f"{method} {path} {kind}"
                schema = {**content["schema"], "components": description["components"]}
                found = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
                assert [error.message for error in found.iter_errors(content["example"])] == [], where
                bodies += 1
    assert bodies > 100


async def test_every_parameter_is_described(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for parameter in _parameters(description, operation):
            assert parameter["description"], f"{method} {path} {parameter['name']}"


async def test_what_is_sent_takes_no_unknown_field_and_is_described_as_json_only(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        if body := operation.get("requestBody"):
            assert list(body["content"]) == ["application/json"]
            schema = _resolved(description, body["content"]["application/json"]["schema"])
            assert schema["additionalProperties"] is False, f"{method} {path}"


async def test_every_error_is_a_problem(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for status, response in operation["responses"].items():
            if int(status) >= 400 and "$ref" in response:
                assert list(_resolved(description, response)["content"]) == ["application/problem+json"]
        assert "401" in operation["responses"], f"{method} {path}"


async def test_a_field_that_may_be_left_out_is_told_from_one_that_may_be_null(description: dict[str, Any]) -> None:
    changes = description["components"]["schemas"]["ChangesOfDatabase"]
    assert changes["required"] == []
    assert changes["properties"]["description"]["type"] == "string"
    kinds = [choice["type"] for choice in changes["properties"]["connection_limit"]["anyOf"]]
    assert kinds == ["integer", "null"]


async def test_answers_tell_of_their_headers(description: dict[str, Any]) -> None:
    made = description["paths"]["/databases"]["post"]["responses"]["201"]
    listed = description["paths"]["/databases"]["get"]["responses"]["200"]
    tired = description["components"]["responses"]["TooManyRequests"]
    assert {"X-Request-Id", "Location"} <= set(made["headers"])
    assert {"X-Request-Id", "Link"} <= set(listed["headers"])
    assert {"X-Request-Id", "Retry-After"} <= set(tired["headers"])


async def test_only_what_a_stranger_may_do_needs_no_token(description: dict[str, Any]) -> None:
    free = {
        operation["operationId"]
        for _, _, operation in operations(description)
        if operation["security"] == [] or {} in operation["security"]
    }
    assert free == {"createAccount", "signIn", "getHealth", "getReadiness", *LINKS}
    assert set(description["components"]["securitySchemes"]) == {"personalToken", "teamToken", "session"}


async def test_names_of_shapes_are_plain(description: dict[str, Any]) -> None:
    assert "TeamList" in description["components"]["schemas"]
    assert all(name.isalpha() for name in description["components"]["schemas"])
    assert "jellystone.facts" not in json.dumps(description["components"])


def _parameters(description: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [_resolved(description, parameter) for parameter in operation.get("parameters", [])]


def _resolved(description: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """What a reference within the description leads to."""
    found: dict[str, Any] = part
    if "$ref" in part:
        found = description
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return found


async def test_a_choice_of_words_has_one_name_wherever_it_occurs(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    assert schemas["Access"]["enum"] == ["owner", "readonly", "readwrite"]
    assert {schemas[name]["properties"]["access"]["$ref"] for name in ("NewRole", "Role", "WantedRole")} == {
        "#/components/schemas/Access"
    }
    assert "failed" in schemas["RoleStatus"]["enum"]
    assert "given up" in schemas["MailStatus"]["enum"]


async def test_a_parameter_is_never_null(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for parameter in _parameters(description, operation):
            assert isinstance(parameter["schema"].get("type", ""), str), f"{method} {path} {parameter['name']}"
            assert None not in parameter["schema"].get("enum", []), f"{method} {path} {parameter['name']}"

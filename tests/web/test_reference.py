"""The page /api: whole without JavaScript, and its examples do what they say."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from jellystone.client import nouns
from jellystone.client.calls import Call, Waiting
from jellystone.web import api
from jellystone.web.examples import METHODS
from jellystone.web.reference import Operation, Reference, marked
from tests.description import described
from tests.park import Park

SITE = "https://park.example"


class Client:
    """Keeps what it is to send."""

    def __init__(self) -> None:
        self.calls: list[Call[Any]] = []

    def send(self, call: Call[Any]) -> None:
        self.calls.append(call)

    def items(self, call: Call[Any]) -> Iterator[None]:
        self.send(call)
        yield from ()

    def request(self, method: str, path: str, body: Any = None) -> None:
        self.send(Call(method, path, bytes, body))


class Program(nouns.All[Waiting]):
    def __init__(self) -> None:
        self.sent = Client()
        self.request = self.sent.request
        super().__init__(self.sent)

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(described())


@pytest.fixture(scope="module")
def operations(reference: Reference) -> list[Operation]:
    return [operation for section in reference.sections for operation in section.operations]


def addressed(operation: Operation) -> str:
    return operation.path.format(**{one.name: one.example for one in operation.parameters if one.place == "path"})


def test_python_examples_send_what_the_operation_takes(operations: list[Operation]) -> None:
    for operation in operations:
        program = Program()
        code = operation.python.replace("from jellystone.client import Jellystone\n", "")
        exec(compile(code, operation.name, "exec"), {"Jellystone": lambda program=program: program})
        call = program.sent.calls[-1]
        meant = addressed(operation)
        assert (call.method, call.path.replace("%40", "@").replace("%E2%80%A6", "…")) == (operation.method, meant)
        assert json.loads(operation.body or "{}").items() <= dict(call.body or {}).items(), operation.name


def test_curl_examples_are_one_command_each(operations: list[Operation]) -> None:
    for operation in operations:
        words = shlex.split(operation.curl.replace("$JELLYSTONE_URL", SITE))
        assert words[0] == "curl"
        assert SITE + addressed(operation) in words
        method = words[words.index("-X") + 1] if "-X" in words else "POST" if "-d" in words else "GET"
        assert method == operation.method
        if operation.body:
            assert json.loads(words[words.index("-d") + 1]) == json.loads(operation.body)
        sent = [word for word in words if word.startswith("Authorization") or word == "-b"]
        assert len(sent) == (0 if operation.open else 1), operation.name


def test_every_method_of_the_client_that_is_told_belongs_to_an_operation(operations: list[Operation]) -> None:
    assert METHODS.keys() <= {operation.name for operation in operations}


def test_the_page_tells_everything_without_a_script(reference: Reference, operations: list[Operation]) -> None:
    page = str(api.rendered(reference))
    assert len(operations) > 80
    for operation in operations:
        assert f'id="{operation.name}"' in page
        assert str(marked(operation.takes)) in page
        assert operation.errors
    for shape in reference.shapes:
        assert f'id="shape-{shape.name}"' in page
    assert "<script" not in page
    assert "style=" not in page


def test_words_are_escaped_before_they_are_marked() -> None:
    assert marked("<b> `<i>` **x**") == "&lt;b&gt; <code>&lt;i&gt;</code> <strong>x</strong>"


@pytest.mark.anyio
async def test_visitors_and_people_see_it_and_a_second_look_is_quick(park: Park) -> None:
    visitor = await park.client(accept="text/html")
    for client in (visitor, park.yogi.browser):
        answer = await client.get("/api")
        assert answer.status_code == 200
        assert "Create a database for a team" in answer.text
    assert api.reference(park.app) is api.reference(park.app)
    assert (await visitor.get("/api/openapi.json")).json()["openapi"].startswith("3.1")

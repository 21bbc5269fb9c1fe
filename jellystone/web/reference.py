"""/api for people: the description, arranged as a page shows it. Made once; see templates/_reference.html."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from jellystone.web import examples
from jellystone.web.negotiation import JSON

Schema = dict[str, Any]
LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {}",
    "maxItems": "at most {} of them",
}


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body. `kind` is in words; `shape` names what stands in it, if that has a name."""

    name: str
    kind: str
    shape: str
    words: str
    required: bool
    limits: str
    place: str = ""
    example: Any = ""


@dataclass(frozen=True)
class Answer:
    status: str
    words: str
    shape: str = ""
    example: str = ""


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    summary: str
    words: str
    takes: str
    scopes: list[str]
    open: bool
    tokens: bool
    parameters: list[Field]
    fields: list[Field]
    body: str
    answers: list[Answer]
    errors: list[str]
    curl: str
    python: str


@dataclass(frozen=True)
class Section:
    name: str
    words: str
    operations: list[Operation] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Shape:
    name: str
    words: str
    fields: list[Field]
    choices: list[str]


class Reference:
    """The whole description in parts."""

    def __init__(self, description: Schema):
        self.description = description
        self.about = _paragraphs(description["info"]["description"])
        self.sections = [Section(tag["name"], tag["description"]) for tag in description["tags"]]
        of = {section.name: section for section in self.sections}
        for path, item in description["paths"].items():
            for method, operation in item.items():
                of[operation["tags"][0]].operations.append(self._operation(method.upper(), path, operation))
        self.count = sum(len(section.operations) for section in self.sections)
        self.errors = [
            self._answer(str(content["example"]["status"]), answer)
            for answer in description["components"]["responses"].values()
            for content in answer["content"].values()
        ]
        self.shapes = [
            Shape(name, schema.get("description", ""), list(self._fields(schema)), schema.get("enum", []))
            for name, schema in description["components"]["schemas"].items()
        ]

    def _operation(self, method: str, path: str, operation: Schema) -> Operation:
        content = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
        example = content.get("example")
        parameters = [self._resolved(parameter) for parameter in operation.get("parameters", [])]
        values = {one["name"]: one.get("example", "") for one in parameters if one["in"] == "path"}
        answers, common = {}, []
        for status, answer in operation["responses"].items():
            if status >= "4" and "$ref" in answer:
                common.append(status)
            else:
                answers[status] = self._answer(status, answer)
        words, _, takes = operation["description"].rpartition("\n\n")
        return Operation(
            name=operation["operationId"],
            method=method,
            path=path,
            summary=operation["summary"],
            words=words.removeprefix(operation["summary"]).lstrip(". "),
            takes=takes,
            scopes=sorted({scope for one in operation["security"] for scopes in one.values() for scope in scopes}),
            open=operation["security"] == [] or {} in operation["security"],
            tokens=operation["security"] != [{"session": []}],
            parameters=[self._field(one["name"], one, one["schema"]) for one in parameters],
            fields=list(self._fields(self._resolved(content["schema"]))) if content else [],
            body="" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
            answers=list(answers.values()),
            errors=sorted(common),
            curl=examples.with_curl(method, path, operation, values, example),
            python=examples.with_python(method, path, operation, values, example),
        )

    def _answer(self, status: str, answer: Schema) -> Answer:
        found = self._resolved(answer)
        content: Schema = next(iter(found.get("content", {}).values()), {})
        example = content.get("example")
        shown = "" if example is None else json.dumps(example, indent=2, ensure_ascii=False)
        return Answer(status, found["description"], _shape(content.get("schema", {})), shown)

    def _fields(self, schema: Schema) -> Iterator[Field]:
        for name, one in schema.get("properties", {}).items():
            yield self._field(name, {**one, "required": name in schema.get("required", [])}, one)

    def _field(self, name: str, said: Schema, schema: Schema) -> Field:
        return Field(
            name=name,
            kind=self._kind(schema),
            shape=_shape(schema),
            words=said.get("description", ""),
            required=bool(said.get("required")),
            limits=_limits(schema),
            place=said.get("in", ""),
            example=said.get("example", schema.get("default", "")),
        )

    def _kind(self, schema: Schema) -> str:
        """What it is, in words; choices are spelt out, for they are what one came for."""
        if "anyOf" in schema:
            return " or ".join(self._kind(choice) for choice in schema["anyOf"])
        if "$ref" in schema:
            found = self._resolved(schema)
            return self._kind(found) if "enum" in found else str(found.get("title", "object"))
        if "enum" in schema:
            return " or ".join(map(json.dumps, schema["enum"]))
        if schema.get("type") == "array":
            return f"list of {self._kind(schema['items'])}" if "items" in schema else "list"
        kinds = schema.get("type", "anything")
        named = {"date-time": "time", "uuid": "UUID"}.get(schema.get("format", ""))
        return named or " or ".join(kinds if isinstance(kinds, list) else [kinds])

    def _resolved(self, part: Schema) -> Schema:
        found: Schema = part
        if "$ref" in part:
            found = self.description
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        return found


def _limits(schema: Schema) -> str:
    """What it must keep to, and what it is when it is left out; as sentences."""
    kept = ", ".join(words.format(schema[rule]) for rule, words in LIMITS.items() if schema.get(rule, 1) != 1)
    default = schema.get("default")
    left_out = "" if default in ("", None) else f" Left out: `{json.dumps(default)}`."
    return (f"{kept[:1].upper()}{kept[1:]}." if kept else "") + left_out


def _shape(schema: Schema) -> str:
    """The component that it is, or is a list of, or may be."""
    for one in (schema, schema.get("items", {}), *schema.get("anyOf", [])):
        if "$ref" in one:
            return str(one["$ref"].rpartition("/")[2])
    return ""


def marked(text: str) -> Markup:
    """The little Markdown that descriptions have: `code` and **strong**."""
    found = re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", found))  # noqa: S704


def broken(path: str) -> Markup:
    """A path that may be broken before each slash."""
    return Markup("<wbr>/").join(path.split("/"))


def _paragraphs(text: str) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]

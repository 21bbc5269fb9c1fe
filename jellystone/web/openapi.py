"""/api/openapi.json: what Litestar infers, completed by what it cannot know.

Paths and parameters are Litestar's; the shapes come from msgspec itself, so that the description says exactly what
the decoder does; words come from docstrings and `Meta`. Form encodings are for our own pages and not described.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler

from jellystone.web import links, openapi_parameters, problems, protocol, scopes, shapes
from jellystone.web.errors import Problem
from jellystone.web.identity import cookie_name
from jellystone.web.negotiation import CSV, JSON
from jellystone.web.preface import ABOUT, HEADERS, TAGS
from jellystone.web.specimens import specimen
from jellystone.web.tables import Record

Schema = dict[str, Any]
REF = "#/components/schemas/"
WORDS = {
    200: "Here it is.",
    201: "It is made.",
    202: "A mail is on its way.",
    204: "It is done; there is nothing to show.",
    503: "Not now.",
}


def description_of(app: Litestar) -> Schema:
    """The whole description: Litestar's with the shapes, words, errors and examples of our handlers."""
    description: Schema = app.openapi_schema.to_schema()
    handlers = dict(_handlers(app))
    kinds: list[Any] = [Problem]
    for handler in handlers.values():
        kinds += [kind for kind in (_sent(handler), *_answers(handler).values()) if kind is not None]
    references, schemas = msgspec.json.schema_components(kinds, ref_template=REF + "{name}")
    reference_of = dict(zip(map(str, kinds), references, strict=True))
    shapes.clean(schemas)
    for place, operation in _operations(description):
        _complete(operation, handlers[place], reference_of, schemas)
    description["info"] |= {"description": ABOUT, "license": {"name": "MIT", "identifier": "MIT"}}
    description["paths"] = {path: _ordered(item) for path, item in sorted(description["paths"].items())}
    description["tags"] = list(_tags(handlers.values()))
    description["security"] = [{"personalToken": []}, {"teamToken": []}, {"session": []}]
    description["components"] = {
        "schemas": dict(sorted(schemas.items())),
        "responses": problems.responses(),
        "headers": HEADERS | protocol.HEADERS,
        "parameters": protocol.PARAMETERS,
        "securitySchemes": _schemes(),
    }
    return _renamed(description)


def _complete(operation: Schema, handler: HTTPRouteHandler, reference_of: Schema, schemas: Schema) -> None:
    """Tell what Litestar cannot know about an operation."""
    operation |= _words(handler) | {"security": scopes.said(handler)}
    operation.pop("deprecated", None)
    if "parameters" in operation:
        operation["parameters"] = [openapi_parameters.cleaned(parameter) for parameter in operation["parameters"]]
    if sent := _sent(handler):
        operation["requestBody"] = _body(reference_of[str(sent)], schemas)
    answers = {
        str(status): _answer(status, reference_of.get(str(kind)), schemas) for status, kind in _answers(handler).items()
    }
    if _is_record(handler):
        answers["200"]["content"][CSV] = {"schema": {"type": "string"}, "example": "id,at,actor,…\r\n"}
    operation["responses"] = answers | {
        str(status): {"$ref": f"#/components/responses/{problems.key(status)}"}
        for status in problems.possible(handler, operation.get("parameters", []))
    }
    protocol.describe(operation, handler)
    links.describe(operation)


def _ordered(item: Schema) -> Schema:
    """Methods as one thinks of them."""
    return {method: item[method] for method in ("get", "post", "put", "patch", "delete") if method in item}


def _handlers(app: Litestar) -> Iterator[tuple[tuple[str, str], HTTPRouteHandler]]:
    """By path and method, as the description has them."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and handler.resolve_include_in_schema():
                yield from (((route.path_format or "/", method.lower()), handler) for method in handler.http_methods)


def _operations(description: Schema) -> Iterator[tuple[tuple[str, str], Schema]]:
    for path, item in description["paths"].items():
        yield from (((path, method), operation) for method, operation in item.items() if "operationId" in operation)


def _sent(handler: HTTPRouteHandler) -> Any:
    field = handler.parsed_fn_signature.parameters.get("data")
    return field.annotation if field else None


def _answers(handler: HTTPRouteHandler) -> dict[int, Any]:
    """What it answers with when all goes well, by status: `Page[Team]` shows a Team."""
    annotation = handler.parsed_fn_signature.return_type.annotation
    kind = get_args(annotation)[0] if issubclass(get_origin(annotation) or annotation, Response) else annotation
    others = {status: spec.data_container for status, spec in (handler.responses or {}).items()}
    return {handler.status_code: None if kind is type(None) else kind} | others


def _is_record(handler: HTTPRouteHandler) -> bool:
    annotation = handler.parsed_fn_signature.return_type.annotation
    return issubclass(get_origin(annotation) or annotation, Record)


def _words(handler: HTTPRouteHandler) -> Schema:
    """A docstring's first sentence is the summary; who may, follows it."""
    text = " ".join((handler.fn.__doc__ or "").split())
    described = f"{text}\n\n{scopes.in_words(handler)}"
    return {"summary": text.partition(". ")[0].rstrip("."), "description": described}


def _content(reference: Schema, schemas: Schema, *, sent: bool = False) -> Schema:
    return {"content": {JSON: {"schema": reference, "example": specimen(reference, schemas, sent=sent)}}}


def _answer(status: int, reference: Schema | None, schemas: Schema) -> Schema:
    headers = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
    if status == 201:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    if reference and _is_list(schemas.get(reference.get("$ref", "").removeprefix(REF), {})):
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    shown = _content(reference, schemas) if reference else {}
    return {"description": WORDS[status], "headers": headers, **shown}


def _is_list(schema: Schema) -> bool:
    return set(schema.get("properties", {})) >= {"items", "total", "next"}


def _body(reference: Schema, schemas: Schema) -> Schema:
    """A misspelt field is an error. No body at all is an empty one: fine where no field is required."""
    schema = schemas[reference["$ref"].removeprefix(REF)]
    schema["additionalProperties"] = False
    return {"required": bool(schema["required"]), **_content(reference, schemas, sent=True)}


def _tags(handlers: Iterable[HTTPRouteHandler]) -> Iterator[Schema]:
    """In the order of the preface. One that it does not know is told by the first line of its route module."""
    words = dict(TAGS)
    for handler in handlers:
        for tag in handler.resolve_tags():
            said = (sys.modules[handler.fn.__module__].__doc__ or "").partition("\n")[0].partition(": ")[2]
            words.setdefault(tag, said[:1].upper() + said[1:])
    used = {tag for handler in handlers for tag in handler.resolve_tags()}
    yield from ({"name": tag, "description": said} for tag, said in words.items() if tag in used)


def _schemes() -> Schema:
    return {
        "personalToken": {"type": "http", "scheme": "bearer", "bearerFormat": "jsp_…", "description": "A person's."},
        "teamToken": {"type": "http", "scheme": "bearer", "bearerFormat": "jst_…", "description": "A team's."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(),
            "description": "What browsers have; programs rather use a token.",
        },
    }


def _renamed(description: Schema) -> Schema:
    """A list of teams is called TeamList."""
    text = msgspec.json.encode(description).decode()
    for name in description["components"]["schemas"]:
        if name.startswith("Listing_"):
            of = name.removeprefix("Listing_").rstrip("_")
            text = text.replace(f'"{name}"', f'"{of}List"').replace(f'/{name}"', f'/{of}List"')
            text = text.replace(f'"Listing[{of}]"', f'"{of}List"')
    renamed: Schema = msgspec.json.decode(text)
    return renamed

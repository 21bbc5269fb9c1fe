"""What is wrong with the parameters of a query, in words: Litestar's messages are for who writes handlers."""

import re
from collections.abc import Iterator

from litestar.exceptions import ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.params import KwargDefinition
from litestar.typing import FieldDefinition

from jellystone.errors import Invalid, NotFound
from jellystone.facts.wording import MISSING, words

MISSED = re.compile(r"Missing required \w+ parameter '(\w+)'")


def wrong(handler: BaseRouteHandler | None, error: ValidationException) -> Exception:
    """A wrong query parameter is a wrong field; in a path it is a thing that cannot exist."""
    found = [item for item in error.extra or [] if isinstance(item, dict)]
    if any(item.get("source") == "path" for item in found):
        return NotFound("There is nothing at this address.")
    if missed := MISSED.search(str(error.detail)):
        return Invalid(**{missed[1]: MISSING})
    taken = dict(_parameters(handler)) if handler else {}
    fields = {str(item.get("key", "form")): _said(taken.get(item.get("key", "")), item["message"]) for item in found}
    return Invalid(**fields or {"form": error.detail})


def _said(field: FieldDefinition | None, message: str) -> str:
    """What has a pattern has its description to show by example what is meant."""
    if field is None:
        return words(None, message)
    how = field.kwarg_definition
    if "matching regex" in message and isinstance(how, KwargDefinition) and how.description:
        return f"Give {how.description[:1].lower()}{how.description[1:]}"
    return words(field.annotation, message)


def _parameters(handler: BaseRouteHandler) -> Iterator[tuple[str, FieldDefinition]]:
    """By the names that the query has: the handler's own, and those of what it depends on."""
    signatures = [provided.parsed_fn_signature for provided in handler.resolve_dependencies().values()]
    for signature in (*signatures, handler.parsed_fn_signature):
        for name, field in signature.parameters.items():
            yield getattr(field.kwarg_definition, "name", None) or name, field

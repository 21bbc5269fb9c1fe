"""Below /api: the description for machines, and the same for people. Each is made once, when asked for."""

import json
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from markupsafe import Markup

from jellystone.web.negotiation import AnyRequest
from jellystone.web.openapi import description_of
from jellystone.web.pages import html
from jellystone.web.reference import Field, Reference, broken, marked
from jellystone.web.templates import environment

Schema = dict[str, Any]
described = cache(description_of)


class Description(JsonRenderPlugin):
    def render(self, request: AnyRequest, openapi_schema: Schema) -> bytes:
        return _encoded(request.app)


class Page(OpenAPIRenderPlugin):
    """Ours, rendered here: Litestar's are inline scripts that fetch from elsewhere."""

    def render(self, request: AnyRequest, openapi_schema: Schema) -> bytes:
        return html(request, "api/show.html", {"reference": reference(request.app)}).content.encode()


@cache
def reference(app: Litestar) -> Markup:
    """All of the page that is the same for everybody."""
    return rendered(Reference(described(app)))


def rendered(api: Reference) -> Markup:
    template = environment().get_template("_reference.html")
    return Markup(template.render(api=api, said=marked, broken=broken, asked=_asked))  # noqa: S704  (escaped there)


@cache
def _encoded(app: Litestar) -> bytes:
    return msgspec.json.encode(described(app))


def _asked(fields: list[Field]) -> str:
    """What the form for trying asks for."""
    return json.dumps([{"name": one.name, "place": one.place, "example": str(one.example)} for one in fields])

"""Tell the API description what Litestar cannot infer: problems, and what every operation answers besides."""

from typing import Any

from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import OpenAPI, OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema

from jellystone.web.negotiation import AnyRequest
from jellystone.web.pages import html

TEXT = Schema(type=OpenAPIType.STRING)
PROBLEM = Schema(
    type=OpenAPIType.OBJECT,
    title="Problem",
    description="RFC 9457",
    required=["type", "title", "status", "detail", "request_id"],
    properties={
        "type": Schema(type=OpenAPIType.STRING, examples=["urn:jellystone:invalid"]),
        "title": Schema(type=OpenAPIType.STRING, examples=["Unprocessable Content"]),
        "status": Schema(type=OpenAPIType.INTEGER, examples=[422]),
        "detail": Schema(type=OpenAPIType.STRING, examples=["Please correct the marked fields."]),
        "request_id": TEXT,
        "errors": Schema(
            type=OpenAPIType.OBJECT,
            description="What is wrong, by field: all of it at once.",
            additional_properties=TEXT,
            examples=[{"name": "Use small letters, digits and underscores."}],
        ),
        "existing": Schema(type=OpenAPIType.STRING, description="The id of what stands in the way."),
    },
)
EVERYWHERE = {
    401: "Nobody is signed in, or the token is not valid.",
    403: "Not permitted; `detail` names the permission or scope.",
    406: "Neither JSON nor HTML was accepted.",
    500: "Something went wrong on our side.",
}
WITH_PATH = {404: "It is not there, or you may not know that it is."}
WITH_QUERY = {422: "A parameter cannot be used."}
WITH_BODY = {
    400: "The body is not well-formed JSON.",
    409: "The present state of things forbids it.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some fields cannot be used; `errors` names them all.",
    429: "Too many attempts; `Retry-After` says when to come back.",
    502: "The PostgreSQL server refused; `detail` carries its reason.",
    503: "The PostgreSQL server does not answer, or we are too busy.",
}


class ApiPage(OpenAPIRenderPlugin):
    """Our own page around a vendored viewer: Litestar's are inline scripts that fetch from elsewhere."""

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        return html(request, "api/show.html", {}).content.encode()


def complete(description: OpenAPI) -> None:
    """Add, to every operation, the ways in which it can fail."""
    for path, item in (description.paths or {}).items():
        operations = {"get": item.get, "post": item.post, "put": item.put, "patch": item.patch, "delete": item.delete}
        for method, operation in operations.items():
            if operation is not None:
                _add_problems(operation, path, method)


def _add_problems(operation: Operation, path: str, method: str) -> None:
    wanted = dict(EVERYWHERE)
    if "{" in path:
        wanted |= WITH_PATH
    if operation.parameters:
        wanted |= WITH_QUERY
    if method != "get":
        wanted |= WITH_BODY
    responses = operation.responses = operation.responses or {}
    responses.pop("400", None)
    for status, words in sorted(wanted.items()):
        content = {"application/problem+json": OpenAPIMediaType(schema=PROBLEM)}
        responses.setdefault(str(status), OpenAPIResponse(description=words, content=content))


def forbid_unknown_fields(description: OpenAPI) -> None:
    """What may be sent is closed: a misspelt field is an error and never ignored."""
    schemas = description.components.schemas if description.components else None
    for name, schema in (schemas or {}).items():
        if name.split("_")[0].startswith(("New", "Changes", "Wanted")) and isinstance(schema, Schema):
            schema.additional_properties = False

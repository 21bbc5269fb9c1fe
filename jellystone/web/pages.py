"""Rendering a template for a person: the page, or the one part of it that htmx asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from jellystone import settings
from jellystone.web.negotiation import HTML, VARY, AnyRequest, is_htmx
from jellystone.web.templates import environment

NOTICE = "notice"
pages = cache(environment)


@dataclass
class Entries:
    """What a form holds: the values in its fields, and what is wrong with them."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def share(request: AnyRequest, **named: Any) -> Any:
    """Let the route's templates see a value that it depends on; returns that value."""
    request.scope["state"].setdefault("shared", {}).update(named)
    return next(iter(named.values()))


def html(
    request: AnyRequest, template: str, context: dict[str, Any], status: int | None = None, *, part: str = ""
) -> Response[str]:
    """Render `template`, or only the block named like the element that htmx will replace, or its block `part`."""
    view = pages().get_template(template)
    notice = unquote(request.cookies.get(NOTICE, ""))
    always = {"request": request, "actor": request.scope.get("user"), "notice": notice, "entries": Entries()}
    always |= {"mailbox": settings.current().has_mailbox, "registration": settings.current().registration}
    context = always | request.scope["state"].get("shared", {}) | context
    headers = {"Vary": VARY}
    target = part or target_of(request).replace("-", "_")
    if is_htmx(request) and target in view.blocks:
        body = "".join(view.blocks[target](view.new_context(context)))
    else:
        body = view.render(context)
        if is_htmx(request):  # another page, an error say: shown whole instead of inside the target
            headers |= {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML"}
    response = Response(body, media_type=HTML, status_code=status, headers=headers)
    if notice and not is_htmx(request):
        response.delete_cookie(NOTICE)
    return response


def target_of(request: AnyRequest) -> str:
    """The id of the element that htmx will replace."""
    return request.headers.get("hx-target", "").partition("#")[2]


def redirect(request: AnyRequest, at: str, notice: str = "") -> Response[str]:
    """On to `at`: with GET, whatever the verb was."""
    if is_htmx(request):
        response = Response("", media_type=HTML, status_code=200, headers={"HX-Redirect": at, "Vary": VARY})
    else:
        response = Response("", media_type=HTML, status_code=303, headers={"Location": at, "Vary": VARY})
    if notice:
        response.set_cookie(NOTICE, quote(notice), max_age=60, httponly=True, samesite="lax")
    return response


class Late(Response[Any]):
    """A page that needs more than its fact: loaded only when it is rendered, and so not for programs."""

    def __init__(self, render: Callable[[], Awaitable[Response[Any]]]) -> None:
        super().__init__(None)
        self.render_late = render

    def to_asgi_response(self, app: Any, request: AnyRequest, **options: Any) -> ASGIResponse:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = await self.render_late()
            response.cookies.extend(self.cookies)
            response.headers.update(self.headers)
            await response.to_asgi_response(app, request, **options)(scope, receive, send)

        return answer  # type: ignore[return-value]

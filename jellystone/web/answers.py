"""How a handler answers. It returns one value; the client decides how that is shown.

Page       what there is         JSON · a page · the one block of it that htmx asked for
Form       what to fill in       a page (programs read the API description instead)
Created    what was made         JSON 201 + Location · on to a page, with a notice
Updated    what was changed      JSON 200 · on to a page, with a notice
Deleted    what is gone          JSON 204 · on to a page, with a notice
Revealed   a secret, once        JSON · a page; stored by no cache, nothing redirected
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote, urlencode

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from jellystone.facts.lists import Listing
from jellystone.web.templates import environment

T = TypeVar("T")
NOTICE = "notice"
VARY = "Accept, HX-Request, HX-Request-Type, HX-Target"
JSON, HTML, PROBLEM = "application/json", "text/html", "application/problem+json"
AnyRequest = Request[Any, Any, Any]

More = Callable[[], Awaitable[dict[str, Any]]]

pages = cache(environment)


def wants_json(request: AnyRequest) -> bool:
    """Browsers and htmx ask for text/html by name; everyone else gets JSON. Raises 406 for what we do not have."""
    accept = request.headers.get("accept")
    if request.headers.get("hx-request") == "true" or not accept:
        return not accept and request.headers.get("hx-request") != "true"
    best = request.accept.best_match([JSON, HTML, PROBLEM])
    if best is None:
        raise HTTPException("This address answers with application/json or text/html.", status_code=406)
    return best != HTML


def is_htmx(request: AnyRequest) -> bool:
    """htmx asks for a part of a page, not for a page."""
    return (
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-request-type", "partial") == "partial"
        and request.headers.get("hx-history-restore-request") != "true"
    )


@dataclass
class Entries:
    """What a form holds: the values in its fields, and what is wrong with them."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def share(request: AnyRequest, **named: Any) -> Any:
    """Let the route's templates see a value that it depends on; returns that value."""
    request.scope["state"].setdefault("shared", {}).update(named)
    return next(iter(named.values()))


def html(request: AnyRequest, template: str, context: dict[str, Any], status: int | None = None) -> Response[str]:
    """Render `template`, or only the block named like the element that htmx will replace."""
    view = pages().get_template(template)
    notice = unquote(request.cookies.get(NOTICE, ""))
    always = {"request": request, "actor": request.scope.get("user"), "notice": notice, "entries": Entries()}
    context = always | request.scope["state"].get("shared", {}) | context
    headers = {"Vary": VARY}
    target = request.headers.get("hx-target", "").partition("#")[2].replace("-", "_")
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


def redirect(request: AnyRequest, at: str, notice: str = "") -> Response[str]:
    """On to `at`: with GET, whatever the verb was."""
    if is_htmx(request):
        response = Response("", media_type=HTML, status_code=200, headers={"HX-Redirect": at, "Vary": VARY})
    else:
        response = Response("", media_type=HTML, status_code=303, headers={"Location": at, "Vary": VARY})
    if notice:
        response.set_cookie(NOTICE, quote(notice), max_age=60, httponly=True, samesite="lax")
    return response


class Answer(Response[T], Generic[T]):
    """Answers in JSON by itself; subclasses say what to do for people."""

    def as_html(self, request: AnyRequest) -> Response[Any]:
        raise NotImplementedError

    def to_asgi_response(self, app: Any, request: AnyRequest, **options: Any) -> ASGIResponse:
        if wants_json(request):
            self.headers["Vary"] = VARY
            self._number_pages(request)
            return super().to_asgi_response(app, request, **options)
        response = self.as_html(request)
        response.cookies.extend(self.cookies)
        if "Cache-Control" in self.headers:
            response.headers["Cache-Control"] = self.headers["Cache-Control"]
        options = {name: options[name] for name in options.keys() - {"media_type", "status_code"}}
        return response.to_asgi_response(app, request, **options)

    def _number_pages(self, request: AnyRequest) -> None:
        if isinstance(self.content, Listing) and self.content.page < self.content.pages:
            asked = {name: value for name, value in request.query_params.items() if value}
            query = asked | {"page": self.content.page + 1, "per_page": self.content.per_page}
            self.content.next = f"{request.url.path}?{urlencode(query)}"
            self.headers["Link"] = f'<{self.content.next}>; rel="next"'


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


class Page(Answer[T]):
    """`Page("teams/show.html", team=fact, …)`: exactly one fact, so JSON and page show the same thing.

    `extra` and what `later` loads stand around it on the page.
    """

    def __init__(
        self, template: str, *, extra: dict[str, Any] | None = None, later: More | None = None, **fact: T
    ) -> None:
        (content,) = fact.values()
        super().__init__(content)
        self.template, self.context, self.later = template, {**fact, **(extra or {})}, later

    def as_html(self, request: AnyRequest) -> Response[Any]:
        later = self.later
        if later is None:
            return html(request, self.template, self.context)

        async def render() -> Response[Any]:
            return html(request, self.template, self.context | await later())

        return Late(render)


class Revealed(Page[T]):
    """A page with a secret on it. `at` is the address of what was made, if something was."""

    def __init__(
        self,
        template: str,
        *,
        at: str | None = None,
        notice: str = "",
        extra: dict[str, Any] | None = None,
        **fact: T,
    ) -> None:
        super().__init__(template, extra=extra, later=None, **fact)
        self.notice = notice
        self.headers["Cache-Control"] = "no-store"
        if at:
            self.headers["Location"] = at
            self.status_code = 201

    def as_html(self, request: AnyRequest) -> Response[Any]:
        return html(request, self.template, self.context | ({"notice": self.notice} if self.notice else {}))


class Form(Answer[None]):
    """A form for people. `values` are what its fields hold at first."""

    def __init__(self, template: str, *, values: dict[str, Any] | None = None, **extra: Any) -> None:
        super().__init__(None)
        self.template, self.context = template, {"entries": Entries(values or {}), **extra}

    def to_asgi_response(self, app: Any, request: AnyRequest, **options: Any) -> ASGIResponse:
        if wants_json(request):
            raise HTTPException("This address only has a form for people.", status_code=406)
        return super().to_asgi_response(app, request, **options)

    def as_html(self, request: AnyRequest) -> Response[Any]:
        return html(request, self.template, self.context)


class Done(Answer[T]):
    """Something changed: programs get it back, people are taken to `at`."""

    def __init__(self, content: T = None, *, at: str, notice: str = "") -> None:  # type: ignore[assignment]
        super().__init__(content)
        self.at, self.notice = at, notice

    def as_html(self, request: AnyRequest) -> Response[Any]:
        return redirect(request, self.at, self.notice)


class Created(Done[T]):
    """`created=False` where a PUT found the thing and changed it: 200 instead of 201."""

    def __init__(self, content: T, *, at: str, notice: str = "", created: bool = True, location: str = "") -> None:
        super().__init__(content, at=at, notice=notice)
        self.status_code = 201 if created else 200
        if created:
            self.headers["Location"] = location or at


class Updated(Done[T]):
    """What was changed, as it is now."""


class Deleted(Done[T]):
    """Nothing is left to show."""

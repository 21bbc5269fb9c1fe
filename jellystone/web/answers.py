"""How a handler answers. It returns one value; the client decides how that is shown.

Page       what there is         JSON · a page · the one block of it that htmx asked for
Form       what to fill in       a page (programs read the API description instead)
Created    what was made         JSON 201 + Location · on to a page, with a notice
Updated    what was changed      JSON 200 · on to a page, with a notice
Deleted    what is gone          JSON 204 · on to a page, with a notice
Revealed   a secret, once        JSON · a page; stored by no cache, nothing redirected
"""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response.base import ASGIResponse

from jellystone.facts.lists import Listing
from jellystone.services import versions
from jellystone.web.negotiation import VARY, AnyRequest, wants_json
from jellystone.web.pages import Entries, Late, html, redirect

T = TypeVar("T")
More = Callable[[], Awaitable[dict[str, Any]]]


class Answer(Response[T], Generic[T]):
    """Answers in JSON by itself; subclasses say what to do for people."""

    def as_html(self, request: AnyRequest) -> Response[Any]:
        raise NotImplementedError

    def to_asgi_response(self, app: Any, request: AnyRequest, **options: Any) -> ASGIResponse:
        if wants_json(request):
            self.headers["Vary"] = VARY
            self._number_pages(request)
            if tag := versions.tag(self.content):
                self.headers["ETag"] = f'"{tag}"'
            return super().to_asgi_response(app, request, **options)
        response = self.as_html(request)
        response.cookies.extend(self.cookies)
        response.background = self.background
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

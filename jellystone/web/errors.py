"""Every error is rendered here, once, for people and for programs."""

import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Meta

from jellystone import errors
from jellystone.services.vault import Sealed
from jellystone.web import confirmation, query
from jellystone.web.identity import visitor
from jellystone.web.negotiation import PROBLEM, VARY, AnyRequest, wants_json
from jellystone.web.pages import Entries, Late, html, redirect

log = logging.getLogger(__name__)

FormContext = Callable[[AnyRequest], Awaitable[dict[str, Any]]]

STATUS: dict[type[Exception], int] = {
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.NotConfirmed: 403,
    Sealed: 403,
    errors.NotFound: 404,
    errors.Expired: 410,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.Invalid: 422,
    errors.TooMany: 429,
    errors.Busy: 503,
    errors.Unreachable: 503,
    errors.Refused: 502,
}
OURS = "Something went wrong on our side. It has been logged; tell your operator the request's number."
TITLES = {422: "Unprocessable Content", 413: "Content Too Large"}
HEADINGS = {410: "This link is no longer good"}
AUTHENTICATE = 'Bearer realm="Jellystone"'


class Problem(msgspec.Struct, omit_defaults=True):
    """RFC 9457. `type` is stable and made for programs, `detail` for people."""

    type: Annotated[str, Meta(examples=["urn:jellystone:invalid"])]
    title: Annotated[str, Meta(examples=["Unprocessable Content"])]
    status: Annotated[int, Meta(examples=[422])]
    detail: Annotated[str, Meta(description="What to do, in words.")]
    request_id: Annotated[str, Meta(description="The same as in `X-Request-Id`.")]
    errors: Annotated[dict[str, str], Meta(description="What is wrong, by field: all of it at once.")] = {}
    existing: Annotated[str | None, Meta(description="The id of what stands in the way.")] = None


def respond_to(request: AnyRequest, error: Exception) -> Response[Any]:
    """Turn any exception into a problem+json, a form with its errors, or an error page."""
    if isinstance(error, ValidationException):
        error = query.wrong(request.scope.get("route_handler"), error)
    status, message = _status_and_message(request, error)
    headers = {"Vary": VARY, **_headers(error)}
    if not _for_people(request):
        return Response(
            _problem(request, error, status, message), media_type=PROBLEM, status_code=status, headers=headers
        )
    if isinstance(error, errors.NotSignedIn):
        step = "code" if request.scope["state"].get("pending") else "new"
        return redirect(request, f"/session/{step}?next={quote(_here(request))}")
    fields = getattr(error, "fields", {}) or ({"form": message} if status in (409, 429, 502, 503) else {})
    handler = request.scope.get("route_handler")
    if isinstance(error, errors.NotConfirmed) or request.scope["state"].get("confirming"):
        if not (handler and handler.opt.get("form_values")):
            return confirmation.ask(request, error, _here(request), status, headers)
        fields = confirmation.in_form(error)
    if fields and handler and (form := handler.opt.get("form")):
        part = handler.opt.get("form_part", "")
        return _form_again(request, form, handler.opt.get("form_context"), fields, status, headers, part)
    if isinstance(error, errors.Invalid):  # there is no form whose fields could be marked
        message = " ".join(f"{name.replace('_', ' ').capitalize()}: {words}" for name, words in error.fields.items())
    title = HEADINGS.get(status) or TITLES.get(status) or HTTPStatus(status).phrase
    context = {"status": status, "title": title, "message": message, "request_id": _request_id(request)}

    async def render() -> Response[Any]:
        if status in (404, 405) and "user" not in request.scope:
            request.scope["user"] = await visitor(request)
        response = html(request, "errors/problem.html", context, status)
        response.headers.update(headers)
        return response

    return Late(render)


def _form_again(
    request: Any,
    template: str,
    more: FormContext | None,
    fields: dict[str, str],
    status: int,
    headers: dict[str, str],
    part: str,
) -> Response[Any]:
    """The form as it was sent, with its errors. What else it shows (teams to choose from) is loaded only now."""

    async def render() -> Response[Any]:
        try:
            context = await more(request) if more else {}
        except errors.Problem as problem:
            return respond_to(request, problem)
        entries = Entries(await request.sent(), fields)
        response = html(request, template, context | {"entries": entries}, status, part=part)
        response.headers.update(headers)
        return response

    return Late(render)


def _for_people(request: AnyRequest) -> bool:
    try:
        return not wants_json(request)
    except HTTPException:
        return False


def _problem(request: AnyRequest, error: Exception, status: int, message: str) -> Problem:
    kind = type(error).__name__ if isinstance(error, errors.Problem) else HTTPStatus(status).phrase
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|\s+", "-", kind).lower()
    return Problem(
        type=f"urn:jellystone:{words}",
        title=TITLES.get(status) or HTTPStatus(status).phrase,
        status=status,
        detail=message,
        request_id=_request_id(request),
        errors=getattr(error, "fields", {}),
        existing=getattr(error, "existing", None),
    )


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, errors.NotSignedIn):
        return {"WWW-Authenticate": AUTHENTICATE}
    if isinstance(error, errors.TooMany | errors.InProgress):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, errors.Unreachable):
        return {"Retry-After": "30"}
    return dict(error.headers or {}) if isinstance(error, HTTPException) else {}


def _status_and_message(request: AnyRequest, error: Exception) -> tuple[int, str]:
    if isinstance(error, errors.Problem):
        return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), str(error)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return error.status_code, WORDS.get(error.status_code) or error.detail
    log.error("request %s failed", _request_id(request), exc_info=error)
    return 500, OURS


WORDS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "That is more than this address takes.",
}


def _request_id(request: AnyRequest) -> str:
    return str(request.scope["state"].get("request_id", ""))


def _here(request: AnyRequest) -> str:
    """Where to return to: the page itself, or for a change the page that it was sent from, as far as we can tell."""
    path = request.url.path
    if request.method not in ("GET", "HEAD"):
        return "/"
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path

"""What the client wants: a page, a part of one, or JSON."""

from functools import lru_cache
from typing import Any

from litestar import Request
from litestar.datastructures.headers import Accept
from litestar.exceptions import HTTPException

VARY = "Accept, HX-Request, HX-Request-Type, HX-Target"
JSON, HTML, PROBLEM, CSV = "application/json", "text/html", "application/problem+json", "text/csv"
AnyRequest = Request[Any, Any, Any]


def wants_json(request: AnyRequest) -> bool:
    """Browsers and htmx ask for text/html by name; everyone else gets JSON. Raises 406 for what we do not have."""
    accept = request.headers.get("accept")
    if request.headers.get("hx-request") == "true" or not accept:
        return not accept and request.headers.get("hx-request") != "true"
    best = _best(accept)
    if best is None:
        raise HTTPException("This address answers with application/json or text/html.", status_code=406)
    return best != HTML


@lru_cache(500)
def _best(accept: str) -> str | None:
    """What browsers and programs say here is always the same."""
    return Accept(accept).best_match([JSON, HTML, PROBLEM])


def is_htmx(request: AnyRequest) -> bool:
    """htmx asks for a part of a page, not for a page."""
    return (
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-request-type", "partial") == "partial"
        and request.headers.get("hx-history-restore-request") != "true"
    )


def wants_csv(request: AnyRequest) -> bool:
    """By `Accept: text/csv`, or for people, whose links can send no header, by `?format=csv`."""
    return request.query_params.get("format") == "csv" or request.accept.best_match([JSON, HTML, CSV]) == CSV

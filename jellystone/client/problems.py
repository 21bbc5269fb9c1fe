"""What can go wrong for who asks Jellystone: a problem that it tells, or no answer that could be understood."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import httpx


WHOLE = "form"
"""In `errors`: what is wrong with no field, but with all of them together."""


class ClientError(Exception):
    """Everything that this client raises because of what it met. The message says what to do."""


class Unreachable(ClientError):
    """No answer. `unknown`: the request may have been carried out all the same."""

    def __init__(self, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.unknown = unknown


class NotUnderstood(ClientError):
    """An answer that is none of Jellystone's, or of a version that says it in another way."""


class ApiProblem(ClientError):
    """Jellystone says no (RFC 9457). `type` is stable and made for programs, `detail` for people.

    `errors` says what is wrong by field; `existing` is the id of what stands in the way; `retry_after` is in seconds;
    `request_id` finds the request in the log and among the events.
    """

    def __init__(
        self,
        *,
        status: int,
        type: str,
        title: str,
        detail: str,
        errors: Mapping[str, str] | None = None,
        existing: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.type, self.title, self.detail = status, type, title, detail
        self.errors, self.existing = dict(errors or {}), existing
        self.request_id, self.retry_after = request_id, retry_after

    def __str__(self) -> str:
        return " ".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """What to show to people. Where only fields are wrong, what is wrong with each says it all."""
        told = {field: words for field, words in self.errors.items() if words != self.detail}
        fields = [words if field == WHOLE else f"{field}: {words}" for field, words in told.items()]
        return fields if fields and self.status == 422 else [self.detail, *fields]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.status}, {str(self)!r}, request_id={self.request_id!r})"


class Unauthorized(ApiProblem):
    """401: no token, or one that is mistyped, expired or revoked."""


class Forbidden(ApiProblem):
    """403: `detail` names the permission or the scope that is missing."""


class NotFound(ApiProblem):
    """404: it is not there, or the token may not know that it is. Only Jellystone says so, no proxy before it."""


class Conflict(ApiProblem):
    """409: the present state of things forbids it."""


class Overtaken(ApiProblem):
    """412: it has changed since it was read."""


class Invalid(ApiProblem):
    """422: `errors` names every field that cannot be used."""


class TooMany(ApiProblem):
    """429, and waiting would have taken longer than was allowed."""


class Unavailable(ApiProblem):
    """503: a managed server does not answer, or Jellystone has too much to do."""


KINDS: dict[int, type[ApiProblem]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Overtaken,
    422: Invalid,
    429: TooMany,
    503: Unavailable,
}


OURS = "urn:jellystone:"


class Document(msgspec.Struct):
    """A problem+json as it is sent."""

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    errors: dict[str, str] = {}
    existing: str | None = None
    request_id: str | None = None


def problem_in(answer: "httpx.Response") -> ApiProblem:
    """Also of an answer that something between us and Jellystone gave: that nothing is there, it cannot know."""
    try:
        told = msgspec.json.decode(answer.content, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = Document()
    title = told.title or _phrase(answer.status_code)
    fields: dict[str, Any] = {"type": told.type, "title": title, "errors": told.errors, "existing": told.existing}
    foreign = answer.status_code == 404 and not told.type.startswith(OURS)
    doubt = " That is not how Jellystone says it: is the url right?" if foreign else ""
    return (ApiProblem if foreign else KINDS.get(answer.status_code, ApiProblem))(
        status=answer.status_code,
        detail=told.detail or f"{answer.url.host} answered {answer.status_code} {title}.{doubt}",
        request_id=told.request_id or answer.headers.get("x-request-id"),
        retry_after=retry_after(answer),
        **fields,
    )


def retry_after(answer: "httpx.Response") -> float | None:
    """How many seconds the answer asks to wait, which it may say as a number or as a date."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdecimal():
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown status"

"""A listing as CSV, for spreadsheets."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar.response.base import ASGIResponse

from jellystone.facts.lists import Listing
from jellystone.web.answers import Page, T
from jellystone.web.negotiation import CSV, VARY, AnyRequest, wants_csv

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Record(Page[T]):
    """A page that can also be had as CSV: the same rows, a column for each field of `row`."""

    def __init__(self, template: str, *, row: type[msgspec.Struct], **more: Any) -> None:
        super().__init__(template, **more)
        self.row = row

    def to_asgi_response(self, app: Any, request: AnyRequest, **options: Any) -> ASGIResponse:
        if not wants_csv(request) or not isinstance(self.content, Listing):
            return super().to_asgi_response(app, request, **options)
        name = request.url.path.strip("/").replace("/", "-")
        headers = {"Vary": VARY, "Content-Disposition": f'attachment; filename="{name}.csv"'}
        if self.content.page < self.content.pages:
            asked = {name: value for name, value in request.query_params.items() if value and name != "per_page"}
            query = urlencode(asked | {"page": self.content.page + 1})
            headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
        body = table(self.row, self.content.items).encode()
        return ASGIResponse(body=body, media_type=CSV, headers=headers)


def table(row: type[msgspec.Struct], items: list[Any]) -> str:
    """RFC 4180, with the fields' names first."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(field.encode_name for field in msgspec.structs.fields(row))
    for item in items:
        writer.writerow(_cell(value) for value in msgspec.to_builtins(item).values())
    return out.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(value, dict):
        value = msgspec.json.encode(value).decode() if value else ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

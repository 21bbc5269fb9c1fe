"""A listing as CSV, for spreadsheets."""

import csv
import io
from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from jellystone.facts.lists import Listing
from jellystone.web.answers import Page, T
from jellystone.web.negotiation import CSV, VARY, AnyRequest, wants_csv


class Record(Page[T]):
    """A page that can also be had as CSV: the same rows, a column for each field."""

    def to_asgi_response(self, app: Any, request: AnyRequest, **options: Any) -> ASGIResponse:
        if not wants_csv(request) or not isinstance(self.content, Listing):
            return super().to_asgi_response(app, request, **options)
        name = request.url.path.strip("/").replace("/", "-")
        headers = {"Vary": VARY, "Content-Disposition": f'attachment; filename="{name}.csv"'}
        return ASGIResponse(body=rows(self.content.items).encode(), media_type=f"{CSV}; charset=utf-8", headers=headers)


def rows(items: list[Any]) -> str:
    """RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out)
    records = [msgspec.to_builtins(item) for item in items]
    if records:
        writer.writerow(records[0])
    for record in records:
        writer.writerow(_cell(value) for value in record.values())
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        value = msgspec.json.encode(value).decode() if value else ""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value

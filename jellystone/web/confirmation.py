"""Typing the account's password once more, right where it is asked for.

A service raises `NotConfirmed`; nothing was done yet. For a form we then show a page that holds all its fields and asks
for the password in one more, `_password`: sent again, it confirms the session and the form's own handler goes on.
What was only asked for with GET is asked for again afterwards, by htmx in the same element of the page.
"""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from litestar import Response

from jellystone.errors import Invalid
from jellystone.services import sessions
from jellystone.services.actors import Actor, Kind
from jellystone.web.answers import Deleted
from jellystone.web.bodies import FORM
from jellystone.web.identity import SAFE
from jellystone.web.negotiation import HTML, VARY, AnyRequest, is_htmx
from jellystone.web.pages import Entries, Late, html, redirect, target_of

PASSWORD = "_password"  # noqa: S105


async def take(request: AnyRequest) -> None:
    """Before any handler: the password that came with its form."""
    actor: Actor | None = request.scope["user"]
    is_form = request.method not in SAFE and request.content_type[0] == FORM
    if not is_form or actor is None or actor.kind is not Kind.PERSON:
        return
    form = await request.form()
    if PASSWORD not in form:
        return
    request.scope["state"]["confirming"] = True
    at = await sessions.confirm(actor, password=form[PASSWORD], wrong=PASSWORD)
    request.scope["state"]["confirming"] = False
    request.scope["user"] = replace(actor, authenticated_at=at)


class Confirmed(Deleted[None]):
    """Where htmx asked within a page, it now gets there what it wanted at first."""

    def as_html(self, request: AnyRequest) -> Response[Any]:
        target = target_of(request)
        if not (is_htmx(request) and target):
            return super().as_html(request)
        to = {"path": self.at, "target": f"#{target}", "swap": "outerHTML", "push": "false"}
        return Response("", media_type=HTML, status_code=200, headers={"HX-Location": json.dumps(to), "Vary": VARY})


def ask(request: Any, error: Exception, here: str, status: int, headers: dict[str, str]) -> Response[Any]:
    """The page that asks. `error` is why: not confirmed, or what is wrong with the password that was just sent."""
    target = target_of(request)
    if request.method == "GET" and is_htmx(request) and target:
        return html(request, "session/confirmation.html", {"next": here, "target": target}, part="in_place")
    if request.method == "GET":
        return redirect(request, f"/session/confirmation?next={quote(here)}")
    fields = error.fields if isinstance(error, Invalid) else {}
    if not fields and request.scope["state"].get("confirming"):
        fields = {"form": str(error)}

    async def render() -> Response[Any]:
        context = {
            "action": _address(request),
            "method": request.method.lower(),
            "carried": await request.carried(),
            "entries": Entries({}, fields),
        }
        response = html(request, "session/again.html", context, status)
        response.headers.update(headers)
        return response

    return Late(render)


def in_form(error: Exception) -> dict[str, str]:
    """The same within a form that holds what is not sent back, and so cannot be carried along: what to type in it."""
    return error.fields if isinstance(error, Invalid) else {PASSWORD: str(error)}


def _address(request: Any) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.url.path}?{query}" if query else str(request.url.path)

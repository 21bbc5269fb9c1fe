"""What a person can do, a program can: each address for people only is listed here, with the program's way."""

import re
from typing import Any, get_origin

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from jellystone.database import DB
from jellystone.web.answers import Form
from jellystone.web.openapi import description_of
from tests.park import HTML, Park, problem

pytestmark = pytest.mark.anyio

FORM, TYPED, CODE = "a form", "a form that asks for the name, typed", "a form, when signing in"
FOR_PEOPLE: dict[str, tuple[str, str]] = {  # method and path: why it is for people only, and what programs do instead
    "GET /account/new": (FORM, "createAccount"),
    "GET /account/email": (FORM, "changeEmail"),
    "GET /account/password": (FORM, "changePassword"),
    "POST /account/removal": (TYPED, "deleteAccount"),
    "GET /account/two-factor/removal": (FORM, "deleteSecondFactor"),
    "GET /account/tokens/new": (FORM, "createPersonalToken"),
    "GET /password-resets": (FORM, "askForPasswordReset"),
    "GET /session/new": (FORM, "signIn"),
    "GET /session/code": (CODE, "sendCode"),
    "GET /session/confirmation": (FORM, "confirmPassword"),
    "GET /teams/new": (FORM, "createTeam"),
    "GET /teams/{slug}/edit": (FORM, "updateTeam"),
    "GET /teams/{slug}/removal": (TYPED, "deleteTeam"),
    "POST /teams/{slug}/removal": (TYPED, "deleteTeam"),
    "GET /teams/{slug}/tokens/new": (FORM, "createTeamToken"),
    "GET /teams/{slug}/key": (FORM, "unlockTeam"),
    "GET /teams/{slug}/members/{email}/removal": (FORM, "removeMember"),
    "GET /teams/{slug}/invitations/new": (FORM, "createInvitations"),
    "GET /servers/new": (FORM, "createServer"),
    "GET /servers/{server}/edit": (FORM, "updateServer"),
    "GET /servers/{server}/removal": (TYPED, "deleteServer"),
    "POST /servers/{server}/removal": (TYPED, "deleteServer"),
    "GET /databases/new": (FORM, "createDatabase"),
    "GET /databases/{server}/{name}/edit": (FORM, "updateDatabase"),
    "GET /databases/{server}/{name}/removal": (TYPED, "deleteDatabase"),
    "POST /databases/{server}/{name}/removal": (TYPED, "deleteDatabase"),
    "GET /databases/{server}/{name}/deletion": ("where a browser waits until it is gone", "getDatabase"),
    "GET /databases/{server}/{name}/connections/removal": (FORM, "endIdleConnections"),
    "GET /databases/{server}/{name}/transfer": (FORM, "transferDatabase"),
    "GET /databases/{server}/{name}/roles/new": (FORM, "createRole"),
    "GET /databases/{server}/{name}/roles/{role_name}/edit": (FORM, "updateRole"),
    "GET /databases/{server}/{name}/roles/{role_name}/removal": (FORM, "deleteRole"),
    "GET /databases/{server}/{name}/roles/{role_name}/password/edit": (FORM, "changeRolePassword"),
    "GET /mailbox": ("for developers: mails that are not sent, as a mail program shows them", "listMails"),
    "GET /mailbox/{mail_id}": ("for developers, likewise", "listMails"),
    "GET /mailbox/{mail_id}/html": ("for developers, likewise", "listMails"),
}
FOR_PROGRAMS_WITHOUT_JSON = {"GET /metrics"}  # Prometheus reads it, in a form of its own


def handlers(app: Litestar) -> dict[str, HTTPRouteHandler]:
    """Ours, by method and path: not those of Litestar, which serve static files and the API description."""
    found: dict[str, HTTPRouteHandler] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and handler.fn.__module__.startswith("jellystone.routes"):
                found |= {f"{method} {route.path_format or '/'}": handler for method in handler.http_methods}
    return found


def operation_ids(app: Litestar) -> dict[str, str]:
    paths: dict[str, Any] = description_of(app)["paths"]
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, item in paths.items()
        for method, operation in item.items()
    }


def test_every_address_that_is_not_described_is_for_people_and_listed(app: Litestar) -> None:
    """A new one: describe it (leave `include_in_schema` alone), or list it above with the program's way."""
    hidden = {at for at, handler in handlers(app).items() if not handler.resolve_include_in_schema()}
    assert hidden - FOR_PROGRAMS_WITHOUT_JSON == set(FOR_PEOPLE)


def test_every_listed_address_has_an_operation_that_programs_use_instead(app: Litestar) -> None:
    known = operation_ids(app)
    for at, (why, instead) in FOR_PEOPLE.items():
        assert why, at
        assert instead in known, at


def test_every_form_is_listed_and_everything_else_that_is_described_answers_in_json(app: Litestar) -> None:
    for at, handler in handlers(app).items():
        annotation = handler.parsed_fn_signature.return_type.annotation
        if (get_origin(annotation) or annotation) is Form:
            assert at in FOR_PEOPLE
    for path, item in description_of(app)["paths"].items():
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                if "$ref" not in answer and status not in ("202", "204"):
                    assert "application/json" in answer["content"], f"{method} {path} {status}"


async def test_a_program_at_a_form_is_told_that_it_is_one(park: Park) -> None:
    await park.yogi.program.post("/databases", json={"team": "rangers", "name": "orders"})
    await park.yogi.program.post("/databases/main/orders/roles", json={"name": "orders_app"})
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.yogi.email)  # some are for operators
    given = {"slug": "rangers", "server": "main", "name": "orders", "role_name": "orders_app"}
    for at, (why, _) in FOR_PEOPLE.items():
        method, path = at.split()
        path = re.sub(r"\{(\w+)\}", lambda part: given.get(part[1], "booboo@park.example"), path)
        if method == "GET" and why in (FORM, TYPED) and path not in ("/account/two-factor/removal",):
            asked = park.yogi.program if not path.startswith("/account") else park.yogi.browser
            answer = await asked.get(path, headers={"accept": "application/json"})
            assert problem(answer)["status"] == 406, path
            assert "form for people" in answer.json()["detail"]
            shown = await park.yogi.browser.get(path, headers={"accept": HTML})
            assert shown.status_code == 200, path

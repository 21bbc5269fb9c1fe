"""The scopes that the description tells are those that it takes: no fewer, and no more."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response

from jellystone.database import DB
from jellystone.services.permissions import Scope
from jellystone.web.openapi import description_of
from tests.park import Park
from tests.routes.test_mails import queue

pytestmark = pytest.mark.anyio
ALL = frozenset(scope.value for scope in Scope)
Operation = dict[str, Any]


class Keyring:
    """Programs of Yogi, an operator, and of his Rangers, by the scopes of their tokens; made when first asked for."""

    def __init__(self, park: Park):
        self.park = park
        self.made: dict[tuple[str, frozenset[str]], AsyncClient] = {}

    async def personal(self, scopes: frozenset[str]) -> AsyncClient:
        return await self._program("/account/tokens", scopes)

    async def of_team(self, scopes: frozenset[str]) -> AsyncClient:
        return await self._program("/teams/rangers/tokens", scopes)

    async def _program(self, at: str, scopes: frozenset[str]) -> AsyncClient:
        if (at, scopes) not in self.made:
            made = await self.park.yogi.program.post(at, json={"name": "x", "scopes": sorted(scopes)})
            self.made[at, scopes] = await self.park.client(authorization=f"Bearer {made.json()['token']}")
        return self.made[at, scopes]


@pytest.fixture
async def keys(park: Park) -> Keyring:
    await DB.fetch("UPDATE users SET operator = true WHERE email = $1", park.yogi.email)
    return Keyring(park)


def operations(park: Park) -> list[tuple[str, str, Operation]]:
    """What deletes comes last, and the longest address first, so that everything is there when its turn comes."""
    paths = description_of(park.app)["paths"]
    found = [(path, method, operation) for path, item in paths.items() for method, operation in item.items()]
    return sorted(found, key=lambda one: (one[1] == "delete", -len(one[0]) if one[1] == "delete" else 0))


def tokens_of(operation: Operation) -> Iterator[tuple[str, frozenset[str]]]:
    """Which tokens it takes, with which scopes."""
    for requirement in operation["security"]:
        for scheme, scopes in requirement.items():
            if scheme != "session":
                yield scheme, frozenset(scopes)


async def world(park: Park) -> dict[str, str]:
    """Everything that addresses speak of. What the operation before has deleted is there again."""
    yogi = park.yogi.program
    await yogi.put("/databases/main/orders", json={"team": "rangers", "protected": False})
    await yogi.put("/databases/main/orders/roles/orders_app", json={"access": "readwrite"})
    invited = await yogi.post("/teams/rangers/invitations", json={"emails": [f"{uuid4()}@park.example"]})
    found = {"server": "main", "name": "orders", "role_name": "orders_app", "slug": "rangers"}
    found["email"] = "cindy@park.example"
    found["invitation_id"] = invited.json()[0]["id"]
    found["mail_id"] = str(await queue(park.yogi.actor.user))
    for kind, at in {"token_id": "/account/tokens", "team_token_id": "/teams/rangers/tokens"}.items():
        made = await yogi.post(at, json={"name": "x", "scopes": ["read"]})
        found[kind] = made.json()["id"]
    return found


async def ask(
    client: AsyncClient, path: str, method: str, operation: Operation, known: dict[str, str] | None = None
) -> Response:
    """With the examples of the description, but for what is really there."""
    values = {
        parameter["name"]: parameter.get("example", "")
        for parameter in operation.get("parameters", [])
        if "name" in parameter
    }
    values |= known or {}
    if path.startswith("/teams") and known:
        values["token_id"] = known["team_token_id"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    return await client.request(method.upper(), path.format(**values), json=body)


async def test_a_token_that_lacks_a_scope_is_told_which(park: Park, keys: Keyring) -> None:
    wrong = []
    for path, method, operation in operations(park):
        for scheme, scopes in tokens_of(operation):
            for missing in scopes:
                client = await (keys.personal if scheme == "personalToken" else keys.of_team)(ALL - {missing})
                answer = await ask(client, path, method, operation)
                if answer.status_code != 403 or f"lacks the scope '{missing}'" not in answer.json()["detail"]:
                    wrong.append((operation["operationId"], scheme, missing, answer.status_code))
    assert wrong == []


async def test_a_token_with_the_scopes_that_are_told_lacks_none(park: Park, keys: Keyring) -> None:
    wrong, known, reached = [], await world(park), 0
    for path, method, operation in operations(park):
        if method == "delete":
            known = await world(park)
        for scheme, scopes in tokens_of(operation):
            client = await (keys.personal if scheme == "personalToken" else keys.of_team)(scopes)
            answer = await ask(client, path, method, operation, known)
            reached += answer.is_success
            if answer.status_code == 403:
                wrong.append((operation["operationId"], scheme, sorted(scopes), answer.json()["detail"]))
    assert wrong == []
    assert reached > 60


async def test_what_takes_a_person_or_a_session_refuses_other_tokens(park: Park, keys: Keyring) -> None:
    wrong, personal, of_team = [], await keys.personal(ALL), await keys.of_team(ALL)
    for path, method, operation in operations(park):
        if operation["security"] and {} not in operation["security"]:
            taken = {scheme for scheme, _ in tokens_of(operation)}
            for scheme, client in {"personalToken": personal, "teamToken": of_team}.items():
                if scheme not in taken:
                    answer = await ask(client, path, method, operation)
                    if answer.status_code != 403 or "token" not in answer.json()["detail"]:
                        wrong.append((operation["operationId"], scheme, answer.status_code))
    assert wrong == []


async def test_every_operation_says_in_words_what_it_takes(park: Park) -> None:
    for _, _, operation in operations(park):
        words = operation["description"].rpartition("\n\n")[2]
        scopes = {scope for _, scopes in tokens_of(operation) for scope in scopes}
        assert scopes == {scope for scope in ALL if f"`{scope}`" in words}, operation["operationId"]
        assert ("no token can do this" in words) == (operation["security"] == [{"session": []}])

"""Who may do what: every permission for every rank and scope, and each asked at an address of its own."""

from itertools import chain, combinations
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from jellystone.errors import NotAllowed
from jellystone.services.actors import Actor, Kind
from jellystone.services.permissions import GRANTED, OPERATORS, SCOPE, Permission, Rank, Scope
from jellystone.tables.people import User
from tests.park import Park

P, S = Permission, Scope
TEAM = uuid4()
BY_RANK = {
    Rank.VIEWER: {P.VIEW},
    Rank.MEMBER: {
        *(P.VIEW, P.CREATE_DATABASES, P.CHANGE_DATABASES, P.DELETE_DATABASES, P.CHANGE_ROLES, P.READ_PASSWORDS),
        P.END_SESSIONS,
    },
    Rank.OWNER: set(Permission),
    None: set[Permission](),
}
BY_SCOPE = {
    S.READ: {P.VIEW},
    S.WRITE: {P.CREATE_DATABASES, P.CHANGE_DATABASES, P.DELETE_DATABASES, P.CHANGE_ROLES, P.END_SESSIONS},
    S.SECRETS: {P.READ_PASSWORDS},
    S.ADMIN: {P.CHANGE_TEAM, P.DISBAND_TEAM, P.MANAGE_TOKENS, P.MANAGE_MEMBERS, P.MOVE_DATABASES},
}
SETS = [set(chosen) for chosen in chain.from_iterable(combinations(Scope, n) for n in range(len(Scope) + 1))]


def actor(rank: Rank | None, scopes: set[Scope] | None, **more: Any) -> Actor:
    ranks = {uuid4(): Rank.OWNER} | ({TEAM: rank} if rank else {})
    given = None if scopes is None else frozenset(scopes)
    return Actor(kind=Kind.PERSON, name="yogi", user=uuid4(), ranks=ranks, scopes=given, **more)


@pytest.mark.parametrize("rank", BY_RANK)
@pytest.mark.parametrize("scopes", [None, *SETS], ids=lambda scopes: "-".join(sorted(scopes or [])) or repr(scopes))
def test_rank_and_scopes_together_say_what_may_be_done(rank: Rank | None, scopes: set[Scope] | None) -> None:
    allowed = set(chain.from_iterable(BY_SCOPE[scope] for scope in (Scope if scopes is None else scopes)))
    who = actor(rank, scopes)
    assert who.permissions(TEAM) == BY_RANK[rank] & allowed
    for permission in Permission:
        assert who.may(permission, TEAM) is (permission in BY_RANK[rank] & allowed)


def test_every_permission_has_a_scope_and_somebody_who_may() -> None:
    assert SCOPE.keys() == set(Permission)
    assert set().union(*GRANTED.values()) == set(Permission)
    assert GRANTED[Rank.VIEWER] < GRANTED[Rank.MEMBER] < GRANTED[Rank.OWNER]


def test_an_operator_sees_teams_and_no_more() -> None:
    assert set(OPERATORS) == {P.VIEW}
    assert actor(None, None, operator=True).permissions(TEAM) == {P.VIEW}
    assert actor(Rank.MEMBER, None, operator=True).permissions(TEAM) == BY_RANK[Rank.MEMBER]
    assert actor(None, {S.WRITE}, operator=True).permissions(TEAM) == set()


def test_who_may_not_is_told_what_is_missing() -> None:
    with pytest.raises(NotAllowed, match="lacks the scope 'secrets'"):
        actor(Rank.OWNER, {S.READ}).must(P.READ_PASSWORDS, TEAM)
    with pytest.raises(NotAllowed, match=r"You may not rename this team\. Ask one of its owners\."):
        actor(Rank.MEMBER, {S.ADMIN}).must(P.CHANGE_TEAM, TEAM)
    actor(Rank.OWNER, None).must(P.DISBAND_TEAM, TEAM)


DATABASE = "/databases/main/orders"
ASKED: list[tuple[Permission, str, str, dict[str, Any]]] = [  # in this order: the last one ends the team
    (P.VIEW, "GET", "/teams/rangers", {}),
    (P.CREATE_DATABASES, "POST", "/databases", {"name": "orders", "team": "rangers", "protected": False}),
    (P.CHANGE_DATABASES, "PATCH", DATABASE, {"description": "Orders"}),
    (P.CHANGE_ROLES, "POST", f"{DATABASE}/roles", {"name": "orders_app"}),
    (P.READ_PASSWORDS, "GET", f"{DATABASE}/roles/orders_app/password", {}),
    (P.END_SESSIONS, "DELETE", f"{DATABASE}/connections?state=idle", {}),
    (P.DELETE_DATABASES, "DELETE", DATABASE, {}),
    (P.CHANGE_TEAM, "PATCH", "/teams/rangers", {"name": "Rangers"}),
    (P.MANAGE_TOKENS, "POST", "/teams/rangers/tokens", {"name": "ci", "scopes": ["read"]}),
    (P.DISBAND_TEAM, "DELETE", "/teams/rangers", {}),
]


async def ask(client: AsyncClient, method: str, at: str, body: dict[str, Any]) -> int:
    return (await client.request(method, at, json=body or None)).status_code


@pytest.mark.anyio
async def test_each_permission_is_asked_for_at_its_address(park: Park) -> None:
    """What is not permitted is 403, of a team that one does not see 404; only then the owner does it."""
    ranks = [(park.booboo, Rank.MEMBER), (park.cindy, Rank.VIEWER), (park.smith, None)]
    chosen = ({S.READ}, {S.READ, S.WRITE}, {S.READ, S.SECRETS}, {S.READ, S.ADMIN})
    tokens = [(await park.with_scopes(*scopes), scopes) for scopes in chosen]
    for permission, method, at, body in ASKED:
        for person, rank in ranks:
            if permission not in BY_RANK[rank]:
                for client in (person.program, person.browser):
                    status = await ask(client, method, at, body)
                    assert status == (403 if rank else 422 if at == "/databases" else 404), (permission, person.name)
        for client, scopes in tokens:
            if SCOPE[permission] not in scopes:
                assert await ask(client, method, at, body) == 403, (permission, scopes)
        assert await ask(park.yogi.program, method, at, body) in (200, 201, 204), permission


@pytest.mark.anyio
async def test_a_token_without_read_reads_nothing(park: Park) -> None:
    client = await park.with_scopes("write", "secrets", "admin")
    for at in ("/teams", "/teams/rangers", "/teams/rangers/events", "/teams/rangers/tokens", "/databases", "/servers"):
        assert (await client.get(at)).status_code == 403, at


@pytest.mark.anyio
async def test_an_operator_sees_every_team_and_no_password(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    await park.token.post(f"{DATABASE}/roles", json={"name": "orders_app"})
    await User.update({User.operator: True}).where(User.email == park.smith.email)
    for client in (park.smith.program, park.smith.browser):
        for at in ("/teams/rangers", DATABASE, f"{DATABASE}/roles/orders_app", "/teams/rangers/events"):
            assert (await client.get(at)).status_code == 200, at
        assert (await client.get(f"{DATABASE}/roles/orders_app/password")).status_code == 403
        assert await ask(client, "PATCH", "/teams/rangers", {"name": "Mine"}) == 403
        assert await ask(client, "DELETE", DATABASE, {}) == 403
    assert "Rangers" in (await park.smith.browser.get("/teams")).text

"""/people: what operators see of accounts and do to them, in a browser and as programs."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from jellystone.services import accounts
from jellystone.services.permissions import Scope
from jellystone.tables.people import RecoveryCode, User
from tests.park import HERE, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
BOOBOO = "/people/booboo@park.example"


@pytest.fixture
async def operator(park: Park) -> Park:
    """Smith, who belongs to no team, looks after the instance."""
    await User.update({User.operator: True}).where(User.email == park.smith.email)
    return park


async def emails(park: Park, query: str = "") -> list[str]:
    return [person["email"] for person in (await park.smith.program.get(f"/people{query}")).json()["items"]]


async def row(park: Park, name: str) -> User:
    user = await User.objects().get(User.email == f"{name}@park.example")
    assert user is not None
    return user


async def test_all_accounts_are_listed_in_pages(operator: Park) -> None:
    listed = (await operator.smith.program.get("/people?per_page=3")).json()
    assert [person["email"][:3] for person in listed["items"]] == ["boo", "cin", "smi"]
    assert (listed["total"], listed["next"]) == (4, "/people?per_page=3&page=2")
    assert [person["email"][:3] for person in (await operator.smith.program.get(listed["next"])).json()["items"]] == [
        "yog"
    ]
    assert listed["items"][0]["teams"] == ["rangers"]
    assert listed["items"][0]["sessions"] >= 1
    page = (await operator.smith.browser.get("/people?per_page=3")).text
    assert "4 accounts" in page
    assert 'rel="next"' in page


async def test_an_account_is_found_by_a_part_of_its_address(operator: Park) -> None:
    assert await emails(operator, "?q=OOB") == ["booboo@park.example"]
    assert await emails(operator, "?q=%25") == []
    found = await operator.smith.htmx.get("/people?q=cin", headers={"hx-target": "div#people-rows"})
    assert "cindy@park.example" in found.text
    assert "yogi@" not in found.text
    assert "<html" not in found.text


async def test_nothing_that_an_account_holds_is_shown(operator: Park) -> None:
    shown = (await operator.smith.program.get(BOOBOO)).json()
    assert not {"password_hash", "wrapped_key", "public_key", "totp_secret"} & shown.keys()
    assert problem(await operator.smith.program.get("/people/nobody@park.example"))["status"] == 404


async def test_only_operators_may(park: Park) -> None:
    for who in ("yogi", "booboo", "cindy", "smith"):
        program = park.people[who].program
        assert problem(await program.get("/people"))["status"] == 403
        assert problem(await program.get(BOOBOO))["status"] == 403
        assert problem(await program.patch(BOOBOO, json={"operator": True}))["status"] == 403
        assert problem(await program.delete(f"{BOOBOO}/sessions"))["status"] == 403
        assert problem(await program.delete(f"{BOOBOO}/two-factor"))["status"] == 403
        assert problem(await program.get("/events"))["status"] == 403
    assert problem(await park.token.get("/people"))["status"] == 403
    assert (await park.yogi.browser.get("/people")).status_code == 403


async def test_a_disabled_account_is_out_at_once_and_comes_back_as_it_was(operator: Park) -> None:
    disabled = await operator.smith.program.patch(BOOBOO, json={"disabled": True})
    assert disabled.json()["disabled"] is True
    assert (await operator.booboo.program.get("/teams/rangers")).status_code == 401
    assert (await operator.booboo.browser.get("/teams")).headers["location"].startswith("/session/new")
    person = {"email": "booboo@park.example", "password": PASSWORD}
    refused = await (await operator.client()).post("/session", json=person)
    assert refused.status_code == 422
    assert "disabled" in (await operator.smith.browser.get(BOOBOO)).text
    enabled = await operator.smith.program.patch(BOOBOO, json={"disabled": False})
    assert enabled.json()["disabled"] is False
    assert (await operator.booboo.program.get("/teams/rangers")).status_code == 200
    assert (await operator.booboo.browser.get("/teams")).status_code == 200


async def press(park: Park, button: str) -> None:
    """Send the form of Boo-Boo's page that has this button, as a browser does."""
    page = (await park.smith.browser.get(BOOBOO)).text
    (form,) = [form for form in re.findall(r"<form method.+?</form>", page, re.DOTALL) if f">{button}<" in form]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)">', form))
    at = re.search(r'action="([^"]+)"', form)
    assert at
    sent = await park.smith.browser.post(at[1], data=fields)
    assert (sent.status_code, sent.headers["location"]) == (303, "/people/booboo%40park.example")


async def test_each_button_changes_one_thing_and_leaves_the_other(operator: Park) -> None:
    for button, expected in [
        ("Make an operator", (True, False)),
        ("Disable", (True, True)),
        ("Dismiss as operator", (False, True)),
        ("Enable", (False, False)),
    ]:
        await press(operator, button)
        user = await row(operator, "booboo")
        assert (user.operator, user.disabled_at is not None) == expected, button


async def test_the_last_operator_stays_one(operator: Park) -> None:
    me = "/people/smith@park.example"
    for changes in ({"operator": False}, {"disabled": True}):
        answer = problem(await operator.smith.program.patch(me, json=changes))
        assert answer["detail"] == "An instance needs an operator. Make somebody else one first."
    page = await operator.smith.browser.post(f"{me}?_method=patch", data={"operator": "false", "disabled": "false"})
    assert page.status_code == 409
    assert "Make somebody else one first." in page.text
    await operator.smith.program.patch(BOOBOO, json={"operator": True, "disabled": True})
    assert problem(await operator.smith.program.patch(me, json={"operator": False}))["status"] == 409
    await operator.smith.program.patch(BOOBOO, json={"disabled": False})
    assert (await operator.smith.program.patch(me, json={"operator": False})).json()["operator"] is False
    assert problem(await operator.smith.program.get("/people"))["status"] == 403


async def test_ended_sessions_are_over_and_tokens_go_on(operator: Park) -> None:
    person = {"email": "booboo@park.example", "password": PASSWORD}
    assert (await (await operator.client()).post("/session", json=person)).status_code == 201
    await press(operator, "End 2 sessions")
    assert (await operator.booboo.browser.get("/teams")).status_code == 303
    assert (await operator.booboo.program.get("/teams")).status_code == 200
    assert (await operator.smith.program.get(BOOBOO)).json()["sessions"] == 0


async def test_a_lost_second_factor_is_reset(operator: Park) -> None:
    booboo = operator.booboo.actor
    await User.update({User.totp_secret: b"x", User.totp_confirmed_at: datetime.now(UTC)}).where(User.id == booboo.user)
    await RecoveryCode(user=booboo.user, digest=b"x" * 32).save()
    assert "Reset the second factor" in (await operator.smith.browser.get(BOOBOO)).text
    assert (await operator.smith.program.delete(f"{BOOBOO}/two-factor")).status_code == 204
    assert (await operator.smith.program.get(BOOBOO)).json()["second_factor"] is False
    assert not await RecoveryCode.exists().where(RecoveryCode.user == booboo.user)
    person = {"email": "booboo@park.example", "password": PASSWORD}
    again = await (await operator.client()).post("/session", json=person)
    assert again.json()["second_factor"] is False


async def test_what_operators_do_is_recorded_and_told_to_whom_it_concerns(operator: Park) -> None:
    await operator.smith.program.patch(BOOBOO, json={"operator": True})
    await operator.smith.program.patch(BOOBOO, json={"operator": False})
    await operator.smith.program.delete(f"{BOOBOO}/sessions")
    await operator.smith.program.patch(BOOBOO, json={"disabled": True})
    await operator.smith.program.patch(BOOBOO, json={"disabled": False})
    seen = (await operator.booboo.program.get("/account/events?person=smith")).json()["items"]
    assert [event["action"] for event in seen] == [
        "enabled",
        "disabled",
        "ended the sessions of",
        "dismissed as operator",
        "made operator",
    ]
    assert {event["object"] for event in seen} == {"booboo@park.example"}


async def test_changing_nothing_is_no_event(operator: Park) -> None:
    before = (await operator.smith.program.get("/events")).json()["total"]
    assert (await operator.smith.program.patch(BOOBOO, json={})).status_code == 200
    assert (await operator.smith.program.patch(BOOBOO, json={"disabled": False})).status_code == 200
    assert (await operator.smith.program.get("/events")).json()["total"] == before


async def test_an_operator_sees_a_teams_objects_and_figures_and_never_a_password(operator: Park) -> None:
    await operator.token.post("/databases", json={"name": "honey", "owner_role": True})
    for address in ("/teams/rangers", "/databases/main/honey", "/databases/main/honey/roles/honey"):
        assert (await operator.smith.program.get(address)).status_code == 200
        assert (await operator.smith.browser.get(address)).status_code == 200
    assert "rangers" in [team["slug"] for team in (await operator.smith.program.get("/teams")).json()["items"]]
    assert "main/honey" in [one["id"] for one in (await operator.smith.program.get("/databases")).json()["items"]]
    for address in ("members", "tokens", "events", "invitations", "exposures"):
        assert (await operator.smith.browser.get(f"/teams/rangers/{address}")).status_code == 200
    secret = await operator.smith.program.get("/databases/main/honey/roles/honey/password")
    assert problem(secret)["status"] == 403
    assert (await operator.smith.browser.get("/databases/main/honey/roles/honey/password")).status_code == 403
    page = (await operator.smith.browser.get("/databases/main/honey")).text
    assert "Reveal" not in page
    assert "You hold no key" not in (await operator.smith.browser.get("/teams/rangers")).text


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("PATCH", "/teams/rangers", {"name": "Mine"}),
    ("DELETE", "/teams/rangers", {}),
    ("POST", "/teams/rangers/invitations", {"emails": ["smith@park.example"]}),
    ("PATCH", "/teams/rangers/members/cindy@park.example", {"rank": "owner"}),
    ("DELETE", "/teams/rangers/members/cindy@park.example", {}),
    ("PUT", "/teams/rangers/members/booboo@park.example/key", {}),
    ("POST", "/teams/rangers/key", {"token": "jst_x"}),
    ("DELETE", "/teams/rangers/key", {}),
    ("POST", "/teams/rangers/tokens", {"name": "mine", "scopes": ["read"]}),
    ("POST", "/teams/rangers/exposures", {}),
    ("POST", "/databases", {"name": "mine", "team": "rangers"}),
    ("PATCH", "/databases/main/honey", {"description": "Mine"}),
    ("DELETE", "/databases/main/honey", {}),
    ("POST", "/databases/main/honey/roles", {"name": "mine"}),
    ("PUT", "/databases/main/honey/roles/honey/password", {}),
    ("DELETE", "/databases/main/honey/roles/honey", {}),
]


async def test_an_operator_changes_nothing_in_a_team_of_others(operator: Park) -> None:
    await operator.token.post("/databases", json={"name": "honey", "owner_role": True, "protected": False})
    for method, address, body in CHANGES:
        answer = await operator.smith.program.request(method, address, json=body)
        assert answer.status_code == 403, (method, address, answer.text)


@pytest.mark.parametrize("scopes", [["read"], ["read", "write", "secrets"], ["read", "admin"], list(Scope)])
async def test_an_operators_token_counts_as_one_with_the_scope_admin_only(operator: Park, scopes: list[str]) -> None:
    made = await operator.smith.program.post("/account/tokens", json={"name": "x", "scopes": [str(s) for s in scopes]})
    program = await operator.client(authorization=f"Bearer {made.json()['token']}")
    answer = await program.get("/people")
    assert answer.status_code == (200 if "admin" in scopes else 403)
    expected = 404 if "admin" not in scopes else 200 if "read" in scopes else 403
    assert (await program.get("/teams/rangers")).status_code == expected


async def test_operators_find_their_pages_from_home_and_every_foot(operator: Park) -> None:
    home = (await operator.smith.browser.get("/")).text
    for address in ("/people", "/events", "/operator/mails"):
        assert f'href="{address}"' in home
        assert f'href="{address}"' in (await operator.smith.browser.get("/teams")).text
        assert f'href="{address}"' not in (await operator.yogi.browser.get("/")).text


async def test_members_find_members_events_and_tokens_from_the_teams_page(park: Park) -> None:
    for who in ("yogi", "booboo", "cindy"):
        page = (await park.people[who].browser.get("/teams/rangers")).text
        for address in ("members", "events", "tokens"):
            assert f'href="/teams/rangers/{address}"' in page
        assert ("/invitations/new" in page) is (who == "yogi")


async def test_an_address_may_hold_what_must_be_escaped(operator: Park) -> None:
    await accounts.register(HERE, email="b&o?o#b%o+o@park.example", password=PASSWORD, confirmed=True)
    page = (await operator.smith.browser.get("/people?q=b%26o")).text
    at = "/people/b%26o%3Fo%23b%25o%2Bo%40park.example"
    assert f'href="{at}"' in page
    assert (await operator.smith.browser.get(at)).status_code == 200
    sent = await operator.smith.browser.post(f"{at}?_method=patch", data={"disabled": "true"})
    assert sent.status_code == 303
    assert (await operator.smith.browser.get(sent.headers["location"])).status_code == 200


async def test_an_address_with_a_slash_would_be_out_of_reach_and_is_refused(park: Park) -> None:
    person = {"email": "a/b@park.example", "password": PASSWORD}
    assert problem(await (await park.client()).post("/account", json=person))["status"] == 422

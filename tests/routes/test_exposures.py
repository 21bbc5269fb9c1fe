"""/teams/{team}/exposures: what those who left may still know, and changing it all."""

import pytest

from jellystone.services import exposures
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
ADDRESS = "/teams/rangers/exposures"


async def test_passwords_are_listed_until_they_are_changed(park: Park) -> None:
    old = (await park.token.post("/databases", json={"name": "honey", "owner_role": True})).json()["owner"]
    await park.token.post("/databases/main/honey/roles", json={"name": "honey_app", "access": "readonly"})
    await park.booboo.program.get("/databases/main/honey/roles/honey/password")
    assert (await park.yogi.program.get(ADDRESS)).json() == []
    await park.yogi.program.delete("/teams/rangers/members/booboo@park.example")
    listed = (await park.yogi.program.get(ADDRESS)).json()
    assert [(one["role"], one["who"], one["revealed"]) for one in listed] == [
        ("main/honey/honey", ["booboo@park.example"], True),
        ("main/honey/honey_app", ["booboo@park.example"], False),
    ]
    assert "could open 2 passwords" in (await park.yogi.browser.get("/teams/rangers")).text
    page = (await park.yogi.browser.get(ADDRESS)).text
    assert "revealed it" in page
    assert "Change 2 passwords" in page

    changed = await park.yogi.program.post(ADDRESS)
    assert changed.json() == {"roles": 2}
    await exposures.finish(park.team)
    assert (await park.yogi.program.get(ADDRESS)).json() == []
    now = (await park.yogi.program.get("/databases/main/honey/roles/honey/password")).json()
    assert now["password"] != old["password"]
    assert (now["secret_version"], now["status"]) == (2, "ready")
    connection = await park.connect(now["uri"])
    await connection.close()
    actions = [event["action"] for event in (await park.yogi.program.get("/teams/rangers/events")).json()["items"]]
    assert "changed all exposed passwords of" in actions
    assert actions.count("changed the password of") == 2


async def test_who_held_no_key_exposes_nothing(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await park.yogi.program.delete("/teams/rangers/members/cindy@park.example")
    assert (await park.yogi.program.get(ADDRESS)).json() == []


async def test_a_revoked_token_that_could_read_passwords_exposes_them(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "owner_role": True})
    await park.with_scopes("read", "secrets")
    await park.with_scopes("read")
    found = (await park.yogi.program.get("/teams/rangers/tokens")).json()["items"]
    by_name = {token["name"]: token["id"] for token in found}
    await park.yogi.program.delete(f"/teams/rangers/tokens/{by_name['read']}")
    assert (await park.yogi.program.get(ADDRESS)).json() == []
    await park.yogi.program.delete(f"/teams/rangers/tokens/{by_name['read-secrets']}")
    assert [one["who"] for one in (await park.yogi.program.get(ADDRESS)).json()] == [["the token read-secrets"]]


async def test_a_viewer_may_look_and_not_change(park: Park) -> None:
    assert (await park.cindy.program.get(ADDRESS)).status_code == 200
    assert problem(await park.cindy.program.post(ADDRESS))["status"] == 403

"""What the vault promises: a stolen copy of our database, even with the secret key, reveals no role's password."""

import json
from uuid import UUID

import pytest

from jellystone.database import DB
from jellystone.errors import Misconfigured
from jellystone.services import invitations
from jellystone.services.permissions import Rank
from jellystone.services.vault import InstanceKeys
from tests.park import PASSWORD, Park, problem
from tests.thief import ransack, stolen, under_the_secret_key

pytestmark = pytest.mark.anyio


async def passwords(park: Park) -> dict[UUID, str]:
    """Two roles of the Rangers and one of the Poachers, one of them changed, an invitation and a scoped token."""
    await park.smith.program.post("/teams", json={"name": "Poachers"})
    found = {}
    for client, team, database in ((park.token, "rangers", "orders"), (park.smith.program, "poachers", "traps")):
        made = await client.post("/databases", json={"name": database, "team": team, "owner_role": True})
        assert made.status_code == 201, made.text
        found[database] = made.json()["owner"]["password"]
    await park.token.post("/databases/main/orders/roles", json={"name": "app", "password": "given by a person"})
    found["app"] = (await park.token.put("/databases/main/orders/roles/app/password", json={})).json()["password"]
    await park.with_scopes("read", "secrets")
    await invitations.invite(park.yogi.actor, park.team, emails=["ranger@park.example"], rank=Rank.MEMBER)
    rows = await DB.fetch("SELECT id, name FROM roles")
    return {row["id"]: found[row["name"]] for row in rows}


async def test_a_copy_of_every_table_with_the_secret_key_opens_no_password(park: Park) -> None:
    right = await passwords(park)
    dump = await stolen()
    assert {name for name in dump.tables if dump.tables[name]} >= {
        *(
            "roles",
            "databases",
            "servers",
            "users",
            "teams",
            "memberships",
            "sessions",
            "tokens",
            "invitations",
            "events",
        ),
    }
    plain = "\n".join(str(value) for value in dump.values())
    for password in [*right.values(), "given by a person", PASSWORD]:
        assert password not in plain
        assert password.encode() not in b"\n".join(value for value in dump.values() if isinstance(value, bytes))
    assert ransack(dump) == {}
    assert [key for key in dump.known if b"postgresql://" in key]  # the way to the servers does open: they say so


async def test_the_same_ransacking_succeeds_with_what_a_member_or_a_token_holds(park: Park) -> None:
    """So the search above is a real one: one secret more, and it finds everything of the team, and only of the team."""
    right = await passwords(park)
    rangers = {row["id"] for row in await DB.fetch("SELECT id FROM roles WHERE name <> 'traps'")}
    token = park.token.headers["authorization"].removeprefix("Bearer ").encode()
    cookie = park.booboo.browser.headers["cookie"].removeprefix("jellystone=").encode()
    for secret in (token, cookie):
        assert ransack(await stolen(), secret) == {id: right[id] for id in rangers}
    smith = park.smith.browser.headers["cookie"].removeprefix("jellystone=").encode()
    assert ransack(await stolen(), smith) == {id: right[id] for id in right.keys() - rangers}


async def test_a_changed_or_swapped_secret_is_an_error_and_no_wrong_answer(park: Park) -> None:
    right = await passwords(park)
    rows = {row["name"]: row for row in await DB.fetch("SELECT name, id, sealed_password FROM roles")}
    at = "/databases/main/orders/roles/app/password"
    assert (await park.token.get(at)).json()["password"] == right[rows["app"]["id"]]
    own = rows["app"]["sealed_password"]
    flipped = [own[:place] + bytes([own[place] ^ 1]) + own[place + 1 :] for place in (0, 1, 40, len(own) - 1)]
    swapped = [rows["orders"]["sealed_password"], rows["traps"]["sealed_password"]]
    for wrong in [*flipped, *swapped, b"", own[:20]]:
        await DB.fetch("UPDATE roles SET sealed_password = $1 WHERE name = 'app'", wrong)
        for client in (park.token, park.booboo.program):
            refused = await client.get(at)
            assert problem(refused)["status"] == 403
            assert "Change it to store a new one" in refused.text
        page = await park.booboo.browser.get(at)
        assert page.status_code == 403
        for password in right.values():
            assert password not in page.text
    await DB.fetch("UPDATE roles SET sealed_password = $1 WHERE name = 'app'", own)
    assert (await park.token.get(at)).status_code == 200


async def test_another_teams_copy_of_the_key_or_membership_opens_nothing(park: Park) -> None:
    await passwords(park)
    at = "/databases/main/orders/roles/app/password"
    assert (await park.smith.program.get(at)).status_code == 404
    copy = await DB.fetch_row("SELECT sealed_key FROM memberships WHERE rank = 'member'")
    assert copy is not None
    user = park.smith.actor.user
    await DB.fetch(
        'INSERT INTO memberships (id, team, "user", rank, sealed_key) VALUES (gen_random_uuid(), $1, $2, $3, $4)',
        park.team.id,
        user,
        "member",
        copy["sealed_key"],
    )
    refused = await park.smith.program.get(at)  # in the team by a forged row, and still without its key
    assert problem(refused)["status"] == 403
    assert "password" not in refused.json()


async def test_a_viewer_holds_no_way_to_the_passwords(park: Park) -> None:
    await passwords(park)
    for client in (park.cindy.program, park.cindy.browser, park.cindy.htmx):
        assert (await client.get("/databases/main/orders/roles/app/password")).status_code == 403


async def test_the_instance_needs_its_key_to_reach_its_servers(park: Park) -> None:
    dump = await stolen()
    dump.secret_keys = ["another key, also long enough to be one"]
    assert list(under_the_secret_key(dump)) == []
    with pytest.raises(Misconfigured):
        InstanceKeys([])


async def test_no_event_carries_a_secret(park: Park) -> None:
    right = await passwords(park)
    events = json.dumps((await park.token.get("/teams/rangers/events?per_page=200")).json())
    for password in [*right.values(), "given by a person"]:
        assert password not in events

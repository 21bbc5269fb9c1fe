"""Teams: founding, finding, renaming and disbanding them."""

import asyncio

import pytest

from jellystone.tables.people import User
from jellystone.tables.teams import Membership, Team
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
TAKEN = "A team of this name exists already. Choose another name."


async def test_a_program_founds_a_team_and_gets_its_first_token(park: Park) -> None:
    made = await park.smith.program.post("/teams", json={"name": "Smith & Sons"})
    body = made.json()
    assert (made.status_code, made.headers["location"], body["slug"]) == (201, "/teams/smith-sons", "smith-sons")
    assert (body["id"], body["name"], body["rank"], body["members"], body["databases"]) == (
        *("smith-sons", "Smith & Sons", "owner", 1, 0),
    )
    token = await park.client(authorization=f"Bearer {body['token']}")
    shown = (await token.get("/teams/smith-sons")).json()
    assert "token" not in shown
    assert shown == {name: body[name] for name in shown} | {"rank": None}


async def test_a_person_founds_a_team_and_sees_its_first_token_once(park: Park) -> None:
    browser = park.smith.browser
    assert "Found team" in (await browser.get("/teams/new")).text
    page = await browser.post("/teams", data={"name": "Bees"})
    assert page.status_code == 200
    assert "Bees is founded" in page.text
    assert page.text.count("jst_") >= 1
    assert "jst_" not in (await browser.get("/teams/bees")).text
    assert "you: owner" in (await browser.get("/teams/bees")).text


async def test_a_name_is_taken_whatever_its_case(park: Park) -> None:
    for name in ("Rangers", "rangers", "RANGERS"):
        for person, existing in ((park.yogi, "rangers"), (park.smith, None)):
            told = problem(await person.program.post("/teams", json={"name": name}))
            assert (told["status"], told["errors"], told.get("existing")) == (409, {"name": TAKEN}, existing)
        page = await park.smith.browser.post("/teams", data={"name": name})
        assert page.status_code == 409
        assert TAKEN in page.text
        assert f'value="{name}"' in page.text


async def test_two_at_once_found_one_team(park: Park) -> None:
    asked = [park.smith.program.post("/teams", json={"name": name}) for name in ("Bees", "BEES", "bees", "bEEs")]
    assert sorted(answer.status_code for answer in await asyncio.gather(*asked)) == [201, 409, 409, 409]


async def test_names_of_one_slug_are_numbered(park: Park) -> None:
    names = ("Bees", "Bees!", "-bees-", "B\u00e9es", "bees 2")
    made = await asyncio.gather(*(park.smith.program.post("/teams", json={"name": name}) for name in names))
    slugs = [answer.json()["slug"] for answer in made]
    assert len(set(slugs)) == 5
    assert all(slug.startswith("bees") for slug in slugs)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("New", "new-2"),
        ("Removal", "removal-2"),
        ("Ranger's Caf\u00e9", "ranger-s-cafe"),
        ("\u718a\u3068\u68ee", "team"),
        ("\U0001f43b\U0001f43b", "team"),
        ("ab", "ab"),
        ("x" * 64, "x" * 48),
        ("../etc/passwd", "etc-passwd"),
        ("Stra\u00dfe 9\u00be", "strae-934"),
    ],
)
async def test_the_address_is_made_from_the_name(park: Park, name: str, slug: str) -> None:
    made = await park.smith.program.post("/teams", json={"name": name})
    assert (made.status_code, made.json()["slug"], made.json()["name"]) == (201, slug, name)
    for at in (f"/teams/{slug}", f"/teams/{slug}/tokens", f"/teams/{slug}/events"):
        assert (await park.smith.browser.get(at)).status_code == 200


@pytest.mark.parametrize(
    "name", ["", "a", "x" * 65, " ab", "ab ", "a\tb", "a\nb", "ab\n", "\u00a0ab", "a\x7fb", None, 7, ["ab"]]
)
async def test_a_name_that_is_none_is_refused(park: Park, name: object) -> None:
    assert problem(await park.smith.program.post("/teams", json={"name": name}))["errors"].keys() == {"name"}
    assert problem(await park.yogi.program.patch("/teams/rangers", json={"name": name}))["errors"].keys() == {"name"}


async def test_ones_teams_are_listed_by_name_and_found_by_a_part_of_it(park: Park) -> None:
    for name in ("bees", "Ants", "100%_sure", "Crows"):
        await park.yogi.program.post("/teams", json={"name": name})

    async def found(query: str) -> list[str]:
        body = (await park.yogi.program.get(f"/teams{query}")).json()
        assert body["total"] == len(body["items"])
        return [team["name"] for team in body["items"]]

    assert await found("") == ["100%_sure", "Ants", "bees", "Crows", "Rangers"]
    assert await found("?q=R") == ["100%_sure", "Crows", "Rangers"]
    assert await found("?q=%25") == await found("?q=_") == ["100%_sure"]
    assert await found("?q=%5C") == await found("?q=nothing") == []
    page = await park.yogi.browser.get("/teams?q=nothing")
    assert "No team is called that" in page.text
    part = await park.yogi.htmx.get("/teams?q=Cro", headers={"hx-target": "div#team-rows"})
    assert "Crows" in part.text
    assert "Rangers" not in part.text
    first = (await park.yogi.program.get("/teams?per_page=2")).json()
    assert (first["total"], len(first["items"]), first["next"]) == (5, 2, "/teams?per_page=2&page=2")


async def test_a_stranger_sees_no_trace_of_a_team(park: Park) -> None:
    assert (await park.smith.program.get("/teams")).json()["total"] == 0
    assert "No team yet" in (await park.smith.browser.get("/teams")).text
    at = "/teams/rangers"
    for method, path in (
        *(("GET", at), ("PATCH", at), ("DELETE", at), ("GET", f"{at}/tokens"), ("POST", f"{at}/tokens")),
        *(("GET", f"{at}/events"), ("POST", f"{at}/removal"), ("GET", f"{at}/edit"), ("GET", f"{at}/removal")),
    ):
        sent = {"name": "Rangers", "scopes": ["read"]} if "tokens" in path else {"name": "Rangers"}
        for client in (park.smith.browser, park.smith.program):
            answer = await client.request(method, path, **({"data": sent} if method != "GET" else {}))  # type: ignore[arg-type]
            assert answer.status_code in (404, 406), (method, path)
            assert answer.status_code == 404 or client is park.smith.program
    assert (await park.yogi.program.get(at)).json()["name"] == "Rangers"


async def test_an_owner_renames_it_and_its_address_stays(park: Park) -> None:
    form = await park.yogi.browser.get("/teams/rangers/edit")
    assert 'value="Rangers"' in form.text
    done = await park.yogi.browser.post("/teams/rangers?_method=patch", data={"name": "Keepers"})
    assert (done.status_code, done.headers["location"]) == (303, "/teams/rangers")
    assert (await park.yogi.program.get("/teams/rangers")).json()["name"] == "Keepers"
    again = await park.yogi.program.patch("/teams/rangers", json={"name": "KEEPERS"})
    assert again.json()["name"] == "KEEPERS", "its own name is not taken"
    await park.smith.program.post("/teams", json={"name": "Bees"})
    told = problem(await park.yogi.program.patch("/teams/rangers", json={"name": "bees"}))
    assert (told["status"], told["errors"]) == (409, {"name": TAKEN})
    page = await park.yogi.browser.post("/teams/rangers?_method=patch", data={"name": "bees"})
    assert page.status_code == 409
    assert 'value="bees"' in page.text
    assert problem(await park.yogi.program.patch("/teams/rangers", json={}))["errors"].keys() == {"name"}


async def test_what_one_may_not_do_is_not_offered(park: Park) -> None:
    for person, offered in ((park.yogi, True), (park.booboo, False), (park.cindy, False)):
        page = (await person.browser.get("/teams/rangers")).text
        assert ('href="/teams/rangers/edit"' in page) is offered
        assert ('href="/teams/rangers/removal"' in page) is offered
        for at in ("/teams/rangers/edit", "/teams/rangers/removal"):
            assert (await person.browser.get(at)).status_code == (200 if offered else 403)
    assert ("New database" in (await park.cindy.browser.get("/teams/rangers")).text) is False


async def test_a_person_disbands_it_by_typing_its_name(park: Park) -> None:
    at, yogi = "/teams/rangers/removal", park.yogi.browser
    assert "Type the team&#39;s name: Rangers" in (await yogi.get(at)).text
    wrong = await yogi.post(at, data={"name": "rangers"})
    assert wrong.status_code == 422
    assert "Type Rangers to disband it." in wrong.text
    done = await yogi.post(at, data={"name": "Rangers"})
    assert (done.status_code, done.headers["location"]) == (303, "/teams")
    assert (await yogi.get("/teams/rangers")).status_code == 404
    assert (await park.token.get("/teams/rangers")).status_code == 401
    assert not await Membership.exists()


async def test_a_program_disbands_it(park: Park) -> None:
    assert (await park.token.delete("/teams/rangers")).status_code == 204
    assert (await park.yogi.program.delete("/teams/rangers")).status_code == 404
    assert (await park.smith.program.post("/teams", json={"name": "Rangers"})).status_code == 201


async def test_a_team_with_a_database_stays(park: Park) -> None:
    assert (await park.token.post("/databases", json={"name": "orders", "protected": False})).status_code == 201
    told = problem(await park.yogi.program.delete("/teams/rangers"))
    assert (told["status"], told["detail"]) == (409, "Rangers still has 1 database. Delete them first.")
    page = await park.yogi.browser.get("/teams/rangers/removal")
    assert "still has 1 database" in page.text
    assert (await park.yogi.browser.post("/teams/rangers/removal", data={"name": "Rangers"})).status_code == 409
    assert (await park.token.delete("/databases/main/orders")).status_code == 204
    assert (await park.yogi.program.delete("/teams/rangers")).status_code == 204


async def test_an_operator_sees_teams_without_being_in_them(park: Park) -> None:
    await User.update({User.operator: True}).where(User.email == park.smith.email)
    team = (await park.smith.program.get("/teams/rangers")).json()
    assert (team["rank"], team["members"]) == (None, 3)
    assert (await park.smith.program.get("/teams")).json()["total"] == 1
    page = (await park.smith.browser.get("/teams/rangers")).text
    assert "Rangers" in page
    assert "/teams/rangers/edit" not in page
    assert await Team.count() == 1

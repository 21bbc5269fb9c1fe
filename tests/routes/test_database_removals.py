"""/databases/{server}/{database}/removal: people are asked first, and see it go."""

import pytest

from tests.park import Park, problem

pytestmark = pytest.mark.anyio
AT = "/databases/main/honey"


async def test_the_page_asks_for_the_name_and_then_it_is_gone(park: Park) -> None:
    made = await park.token.post("/databases", json={"name": "honey", "owner_role": True, "protected": False})
    await park.token.post("/databases", json={"name": "berries"})
    session = await park.connect(made.json()["owner"]["uri"])
    assert "Type its name: honey" in (await park.yogi.browser.get(f"{AT}/removal")).text
    wrong = await park.yogi.browser.post(f"{AT}/removal", data={"name": "Honey"})
    assert wrong.status_code == 422
    assert "Type honey to delete it." in wrong.text
    assert 'value="Honey"' in wrong.text
    gone = await park.yogi.browser.post(f"{AT}/removal", data={"name": "honey"})
    assert (gone.status_code, gone.headers["location"]) == (303, "/teams/rangers")
    assert "honey%20is%20deleted." in gone.headers["set-cookie"]
    assert session.is_closed()
    left = {row["datname"] for row in await park.sql("SELECT datname FROM pg_database")}
    assert "honey" not in left
    assert "berries" in left
    assert not await park.sql("SELECT FROM pg_roles WHERE rolname LIKE 'honey%'")


async def test_a_protected_one_is_not_asked_about_but_explained(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey"})
    page = (await park.yogi.browser.get(f"{AT}/removal")).text
    assert "honey is protected" in page
    assert "Type its name" not in page
    refused = await park.yogi.browser.post(f"{AT}/removal", data={"name": "honey"})
    assert refused.status_code == 409
    assert (await park.yogi.program.get(AT)).status_code == 200


async def test_who_looks_on_is_led_to_the_team_when_it_is_gone(park: Park) -> None:
    await park.token.post("/databases", json={"name": "honey", "protected": False})
    assert "honey" in (await park.yogi.htmx.get(f"{AT}/deletion?team=rangers")).text
    await park.token.delete(AT)
    after = await park.yogi.htmx.get(f"{AT}/deletion?team=rangers")
    assert after.headers["hx-redirect"] == "/teams/rangers"


@pytest.mark.parametrize(("who", "status"), [("cindy", 403), ("smith", 404)])
async def test_others_may_not(park: Park, who: str, status: int) -> None:
    await park.token.post("/databases", json={"name": "honey", "protected": False})
    person = park.people[who]
    assert (await person.browser.post(f"{AT}/removal", data={"name": "honey"})).status_code == status
    assert problem(await person.program.delete(AT))["status"] == status

"""Every error, for people and for programs."""

import logging
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient
from litestar import Litestar, get
from litestar.params import FromPath

from jellystone.errors import Busy, Conflict, NotConfirmed, NotFound, Refused, Unreachable
from jellystone.services.vault import Sealed
from tests.otherwise import caller, otherwise
from tests.park import HTML, Park, problem

pytestmark = pytest.mark.anyio
SECRET = "jsp_do_not_tell"
RAISED = {
    "bug": (RuntimeError(SECRET), 500),
    "not-found": (NotFound("There is no bear."), 404),
    "conflict": (Conflict("Taken.", existing="main/orders", name="This name is taken."), 409),
    "busy": (Busy("Wait a little.", retry_after=5), 503),
    "unreachable": (Unreachable("main does not answer."), 503),
    "refused": (Refused("main would not."), 502),
    "sealed": (Sealed("Locked."), 403),
    "not-confirmed": (NotConfirmed("Type it again."), 403),
}


@get("/raise/{kind:str}", public=True, include_in_schema=False)
async def fail(kind: FromPath[str]) -> None:
    raise RAISED[kind][0]


@pytest.fixture(scope="module")
async def failing(app: Litestar) -> AsyncIterator[AsyncClient]:
    async with otherwise() as failing:
        failing.register(fail)
        async with caller(failing) as client:
            yield client


@pytest.mark.parametrize("kind", RAISED)
async def test_a_program_reads_what_is_wrong(failing: AsyncClient, kind: str) -> None:
    error, status = RAISED[kind]
    answer = await failing.get(f"/raise/{kind}")
    body = problem(answer)
    assert body["status"] == status
    assert "accept" in answer.headers["vary"].lower()
    if status != 500:
        assert body["type"] == f"urn:jellystone:{kind}"
        assert body["detail"] == str(error)


async def test_a_conflict_names_what_stands_in_the_way(failing: AsyncClient) -> None:
    body = problem(await failing.get("/raise/conflict"))
    assert (body["existing"], body["errors"]) == ("main/orders", {"name": "This name is taken."})


@pytest.mark.parametrize(("kind", "seconds"), [("busy", "5"), ("unreachable", "30")])
async def test_who_shall_come_back_is_told_when(failing: AsyncClient, kind: str, seconds: str) -> None:
    for accept in ("*/*", HTML):
        assert (await failing.get(f"/raise/{kind}", headers={"accept": accept})).headers["retry-after"] == seconds


@pytest.mark.parametrize("kind", sorted(RAISED.keys() - {"not-confirmed"}))
async def test_a_person_gets_a_page_with_the_same_status(failing: AsyncClient, kind: str) -> None:
    error, status = RAISED[kind]
    page = await failing.get(f"/raise/{kind}", headers={"accept": HTML})
    assert page.status_code == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-request-id"] in page.text
    assert (str(error) in page.text) is (status != 500)


async def test_a_part_that_fails_is_shown_as_a_page_in_the_place_of_the_page(failing: AsyncClient) -> None:
    headers = {"accept": "text/html", "hx-request": "true", "hx-request-type": "partial", "hx-target": "div#team-rows"}
    part = await failing.get("/raise/not-found", headers=headers)
    assert (part.status_code, part.headers["hx-retarget"], part.headers["hx-reselect"]) == (404, "#main", "#main")


async def test_a_bug_is_logged_whole_and_told_to_nobody(failing: AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        for accept in ("*/*", HTML):
            answer = await failing.get("/raise/bug", headers={"accept": accept, "x-request-id": "bug-7"})
            assert answer.status_code == 500
            for detail in (SECRET, "RuntimeError", "Traceback", "jellystone/"):
                assert detail not in answer.text
            assert "It has been logged" in answer.text
    logged = [record for record in caplog.records if record.exc_info]
    assert len(logged) == 2
    assert all("bug-7" in record.getMessage() and record.exc_info[1] is RAISED["bug"][0] for record in logged)  # type: ignore[index]


async def test_who_must_sign_in_is_shown_the_way_and_brought_back(park: Park) -> None:
    person, htmx, program = [await park.client(accept=accept) for accept in (HTML, "text/html", "application/json")]
    sent = await person.get("/teams?q=b%C3%A4r&page=2")
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        "/session/new?next=/teams%3Fq%3Db%25C3%25A4r%26page%3D2",
    )
    page = await person.get(sent.headers["location"])
    assert 'name="next" value="/teams?q=b%C3%A4r&amp;page=2"' in page.text
    partly = await htmx.get("/teams", headers={"hx-request": "true", "hx-request-type": "partial"})
    assert (partly.status_code, partly.headers["hx-redirect"]) == (200, "/session/new?next=/teams")
    changing = await person.post("/teams", data={"name": "Rangers"})
    assert changing.headers["location"] == "/session/new?next=/"
    refused = await program.get("/teams")
    assert problem(refused)["status"] == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="Jellystone"'


async def test_an_error_page_knows_who_is_signed_in(park: Park) -> None:
    """Also where no route is, for which no middleware runs."""
    for method, path in (("GET", "/nowhere"), ("GET", "/teams/nobody"), ("POST", "/teams/rangers/events")):
        page = await park.yogi.browser.request(method, path)
        assert page.status_code in (404, 405)
        assert park.yogi.email in page.text, path
        assert "Back to the station" in page.text
    stranger = await (await park.client(accept=HTML, cookie="jellystone=nobody")).get("/nowhere")
    assert "Sign in" in stranger.text


async def test_what_is_not_there_looks_like_what_one_may_not_know_of(park: Park) -> None:
    there, nowhere = [problem(await park.smith.program.get(f"/teams/{slug}")) for slug in ("rangers", "nowhere")]
    assert there["detail"].replace("rangers", "") == nowhere["detail"].replace("nowhere", "")
    assert there.keys() == nowhere.keys()


async def test_a_wrong_parameter_is_a_wrong_field_and_all_are_named(park: Park) -> None:
    body = problem(await park.yogi.program.get("/teams?page=zero&per_page=1000"))
    assert body["status"] == 422
    assert body["errors"].keys() == {"page", "per_page"}
    assert problem(await park.yogi.program.get("/teams?q=" + "a" * 201))["errors"].keys() == {"q"}
    for wrong in ("page=0", "page=-1", "page=1.5", "per_page=0", "per_page=201", f"page={10**30}", "page="):
        assert problem(await park.yogi.program.get(f"/teams?{wrong}"))["status"] == 422, wrong
        assert (await park.yogi.browser.get(f"/teams?{wrong}")).status_code == 422


async def test_an_id_that_can_be_none_is_not_there(park: Park) -> None:
    assert problem(await park.yogi.program.get("/account/tokens/not-an-id"))["status"] == 404


async def test_a_wrong_parameter_is_named_on_the_page(park: Park) -> None:
    page = await park.yogi.browser.get("/databases?per_page=0")
    assert page.status_code == 422
    assert "Per page: " in page.text


async def test_static_files_ask_nobody_who_they_are(park: Park) -> None:
    stranger = await park.client(authorization="Bearer jst_nobody")
    assert (await stranger.get("/static/css/base.css")).status_code == 200

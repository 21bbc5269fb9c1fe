"""One handler, three ways to be answered: a page, a part of it, JSON."""

import pytest
from httpx import Response

from jellystone.database import DB
from jellystone.tables.people import User
from tests.park import HTML, Park, problem

pytestmark = pytest.mark.anyio
JSON, PAGE = "application/json", "text/html; charset=utf-8"
VARY = {"accept", "hx-request", "hx-request-type", "hx-target"}


def vary(answer: Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",")}


async def test_the_same_address_is_a_page_or_json_by_what_is_accepted(park: Park) -> None:
    for accept, kind in {
        HTML: PAGE,
        "text/html": PAGE,
        "text/*": PAGE,
        "application/json;q=0.1, text/html": PAGE,
        "application/json": JSON,
        "*/*": JSON,
        "": JSON,
        "text/html;q=0.1, application/json": JSON,
        "application/problem+json": JSON,
        "application/json, application/problem+json": JSON,
    }.items():
        answer = await park.yogi.program.get("/teams/rangers", headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), accept
        assert vary(answer) >= VARY


async def test_without_an_accept_header_it_is_json(park: Park) -> None:
    request = park.yogi.program.build_request("GET", "/teams/rangers")
    del request.headers["accept"]
    assert (await park.yogi.program.send(request)).headers["content-type"] == JSON


async def test_what_we_do_not_speak_is_refused_in_json(park: Park) -> None:
    for accept in ("application/xml", "image/png", ";;;", "nonsense", "x" * 5000):
        for path in ("/teams/rangers", "/teams", "/nowhere"):
            answer = await park.yogi.program.get(path, headers={"accept": accept})
            assert problem(answer)["status"] == (404 if path == "/nowhere" else 406)
        answer = await park.yogi.program.post("/teams", json={}, headers={"accept": accept})
        assert problem(answer)["status"] == 422


async def test_a_form_is_for_people(park: Park) -> None:
    for path in ("/teams/new", "/session/new", "/account/new", "/account/tokens/new", "/teams/rangers/edit"):
        assert (await park.yogi.browser.get(path)).headers["content-type"] == PAGE
        assert problem(await park.yogi.program.get(path))["status"] == 406, path


async def test_htmx_gets_the_block_that_it_will_replace(park: Park) -> None:
    target = {"hx-target": "div#team-rows"}
    part = await park.yogi.htmx.get("/teams", headers=target)
    assert part.text.lstrip().startswith('<div id="team-rows"')
    assert "Rangers" in part.text
    assert vary(part) >= VARY
    whole: tuple[dict[str, str], ...] = (
        {"hx-target": "div#nothing"},
        {"hx-request-type": "full"},
        {"hx-history-restore-request": "true"},
    )
    for headers in whole:
        page = await park.yogi.htmx.get("/teams", headers=target | headers)
        assert page.text.startswith("<!doctype html>"), headers


async def test_what_was_made_is_shown_to_programs_and_led_to_for_people(park: Park) -> None:
    made = await park.yogi.program.post("/teams", json={"name": "Bees"})
    assert (made.status_code, made.headers["location"], made.json()["slug"]) == (201, "/teams/bees", "bees")
    changed = await park.yogi.program.patch("/teams/bees", json={"name": "Wasps"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Wasps")
    led = await park.yogi.browser.post("/teams/bees?_method=patch", data={"name": "Hornets"})
    assert (led.status_code, led.headers["location"]) == (303, "/teams/bees")
    partly = await park.yogi.htmx.post("/teams/bees?_method=patch", data={"name": "Bumblebees"})
    assert (partly.status_code, partly.headers["hx-redirect"], partly.text) == (200, "/teams/bees", "")
    gone = await park.yogi.program.delete("/teams/bees")
    assert (gone.status_code, gone.content) == (204, b"")
    assert problem(await park.yogi.program.delete("/teams/bees"))["status"] == 404


async def test_a_notice_is_shown_once_on_the_page_that_follows(park: Park) -> None:
    name = 'Bär & "Bee" <b>'
    done = await park.yogi.browser.post("/teams/rangers?_method=patch", data={"name": name})
    assert "notice=" in done.headers["set-cookie"]
    notice = done.headers["set-cookie"].split(";")[0]
    browser = await park.client(accept=HTML, cookie=f"{park.yogi.browser.headers['cookie']}; {notice}")
    page = await browser.get("/teams/rangers")
    assert "The team is now called Bär &amp; &#34;Bee&#34; &lt;b&gt;." in page.text
    assert "notice=" in page.headers["set-cookie"]
    assert "Max-Age=0" in page.headers["set-cookie"]


async def test_a_secret_is_shown_in_one_answer_that_nobody_stores(park: Park) -> None:
    for client in (park.yogi.program, park.yogi.browser, park.yogi.htmx):
        answer = await client.post("/teams", data={"name": f"Bees {id(client)}"})
        assert (answer.status_code, answer.headers["cache-control"]) == (
            201 if client is park.yogi.program else 200,
            "no-store",
        )
        assert "jst_" in answer.text


async def test_an_invalid_form_comes_back_with_what_was_typed_and_all_that_is_wrong(park: Park) -> None:
    sent = {"name": "<b>", "scopes": "write", "expires_in_days": "soon"}
    wrong = {"name": "x" * 81} | {name: sent[name] for name in ("scopes", "expires_in_days")}
    page = await park.yogi.browser.post("/account/tokens", data=wrong)
    assert (page.status_code, page.headers["content-type"]) == (422, PAGE)
    assert page.text.count('class="field__error"') == 2
    assert 'value="' + "x" * 81 in page.text
    assert 'value="write" checked' in page.text
    assert 'value="read" checked' not in page.text
    escaped = await park.yogi.browser.post("/account/tokens", data=sent)
    assert 'value="&lt;b&gt;"' in escaped.text
    told = problem(
        await park.yogi.program.post("/account/tokens", json={"name": "", "scopes": [], "expires_in_days": 0})
    )
    assert told["errors"].keys() == {"name", "scopes", "expires_in_days"}
    assert all(message.endswith(".") for message in told["errors"].values())


async def test_a_password_is_never_sent_back(park: Park) -> None:
    typed = "not the right one at all"
    for client in (park.yogi.browser, park.yogi.program):
        for path, more in {"/session": {}, "/account": {"setup": "x"}, "/session/confirmation": {}}.items():
            answer = await client.post(path, data={"email": "no address", "password": typed, **more})
            assert answer.status_code == (403 if client is park.yogi.program and "confirm" in path else 422), path
            assert typed not in answer.text


async def test_a_long_list_comes_in_pages_that_name_the_next(park: Park) -> None:
    async with DB.connection() as connection:
        rows = [(f"bees-{n:03}", f"Bees {n:03}") for n in range(120)]
        await connection.executemany(
            "INSERT INTO teams (id, slug, name, folded, public_key)"
            " VALUES (gen_random_uuid(), $1::text, $2, $1::text, '')",
            rows,
        )
    await User.update({User.operator: True}).where(User.email == park.yogi.email)  # who sees them all
    at, seen, pages = "/teams?q=Bees&per_page=50", list[str](), 0
    while at:
        answer = await park.yogi.program.get(at)
        body = answer.json()
        seen += [team["name"] for team in body["items"]]
        assert body["total"] == 120
        pages += 1
        at = body["next"]
        assert answer.headers.get("link") == (f'<{at}>; rel="next"' if at else None)
        assert not at or "q=Bees" in at
    assert (pages, seen) == (3, [name for _, name in rows])
    page = await park.yogi.browser.get("/teams?q=Bees&page=2")
    assert "Page 2 of 3 · 120 teams" in page.text
    assert 'rel="next" href="/teams?q=Bees&amp;page=3"' in page.text
    assert 'rel="prev" href="/teams?q=Bees&amp;page=1"' in page.text
    beyond = (await park.yogi.program.get("/teams?q=Bees&page=9")).json()
    assert (beyond["items"], beyond["total"], beyond["next"]) == ([], 120, None)

"""What holds for every answer, also for errors, unknown addresses and static files."""

import logging
import re
from collections.abc import AsyncIterator

import msgspec
import pytest
from httpx import AsyncClient
from litestar import Litestar, get

from jellystone.web.templates import asset
from tests.otherwise import caller, otherwise
from tests.park import HTML, Park, problem

pytestmark = pytest.mark.anyio

POLICY = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=()",
}


@get("/broken", public=True, include_in_schema=False)
async def broken() -> None:
    raise RuntimeError("the secret recipe")


@pytest.fixture(scope="module")
async def visitor(app: Litestar) -> AsyncIterator[AsyncClient]:
    """A stranger's browser, at an application that also has an address that fails."""
    async with otherwise() as failing:
        failing.register(broken)
        async with caller(failing, accept=HTML) as client:
            yield client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/teams", 303),
        ("GET", "/nowhere", 404),
        ("POST", "/health", 405),
        ("POST", "/session", 422),
        ("GET", "/broken", 500),
        ("GET", "/static/favicon.svg", 200),
        ("GET", "/static/nothing.svg", 404),
        ("GET", "/static/%00", 404),
        ("GET", "/api/openapi.json", 200),
        ("OPTIONS", "/health", 204),
    ],
)
async def test_every_answer_carries_the_policy(visitor: AsyncClient, method: str, path: str, status: int) -> None:
    answer = await visitor.request(method, path)
    assert answer.status_code == status
    for name, beginning in POLICY.items():
        assert answer.headers[name].startswith(beginning)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "http" not in answer.headers["content-security-policy"]
    assert answer.headers["x-request-id"]
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


async def test_another_host_is_told_so_with_the_same_policy(visitor: AsyncClient) -> None:
    for host in ("evil.example", "jellystone.test.evil.example", "", "[::2]", "evil.example:jellystone.test"):
        answer = await visitor.get("/", headers={"host": host})
        assert answer.status_code == 421, host
        assert answer.headers["content-security-policy"]
        assert "JELLYSTONE_ALLOWED_HOSTS" in answer.text
    for host in ("JELLYSTONE.test", "jellystone.test:8080"):
        assert (await visitor.get("/", headers={"host": host})).status_code == 200
    assert (await visitor.get("/health", headers={"host": "10.0.0.7"})).status_code == 200


async def test_behind_https_browsers_shall_come_by_https_only() -> None:
    async with otherwise(base_url="https://jellystone.test") as app, caller(app) as client:
        assert "max-age=63072000" in (await client.get("/nowhere")).headers["strict-transport-security"]


async def test_nothing_is_stored_but_static_files_and_these_for_ever(visitor: AsyncClient) -> None:
    for path in ("/", "/session/new", "/nowhere", "/health", "/static/nothing.css?v=1", "/broken"):
        assert (await visitor.get(path)).headers["cache-control"] == "no-store", path
    kept = await visitor.get(asset("favicon.svg"))
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["content-type"] == "image/svg+xml"
    assert (await visitor.get("/static/favicon.svg")).headers["cache-control"] == "public, max-age=3600"


async def test_all_files_that_a_page_names_are_there(visitor: AsyncClient) -> None:
    page = (await visitor.get("/")).text
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(named) > 10
    for path in named:
        assert (await visitor.get(path)).status_code == 200, path
        assert "?v=" in path


async def test_static_files_are_only_those_in_their_folder(visitor: AsyncClient) -> None:
    for path in (
        "/static/",
        "/static/js",
        "/static/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/static/..%2fREADME.md",
    ):
        assert (await visitor.get(path)).status_code == 404, path


@pytest.mark.parametrize("sent", ["abc-1.2_3", "x" * 64])
async def test_a_sane_request_id_is_echoed(visitor: AsyncClient, sent: str) -> None:
    answer = await visitor.get("/nowhere", headers={"x-request-id": sent, "accept": "*/*"})
    assert problem(answer)["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "<script>", "é", "a;b", "a\tb"])
async def test_an_insane_request_id_is_replaced(visitor: AsyncClient, sent: str) -> None:
    answer = await visitor.get("/nowhere", headers={b"x-request-id": sent.encode("latin-1"), b"accept": b"*/*"})
    assert re.fullmatch("[0-9a-f]{32}", problem(answer)["request_id"])


def addresses(app: Litestar) -> list[str]:
    """Every address that GET answers, with what the park has put in its place."""
    given = {"slug": "rangers", "server": "main", "token_id": "00000000-0000-0000-0000-000000000000"}
    paths = {
        route.path for route in app.routes if "GET" in getattr(route, "methods", ()) and "static" not in route.path
    }
    filled = {re.sub(r"\{(\w+)(:\w+)?\}", lambda part: given.get(part[1], "orders"), path) for path in paths}
    return sorted(filled - {"/broken"})


async def test_head_is_get_without_its_body_at_every_address(park: Park) -> None:
    for client in (park.yogi.browser, park.yogi.program):
        for path in [*addresses(park.app), asset("favicon.svg"), "/nowhere"]:
            whole, head = await client.get(path), await client.head(path)
            assert head.content == b"", path
            assert head.status_code == whole.status_code, path
            differing = {"x-request-id", "set-cookie", "content-length", "ratelimit"}
            for name in whole.headers.keys() - differing:
                assert head.headers.get(name) == whole.headers[name], (path, name)
            if "request_id" not in whole.text and whole.status_code < 300:
                assert head.headers["content-length"] == whole.headers["content-length"], path


async def test_the_wrong_method_names_the_right_ones(park: Park) -> None:
    answer = await park.yogi.program.put("/teams/rangers", json={})
    assert problem(answer)["status"] == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}
    page = await park.yogi.browser.put("/teams/rangers")
    assert (page.status_code, page.headers["allow"]) == (405, answer.headers["allow"])
    assert "does not take this method" in page.text


async def test_a_form_can_say_another_method_in_its_address(park: Park) -> None:
    team, yogi = "/teams/rangers", park.yogi
    assert (await yogi.browser.post(f"{team}?_method=patch", data={"name": "One"})).status_code == 303
    assert (await yogi.browser.post(f"{team}?page=1&_method=PATCH", data={"name": "Two"})).status_code == 303
    assert (await yogi.program.get(team)).json()["name"] == "Two"


async def test_only_so_much_of_a_method_is_taken_from_an_address(park: Park) -> None:
    for query in ("?_method=get", "?_method=delete&x=1", "?x_method=delete", "?_method=", "?_METHOD=delete"):
        assert (await park.yogi.browser.post(f"/teams/rangers{query}")).status_code == 405, query
    assert (await park.yogi.browser.post("/teams/rangers", data={"_method": "delete"})).status_code == 405


async def test_a_link_deletes_nothing_whatever_its_address_says(park: Park) -> None:
    for method in ("GET", "HEAD"):
        assert (await park.yogi.browser.request(method, "/teams/rangers?_method=delete")).status_code == 200
    assert (await park.yogi.program.get("/teams/rangers")).status_code == 200


async def test_one_line_is_logged_for_each_request_and_no_query_in_it(
    park: Park, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="jellystone.requests"):
        await park.yogi.browser.get("/teams?q=secret", headers={"x-request-id": "one"})
        await park.yogi.browser.get(asset("favicon.svg"))
        await park.yogi.browser.get("/static/nothing")
    first, second = [msgspec.json.decode(record.message) for record in caplog.records]
    milliseconds = first.pop("ms")
    assert 0 < milliseconds < 10_000
    expected = {"request_id": "one", "method": "GET", "path": "/teams", "status": 200, "actor": park.yogi.email}
    assert first == expected
    assert (second["path"], second["status"]) == ("/static/nothing", 404)


@pytest.mark.parametrize("under", ["/confirmations", "/password-resets", "/invitations"])
async def test_the_secret_of_a_link_is_in_no_log_and_is_handed_to_no_other_page(
    park: Park, caplog: pytest.LogCaptureFixture, under: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        shown = await park.yogi.browser.get(f"{under}/hush-hush?a=b")
        await park.yogi.browser.post(f"{under}/hush-hush", data={"password": "a new one, quite long"})
        await park.yogi.browser.get(f"{under}/hush-hush/more")
    ours = [msgspec.json.decode(r.message) for r in caplog.records if r.name == "jellystone.requests"]
    assert [line["path"] for line in ours] == [f"{under}/…", f"{under}/…", f"{under}/…/more"]
    assert not any("hush" in record.getMessage() for record in caplog.records if record.name != "httpx")
    assert shown.headers["referrer-policy"] == "strict-origin"
    assert 'name="referrer"' not in shown.text


async def test_a_nul_is_nowhere(park: Park) -> None:
    """PostgreSQL stores none, so nothing is called so and nothing is found by it."""
    for path in ("/teams/%00", "/servers/%00", "/databases/%00/a", "/databases/main/%00", "/te%00ams", "/static/%00"):
        assert problem(await park.yogi.program.get(path))["status"] == 404
        assert (await park.yogi.browser.get(path)).status_code == 404
    for path in ("/teams", "/databases", "/servers"):
        assert (await park.yogi.program.get(f"{path}?q=a%00b")).status_code in (404, 422)

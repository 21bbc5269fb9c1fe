"""Who is asking, and whether their browser meant it."""

import pytest
from httpx import Response

from jellystone.web.identity import local
from tests.otherwise import caller, otherwise
from tests.park import BASE, HTML, PASSWORD, Park, problem

pytestmark = pytest.mark.anyio


def cookies(answer: Response) -> dict[str, str]:
    """Set-Cookie's flags by the cookie's name."""
    pairs = (line.split("; ", 1) for line in answer.headers.get_list("set-cookie"))
    return {first.partition("=")[0]: flags for first, flags in pairs}


async def sign_in(park: Park, base: str = BASE, **more: object) -> Response:
    async with otherwise(base_url=base) as app, caller(app, base=base) as client:
        return await client.post("/session", json={"email": park.yogi.email, "password": PASSWORD, **more})


async def test_the_session_cookie_is_for_this_site_and_no_script(park: Park) -> None:
    assert cookies(await sign_in(park)) == {"jellystone": "HttpOnly; Path=/; SameSite=lax"}
    remembered = cookies(await sign_in(park, remember=True))
    assert remembered == {"jellystone": f"HttpOnly; Max-Age={60 * 86400}; Path=/; SameSite=lax"}


async def test_over_https_the_cookie_is_bound_to_this_very_host(park: Park) -> None:
    secure = cookies(await sign_in(park, base="https://jellystone.test"))
    assert secure == {"__Host-jellystone": "HttpOnly; Path=/; SameSite=lax; Secure"}


async def test_over_https_a_cookie_without_the_prefix_is_nobody(park: Park) -> None:
    """A page of a neighbouring host could have set it."""
    cookie = park.yogi.browser.headers["cookie"]
    async with otherwise(base_url="https://jellystone.test") as app, caller(app, cookie=cookie) as client:
        assert (await client.get("/account")).status_code == 401
        client.headers["cookie"] = f"__Host-{cookie}"
        assert (await client.get("/account")).json()["email"] == park.yogi.email


NO_TOKENS = ("", "Bearer", "Bearer ", "Bearer nope", "Basic eW9naTpiZWFy", "Bearer jsp_" + "a" * 49, "x", "Bearer \xe9")


async def test_a_token_that_is_none_is_refused_whatever_cookie_comes_along(park: Park) -> None:
    cookie = park.yogi.browser.headers["cookie"].encode()
    async with caller(park.app) as client:
        for sent in NO_TOKENS:
            headers = {b"authorization": sent.encode("latin-1"), b"cookie": cookie}
            for method, path in (("GET", "/account"), ("GET", "/"), ("POST", "/session"), ("GET", "/session/new")):
                answer = await client.request(method, path, headers=headers)
                assert problem(answer)["status"] == 401, (sent, path)
                assert answer.headers["www-authenticate"] == 'Bearer realm="Jellystone"'


async def test_the_bearer_counts_and_not_the_cookie(park: Park) -> None:
    headers = {"cookie": park.yogi.browser.headers["cookie"]}
    assert (await park.smith.program.get("/account", headers=headers)).json()["email"] == park.smith.email
    assert (await park.smith.program.get("/teams/rangers", headers=headers)).status_code == 404


async def test_the_scheme_of_a_token_is_written_in_any_case(park: Park) -> None:
    token = park.yogi.program.headers["authorization"].split()[1]
    async with caller(park.app, authorization=f"bearer  {token}") as client:
        assert (await client.get("/account")).status_code == 200


async def test_no_cookie_is_ever_set_for_a_bearer(park: Park) -> None:
    yogi = park.yogi.program
    signing_in = {"email": park.yogi.email, "password": PASSWORD}
    answers = [
        await yogi.patch("/teams/rangers", data={"name": "Rangers"}, headers={"accept": HTML}),
        await yogi.post("/session", json=signing_in),
        await yogi.post("/account", json={"email": "new@park.example", "password": PASSWORD}),
        await yogi.delete("/session"),
        await yogi.get("/", headers={"accept": HTML, "cookie": "notice=Hello"}),
    ]
    assert [answer.status_code for answer in answers] == [303, 201, 201, 403, 200]
    assert not [answer.headers["set-cookie"] for answer in answers if "set-cookie" in answer.headers]


SENT: tuple[tuple[dict[str, str], bool], ...] = (
    ({}, True),  # no browser: these always say where a change comes from
    ({"sec-fetch-site": "same-origin"}, True),
    ({"sec-fetch-site": "none"}, True),
    ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
    ({"sec-fetch-site": "same-site"}, False),
    ({"sec-fetch-site": "cross-site"}, False),
    ({"sec-fetch-site": "cross-site", "origin": BASE}, False),
    ({"sec-fetch-site": "nonsense"}, False),
    ({"origin": BASE}, True),
    ({"origin": "http://JELLYSTONE.test"}, True),
    ({"origin": "null"}, False),
    ({"origin": "https://evil.example"}, False),
    ({"origin": "http://jellystone.test.evil.example"}, False),
    ({"origin": "http://jellystone.test:4001"}, False),
    ({"origin": "http://evil.example@jellystone.test"}, False),
    ({"origin": "http://["}, False),
)


async def test_a_change_must_come_from_our_own_pages(park: Park) -> None:
    yogi, rename = park.yogi, "/teams/rangers?_method=patch"
    for number, (headers, meant) in enumerate(SENT):
        changed = await yogi.browser.post(rename, data={"name": f"Team {number}"}, headers=headers)
        signed_in = await yogi.browser.post("/session", data={}, headers=headers)
        assert changed.status_code == (303 if meant else 403), headers
        assert signed_in.status_code == (422 if meant else 403), headers
        name = (await yogi.program.get("/teams/rangers")).json()["name"]
        assert (name == f"Team {number}") is meant
        assert (await yogi.browser.get("/teams", headers=headers)).status_code == 200, "reading needs no such care"
        if not meant:
            assert "came from another site" in changed.text
            asked = await yogi.program.patch("/teams/rangers", json={"name": "By token"}, headers=headers)
            assert asked.status_code == 200, "no browser adds a token by itself"


def test_only_a_path_of_ours_is_somewhere_to_go_on() -> None:
    for good in ("/", "/teams", "/teams?q=a%20b&page=2#rows", "/databases/main/orders", "/%2F/evil.example"):
        assert local(good) == good
    assert local("/teams/b\u00e4r\u20ac") == "/teams/b%C3%A4r%E2%82%AC"
    assert local("/\ud800").isascii()


@pytest.mark.parametrize(
    "hostile",
    [
        *(None, "", "teams", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/a\\b"),
        *("https://evil.example", "https:/evil.example", "javascript:alert(1)", "data:text/html,x", " //evil.example"),
        *("/\t/evil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", "\t//evil.example", "/\x00", "/a b", "/\x7f"),
    ],
)
def test_anything_else_is_home(hostile: str | None) -> None:
    assert local(hostile) == "/"
    assert local(hostile, "") == ""

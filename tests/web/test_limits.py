"""What may be done how often: told in the headers of each answer, and refused beyond it."""

import re
import time
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient, Response

from jellystone.web import limits
from tests.otherwise import caller, otherwise
from tests.park import PASSWORD, Park, problem

pytestmark = pytest.mark.anyio
NOON = 1_800_000_000 // 60 * 60


@pytest.fixture
async def few(park: Park, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    """Yogi's program at an instance that takes three requests a minute from each, at ten seconds past a minute."""
    monkeypatch.setattr(limits, "time", lambda: NOON + 10)
    headers = {"authorization": park.yogi.program.headers["authorization"]}
    async with otherwise(requests_per_minute=3) as app, caller(app, **headers) as client:
        yield client


def quotas(answer: Response) -> dict[str, dict[str, int]]:
    """By name: `q` and `w` of RateLimit-Policy, `r` and `t` of RateLimit."""
    found: dict[str, dict[str, int]] = {}
    for header in ("ratelimit-policy", "ratelimit"):
        for item in answer.headers[header].split(", "):
            name, *values = re.fullmatch(r'"([a-z ]+)"((?:;[a-z]=\d+)+)', item).groups()  # type: ignore[union-attr]
            numbers = (pair.split("=") for pair in values[0].strip(";").split(";"))
            found.setdefault(name, {}).update({key: int(value) for key, value in numbers})
    return found


async def test_who_goes_beyond_the_limit_is_told_when_to_go_on(
    few: AsyncClient, park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    for left in (2, 1, 0):
        answer = await few.get("/teams")
        assert answer.status_code == 200
        assert quotas(answer) == {"requests": {"q": 3, "w": 60, "r": left, "t": 50}}
    for path in ("/teams", "/databases", "/api/openapi.json"):
        refused = await few.get(path)
        assert problem(refused)["status"] == 429
        assert refused.headers["retry-after"] == "50"
        assert quotas(refused)["requests"]["r"] == 0
        assert "3 requests a minute" in refused.json()["detail"]
    assert (await few.get("/health")).status_code == 200, "who looks after us is always answered"
    assert "ratelimit" not in (await few.get("/static/favicon.svg")).headers
    other = {"authorization": park.token.headers["authorization"]}
    assert (await few.get("/teams", headers=other)).status_code == 200, "each token has its own"
    monkeypatch.setattr(limits, "time", lambda: NOON + 60)
    assert (await few.get("/teams")).status_code == 200


async def test_a_page_says_it_too(park: Park) -> None:
    async with otherwise(requests_per_minute=1) as app, caller(app, **dict(park.yogi.browser.headers)) as browser:
        answers = [await browser.get("/teams") for _ in range(3)]  # three: a minute may end between two of them
    refused = answers[-1] if answers[-1].status_code == 429 else answers[1]
    assert refused.status_code == 429
    assert "One session may make 1 requests a minute" in refused.text


async def test_visitors_have_no_such_limit_and_zero_is_none(park: Park) -> None:
    assert "ratelimit" not in (await (await park.client()).get("/health")).headers
    token = park.token.headers["authorization"]
    async with otherwise(requests_per_minute=0) as app, caller(app, authorization=token) as client:
        answer = await client.get("/teams")
    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)


async def test_an_address_that_counts_attempts_says_how_many_are_left(park: Park) -> None:
    stranger = await park.client()
    wrong = {"email": "booboo@park.example", "password": "not this one"}
    for left in range(8, -1, -1):  # one was used when the park was made, and forgotten
        answer = await stranger.post("/session", json=wrong)
        if answer.status_code == 429:
            break
        found = quotas(answer)
        assert (answer.status_code, found["sign in"]["q"], found["sign in"]["w"]) == (422, 10, 900)
        assert found["sign in"]["r"] >= left
        assert 0 < found["sign in"]["t"] <= 900 - int(time.time()) % 900 + 1
        assert found["sign in from"]["q"] == 100
    while answer.status_code == 422:
        answer = await stranger.post("/session", json=wrong)
    assert problem(answer)["status"] == 429
    assert quotas(answer)["sign in"]["r"] == 0
    assert answer.headers["retry-after"] == str(quotas(answer)["sign in"]["t"])
    assert PASSWORD not in str(answer.headers)

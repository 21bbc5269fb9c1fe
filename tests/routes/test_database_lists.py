"""/databases by their figures: in any order, those that nobody uses, and what it comes to."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from jellystone.database import DB
from jellystone.demo import history
from jellystone.services.steps import make_partitions
from tests.demo.furnishing import furnish, the_server
from tests.park import Park, problem

pytestmark = pytest.mark.anyio
FIGURES = """
    UPDATE databases SET size_bytes = $2, connections = $3, measured_at = now(),
        last_query_at = now() - $4 * interval '1 day', last_write_at = now() - $5 * interval '1 day' WHERE name = $1
"""


@pytest.fixture
async def three(park: Park) -> None:
    """And one of which nothing is known."""
    await furnish(park, ants="idle", bees="idle", cats="idle", dogs="idle")
    for row in (("ants", 30, 5, 1, 90), ("bees", 10, 9, 45, 2), ("cats", 20, 1, 3, 3)):
        await DB.fetch(FIGURES, *row)


async def test_any_column_sorts_and_what_is_unknown_comes_last(park: Park, three: None) -> None:
    async def order(query: str) -> str:
        listed = (await park.token.get(f"/databases?{query}")).json()
        return "".join(item["name"][0] for item in listed["items"])

    assert await order("") == "abcd"
    assert await order("sort=name&order=desc") == "dcba"
    assert (await order("sort=size"), await order("sort=size&order=asc")) == ("acbd", "bcad")
    assert await order("sort=connections") == "bacd"
    assert (await order("sort=last_query"), await order("sort=last_write")) == ("acbd", "bcad")
    assert await order("sort=team") == await order("sort=state") == await order("sort=server") == "abcd"
    assert await order("sort=size&page=2&per_page=2") == "bd"
    assert set(problem(await park.token.get("/databases?sort=colour&order=up"))["errors"]) == {"sort", "order"}


async def test_headings_sort_and_say_so(park: Park, three: None) -> None:
    page = (await park.cindy.browser.get("/databases?sort=size&team=rangers")).text
    assert 'aria-sort="descending"><a class="sorts" href="/databases?sort=size&amp;team=rangers&amp;order=asc"' in page
    assert page.index("ants") < page.index("cats") < page.index("bees")
    home = (await park.cindy.browser.get("/?sort=connections&order=asc")).text
    assert home.index("cats") < home.index("ants") < home.index("bees")
    assert 'href="/?sort=connections&amp;order=desc"' in home
    team = (await park.cindy.browser.get("/teams/rangers?sort=size")).text
    assert team.index("ants") < team.index("cats") < team.index("bees")


async def test_a_search_keeps_the_order(park: Park, three: None) -> None:
    page = (await park.cindy.browser.get("/databases?sort=size&order=asc")).text
    assert '<option value="size" selected>' in page
    assert '<input type="hidden" name="order" value="asc">' in page
    assert 'name="order"' not in (await park.cindy.browser.get("/databases?sort=size")).text


FINDS = r'hx-get="([^"]+)" hx-trigger="input [^"]+" hx-target="#([^"]+)" hx-sync="#([^"]+):replace"'


@pytest.mark.parametrize("at", ["/databases", "/teams", "/teams/rangers/members", "/databases/main/ants/roles"])
async def test_each_letter_calls_off_the_search_before(park: Park, three: None, at: str) -> None:
    page = (await park.cindy.browser.get(at)).text
    [(shown, rows, called_off)] = re.findall(
        r'hx-get="([^"]+)" hx-trigger="input.+?hx-target="#(.+?)" hx-sync="#(.+?):replace"', page
    )
    assert (shown, called_off) == (at, rows)
    assert f'<div id="{rows}"' in page


async def test_lists_say_what_they_come_to(park: Park, three: None) -> None:
    for query in ("", "?per_page=1&page=3", "?page=9"):
        listed = (await park.token.get(f"/databases{query}")).json()
        assert (listed["total"], listed["total_size_bytes"], listed["total_connections"]) == (4, 60, 15)
    assert "4 databases, 60 bytes, 15 connections" in (await park.yogi.browser.get("/databases")).text
    nothing = (await park.smith.program.get("/databases")).json()
    assert (nothing["total"], nothing["total_size_bytes"], nothing["total_connections"]) == (0, None, None)


async def test_what_nobody_uses_is_found_and_what_nobody_knows_is_not(park: Park, three: None) -> None:
    async def unused(days: int) -> list[str]:
        listed = (await park.token.get(f"/databases?unused_days={days}")).json()
        return [item["name"] for item in listed["items"]]

    assert (await unused(30), await unused(2), await unused(60)) == (["bees"], ["bees", "cats"], [])
    assert "All of them are used" in (await park.yogi.browser.get("/databases?unused_days=60")).text
    looked = datetime.now(UTC) - timedelta(days=40)
    await make_partitions("day", looked, looked)
    await DB.fetch("INSERT INTO figures_day (subject, at, seconds) VALUES ($1, $2, 60)", await the_server(), looked)
    assert await unused(30) == ["bees", "dogs"]


async def test_each_row_has_its_last_day(park: Park) -> None:
    made = await furnish(park, shop="shop", attic="idle")
    await history.write(await the_server(), made, span=timedelta(days=1), with_statements=False)
    for at in ("/databases", "/", "/teams/rangers"):
        page = (await park.cindy.browser.get(at)).text
        assert page.count('class="spark"') == 2
        assert "Last day: not used" in page
        assert "Last day: up to" in page
    assert "spark" not in (await park.token.get("/databases")).text

"""A listing as CSV, as a spreadsheet reads it."""

import csv
import io
from typing import Any

import pytest
from httpx import Response
from msgspec import Struct

from jellystone.routes import events
from jellystone.web.tables import table
from tests.park import HTML, Park

pytestmark = pytest.mark.anyio
AT = "/teams/rangers/events"


class Row(Struct):
    name: str
    details: dict[str, Any] = {}
    count: int | None = None


def read(answer: Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
async def test_no_text_is_a_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(table(Row, [Row(text)]), newline="")))
    assert rows[1][0] == f"'{text}"


async def test_what_a_cell_holds_comes_back_as_it_was() -> None:
    texts = ['a "quoted" one', "two\nlines", "comma, semicolon; tab\t", "Grün ✓", "2-1=1", ""]
    rows = list(csv.reader(io.StringIO(table(Row, [Row(text, {"a": 1}, 3) for text in texts]), newline="")))
    assert rows[0] == ["name", "details", "count"]
    assert rows[1:] == [[text, '{"a":1}', "3"] for text in texts]


async def test_an_empty_table_has_its_heads() -> None:
    assert table(Row, []) == "name,details,count\r\n"


async def test_the_record_is_a_table_for_who_accepts_csv_and_by_a_link(park: Park) -> None:
    as_json = (await park.yogi.program.get(AT)).json()["items"]
    for answer in (
        await park.yogi.program.get(AT, headers={"accept": "text/csv"}),
        await park.yogi.program.get(f"{AT}?format=csv"),
        await park.yogi.browser.get(f"{AT}?format=csv&since="),
    ):
        rows = read(answer)
        assert [row["id"] for row in rows] == [event["id"] for event in as_json]
        assert rows[0].keys() == as_json[0].keys()
        assert answer.headers["content-disposition"] == 'attachment; filename="teams-rangers-events.csv"'
        assert "Accept" in answer.headers["vary"]
    assert "format=csv" in (await park.yogi.browser.get(f"{AT}?person=yogi")).text


async def test_browsers_and_programs_do_not_get_it_unasked(park: Park) -> None:
    for accept, kind in [
        (HTML, "text/html"),
        ("*/*", "application/json"),
        ("application/json, text/csv;q=0.5", "application/json"),
    ]:
        answer = await park.yogi.program.get(AT, headers={"accept": accept})
        assert answer.headers["content-type"].startswith(kind)


async def test_a_refusal_is_a_problem_and_no_table(park: Park) -> None:
    answer = await park.smith.program.get(AT, headers={"accept": "text/csv"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_name_that_begins_like_a_formula_is_harmless(park: Park) -> None:
    await park.yogi.program.post("/account/tokens", json={"name": "=HYPERLINK(1)", "scopes": ["read"]})
    (row,) = [
        row for row in read(await park.yogi.program.get("/account/events?format=csv")) if "HYPER" in row["object"]
    ]
    assert row["object"] == "'=HYPERLINK(1)"


async def test_a_long_record_comes_in_parts_and_says_so(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        await park.token.patch("/teams/rangers", json={"name": f"Team {number}"})
    total = (await park.yogi.program.get(AT)).json()["total"]
    monkeypatch.setattr(events, "LONGEST_TABLE", 3)
    first = await park.yogi.program.get(f"{AT}?format=csv&per_page=1")
    assert len(read(first)) == 3
    assert first.headers["link"] == f'<{AT}?format=csv&page=2>; rel="next"'
    seen, answer = read(first), first
    while "link" in answer.headers:
        answer = await park.yogi.program.get(answer.headers["link"].partition(">")[0].removeprefix("<"))
        seen += read(answer)
    assert len({row["id"] for row in seen}) == total
    page = (await park.yogi.browser.get(AT)).text
    assert f"CSV 1 of {-(-total // 3)}" in page
    assert f'href="{AT}?format=csv&amp;page=2"' in page

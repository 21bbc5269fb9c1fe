"""Static files: for everybody, small on their way, and on their way once."""

import gzip

import pytest
from httpx import AsyncClient

from jellystone import paths
from jellystone.web.static import files
from jellystone.web.templates import asset
from tests.park import Park

pytestmark = pytest.mark.anyio
FONT = "/static/fonts/roboto-slab/roboto-slab-latin-wght-normal.woff2"


@pytest.fixture
async def visitor(park: Park) -> AsyncClient:
    return await park.client()


async def test_each_file_is_served_as_it_is_to_who_takes_nothing_compressed(visitor: AsyncClient) -> None:
    found = {str(file.relative_to(paths.STATIC)): file.read_bytes() for file in paths.STATIC.rglob("*.*")}
    assert len(found) > 20
    for name, content in found.items():
        answer = await visitor.get(f"/static/{name}", headers={"accept-encoding": "identity"})
        assert (answer.content, answer.headers.get("content-encoding")) == (content, None), name


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [("gzip, deflate, br, zstd", "gzip"), ("gzip", "gzip"), ("br", None), ("", None), ("gzip;q=0", None)],
)
async def test_text_is_sent_compressed_to_who_takes_that(visitor: AsyncClient, accepted: str, sent: str | None) -> None:
    answer = await visitor.get(asset("css/base.css"), headers={"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == sent
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.text == (paths.STATIC / "css/base.css").read_text()


async def test_what_is_compressed_already_is_left_as_it_is(visitor: AsyncClient) -> None:
    answer = await visitor.get(FONT, headers={"accept-encoding": "gzip"})
    assert (answer.headers.get("content-encoding"), answer.headers.get("vary")) == (None, None)
    assert answer.headers["content-type"] == "font/woff2"
    assert answer.content == (paths.STATIC / FONT.removeprefix("/static/")).read_bytes()


async def test_a_page_is_not_compressed(park: Park) -> None:
    """Its length would tell of the secrets on it to who chooses the words beside them."""
    answer = await park.yogi.browser.get("/databases?q=orders", headers={"accept-encoding": "gzip"})
    assert "orders" in answer.text
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("address", [FONT, "/static/img/contours.svg", asset("css/base.css")])
async def test_who_has_a_file_is_told_that_it_is_the_same(visitor: AsyncClient, address: str) -> None:
    first = await visitor.get(address)
    tag = first.headers["etag"]
    for sent in (tag, f'"another", {tag}', "*"):
        again = await visitor.get(address, headers={"if-none-match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert again.headers.get("vary") == first.headers.get("vary")
    changed = await visitor.get(address, headers={"if-none-match": '"another"'})
    assert (changed.status_code, changed.content) == (200, first.content)


def test_all_of_them_together_are_small_enough_to_be_kept() -> None:
    kept = files().values()
    assert sum(len(file.content) + len(file.packed or b"") for file in kept) < 1_000_000
    assert all(gzip.decompress(file.packed) == file.content for file in kept if file.packed)

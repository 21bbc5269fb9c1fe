"""What was sent, checked: forms and JSON alike, all mistakes at once, and nothing that can break us."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from jellystone.errors import Invalid
from jellystone.facts.wording import MISSING, UNKNOWN
from jellystone.web.bodies import checked
from tests.park import Park, problem

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class NewPicnic(Struct, kw_only=True):
    place: Annotated[
        str, Meta(min_length=2, max_length=20, pattern=r"^[a-z ]+$(?!\n)", extra={"error": "Small letters."})
    ]
    guests: Annotated[int, Meta(ge=1, le=100)] = 2
    cost: Annotated[int, Meta(ge=0)] | None = None
    secret: bool = False
    dishes: list[Literal["pie", "honey"]] = []
    begins: Annotated[datetime, Meta(tz=True)] | None = None
    note: str | UnsetType = UNSET


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(NewPicnic.__struct_fields__)
typed = st.text(st.characters(exclude_categories=[]))


def wrong(sent: dict[str, Any], *, is_form: bool = False) -> dict[str, str]:
    try:
        values = checked(NewPicnic, sent, is_form=is_form)
    except Invalid as invalid:
        return invalid.fields
    msgspec.convert(values, NewPicnic)  # as Litestar does with what we return
    return {}


def picnic(is_form: bool = False, **sent: Any) -> NewPicnic:
    return msgspec.convert(checked(NewPicnic, {"place": "by the lake", **sent}, is_form=is_form), NewPicnic)


@given(st.dictionaries(names | st.text(), anything, max_size=8))
def test_any_json_is_either_taken_or_told_by_field(sent: dict[str, Any]) -> None:
    assert wrong(sent).keys() <= sent.keys() | {"place"}


@given(st.dictionaries(names | typed, typed | st.lists(typed, min_size=2, max_size=3), max_size=8))
def test_any_form_is_either_taken_or_told_by_field(sent: dict[str, Any]) -> None:
    assert wrong(sent, is_form=True).keys() <= set(NewPicnic.__struct_fields__)


WRONG = {"place": "NO", "guests": 0, "cost": -1, "secret": "x", "dishes": ["mud"], "begins": "soon", "note": 3, "x": 1}


@given(st.sets(st.sampled_from(sorted(WRONG))))
def test_each_wrong_field_is_named_and_no_other(fields: set[str]) -> None:
    assert wrong({"place": "lake"} | {name: WRONG[name] for name in fields}).keys() == fields


@given(st.integers(min_value=1, max_value=100), st.booleans())
def test_a_whole_number_may_be_written_with_a_point(guests: int, as_float: bool) -> None:
    assert picnic(guests=float(guests) if as_float else guests).guests == guests
    assert picnic(is_form=True, guests=str(guests)).guests == guests


def test_it_says_what_to_do() -> None:
    assert wrong({}) == {"place": MISSING}
    assert wrong({"place": "NO", "guests": 101, "cost": "1", "y": 1}) == {
        "place": "Small letters.",
        "guests": "Must be at most 100.",
        "cost": "Give a whole number.",
        "y": UNKNOWN,
    }


@pytest.mark.parametrize("ends", ["\n", "\0", "\r", "\u2028"])
def test_a_line_does_not_slip_through_a_pattern(ends: str) -> None:
    assert wrong({"place": "lake" + ends}).keys() == {"place"}
    assert wrong({"place": "lake" + ends}, is_form=True).keys() == {"place"}


@pytest.mark.parametrize("bad", ["a\0b", "\ud800", "\udfff\ud800"])
def test_what_postgresql_cannot_store_is_told_first(bad: str) -> None:
    assert wrong({"place": "lake", "note": bad}).keys() == {"note"}


@pytest.mark.parametrize("huge", [10**30, -(10**30), 2**63, 1e308, 2**64])
def test_a_huge_number_is_only_wrong(huge: float) -> None:
    assert wrong({"place": "lake", "guests": huge, "cost": huge}).keys() >= {"guests"}
    assert wrong({"place": "lake", "guests": str(huge)}, is_form=True).keys() == {"guests"}


def test_a_browser_says_nothing_for_an_empty_box_and_an_empty_text_for_an_empty_field() -> None:
    empty = picnic(is_form=True, guests="", cost="", begins="", note="")
    assert (empty.guests, empty.cost, empty.begins, empty.secret, empty.dishes, empty.note) == (
        2,
        None,
        None,
        False,
        [],
        "",
    )
    full = picnic(is_form=True, cost="3", secret="true", dishes="pie", note="one\r\ntwo")
    assert (full.cost, full.secret, full.dishes, full.note) == (3, True, ["pie"], "one\ntwo")
    assert picnic(is_form=True, dishes=["pie", "honey"], guests=["3", "4"]).guests == 4


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-01-31T12:30", "2030-01-31T12:30:00+00:00"),
        ("2030-01-31T12:30:15", "2030-01-31T12:30:15+00:00"),
        ("2030-01-31", "2030-01-31T00:00:00+00:00"),
        ("2030-01-31T12:30:00+02:00", "2030-01-31T10:30:00+00:00"),
    ],
)
def test_a_moment_without_a_zone_is_utc_in_a_form_and_wrong_in_json(text: str, moment: str) -> None:
    begins = picnic(is_form=True, begins=text).begins
    assert begins == datetime.fromisoformat(moment)
    assert bool(wrong({"place": "lake", "begins": text})) is ("+" not in text)


SENT = (
    (JSON, b"{", 400),
    (JSON, b"\xff\xfe", 400),
    (JSON, b"[]", 400),
    (JSON, b"null", 400),
    (JSON, b'"name"', 400),
    (JSON, b'{"name": NaN}', 400),
    (JSON, b'{"name": "\\ud800"}', 400),
    (JSON, b'{"name": ' + b"9" * 5000 + b"}", 400),
    (JSON, b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    (JSON, b'{"name":' + b"[" * 500 + b"]" * 500 + b"}", 422),
    (JSON, b"", 422),
    (JSON, b"{}", 422),
    (JSON, b'{"name": "Bees", "name ": 1}', 422),
    (JSON, b'{"name": "Bees", "self": 1, "message": 2, "fields": 3}', 422),
    (JSON, b'{"name": ["Bees"]}', 422),
    (JSON, b'{"name": null}', 422),
    (JSON, b'{"name": 1e308}', 422),
    (JSON, b'{"name": "a\\u0000b"}', 422),
    ("application/json; charset=utf-8", b'{"name": ""}', 422),
    (FORM, b"", 422),
    (FORM, b"name", 422),
    (FORM, b"%", 422),
    (FORM, b"name=%00%00", 422),
    (FORM, b"name=a&name=b", 422),
    (FORM, b"&&&===&" * 1000, 422),
    ("text/plain", b'{"name": "Bees"}', 415),
    ("application/xml", b"<name/>", 415),
    ("multipart/form-data; boundary=x", b"--x--", 415),
    ("nonsense", b"{}", 415),
    (JSON, b" " * 1_048_577, 413),
    (FORM, b"name=" + b"a" * 1_048_577, 413),
)


@pytest.mark.anyio
async def test_nothing_that_is_sent_breaks_us(park: Park) -> None:
    for kind, body, status in SENT:
        answer = await park.yogi.program.post("/teams", content=body, headers={"content-type": kind})
        assert problem(answer)["status"] == status, (kind, body[:80])


@pytest.mark.parametrize(
    ("word", "means"),
    [("true", True), ("Yes", True), ("on", True), ("1", True), ("False", False), ("no", False), ("off", False)],
)
def test_a_form_says_yes_and_no_in_the_usual_words(word: str, means: bool) -> None:
    assert picnic(is_form=True, secret=word).secret is means


@pytest.mark.parametrize("word", ["maybe", "2", "", " "])
def test_what_is_neither_yes_nor_no_in_a_form_is_told(word: str) -> None:
    assert wrong({"place": "lake", "secret": word}, is_form=True) == {"secret": "Give true or false."}


@pytest.mark.anyio
async def test_a_form_that_a_program_sends_means_what_it_says(park: Park) -> None:
    """As `curl -d` sends it: nothing is percent-encoded, and what is said twice is not chosen among."""
    at, form = "/databases/main/orders", {"content-type": FORM}
    await park.token.post("/databases", json={"name": "orders"})
    changed = await park.token.patch(at, content="description=Bären & 🐻".replace(" & ", "+").encode(), headers=form)
    assert changed.json()["description"] == "Bären 🐻"
    for sent, field in (("protected=nein", "protected"), ("description=a&description=b", "description")):
        told = problem(await park.token.patch(at, content=sent.encode(), headers=form))
        assert (told["status"], [*told["errors"]]) == (422, [field])
    assert (await park.token.patch(at, content=b"protected=False", headers=form)).json()["protected"] is False


@pytest.mark.anyio
async def test_what_is_wrong_with_a_query_is_said_for_people_who_typed_it(park: Park) -> None:
    await park.token.post("/databases", json={"name": "orders"})
    orders = "/databases/main/orders"
    said = {
        "/databases?page=0": {"page": "Must be at least 1."},
        "/databases?per_page=201": {"per_page": "Must be at most 200."},
        "/databases?page=x": {"page": "Give a whole number."},
        "/databases?sort=nose": {
            "sort": "Choose one of these: name, team, server, state, size, connections, last_query, last_write.",
        },
        f"{orders}/statistics?span=decade": {"span": "Choose one of these: hour, day, week, month, year."},
        f"{orders}/queries?since=yesterday": {"since": "Give a moment in UTC: 2030-01-31T09:30Z."},
        "/teams/rangers/events?since=x": {"since": "Give a day in UTC, such as 2030-01-31; included."},
        f"/databases?q={'x' * 201}": {"q": "Use at most 200 characters."},
    }
    for at, errors in said.items():
        assert problem(await park.token.get(at))["errors"] == errors, at
    assert problem(await park.token.delete(f"{orders}/connections"))["errors"] == {"state": MISSING}
    wrong_access = {"name": "bear", "access": "admin"}
    told = problem(await park.token.post(f"{orders}/roles", json=wrong_access))["errors"]
    assert told == {"access": "Choose one of these: owner, readwrite, readonly."}

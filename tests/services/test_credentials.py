import string
from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jellystone.services import credentials
from jellystone.services.credentials import Credential, Kind

KINDS: list[tuple[Kind, str]] = [("team", "jst_"), ("personal", "jsp_")]
LETTERS = string.ascii_letters + string.digits
each_kind = pytest.mark.parametrize(("kind", "prefix"), KINDS)


@each_kind
def test_a_token_says_what_it_is(kind: Kind, prefix: str) -> None:
    token = credentials.new_token(kind)
    assert token.text.startswith(prefix)
    assert len(token.text) == 4 + 43 + 6
    assert set(token.text[4:]) <= set(LETTERS)
    assert credentials.well_formed(token.text) == kind


@each_kind
def test_only_four_characters_of_a_token_are_shown(kind: Kind, prefix: str) -> None:
    token = credentials.new_token(kind)
    assert token.prefix == token.text[:8]
    assert token.prefix.startswith(prefix)


@each_kind
def test_every_typo_of_one_character_is_caught(kind: Kind, prefix: str) -> None:
    text = credentials.new_token(kind).text
    for at, right in enumerate(text):
        for wrong in set(LETTERS + "_- \0é") - {right}:
            assert credentials.well_formed(text[:at] + wrong + text[at + 1 :]) is None


@each_kind
def test_a_token_with_neighbours_swapped_or_a_part_missing_is_caught(kind: Kind, prefix: str) -> None:
    text = credentials.new_token(kind).text
    for at in range(len(text) - 1):
        swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        assert swapped == text or credentials.well_formed(swapped) is None
        assert credentials.well_formed(text[:at]) is None
        assert credentials.well_formed(text[:at] + text[at + 1 :]) is None
    assert credentials.well_formed(text + "0") is None
    assert credentials.well_formed(f" {text}") is None


def test_a_token_of_one_kind_is_not_one_of_the_other() -> None:
    assert credentials.well_formed("jsp_" + credentials.new_token("team").text[4:]) is None


@given(st.text())
def test_anything_somebody_sends_has_a_digest_and_is_no_token(text: str) -> None:
    assert len(credentials.digest(text)) == 32
    assert credentials.well_formed(text) is None
    assert credentials.well_formed(f"jst_{text}") is None


def test_half_a_surrogate_has_a_digest_and_is_no_token() -> None:
    assert len(credentials.digest("\ud800")) == 32
    assert credentials.well_formed("jst_" + "\ud800" * 49) is None


def test_a_secret_fits_into_a_cookie_and_an_address() -> None:
    secret = credentials.new_secret()
    assert len(secret.text) == 43
    assert set(secret.text) <= set(LETTERS + "-_")
    assert secret.prefix == ""
    assert credentials.well_formed(secret.text) is None


MAKERS: list[Callable[[], Credential]] = [
    credentials.new_secret,
    lambda: credentials.new_token("team"),
    lambda: credentials.new_token("personal"),
]


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_stored_finds_it_and_is_not_it(make: Callable[[], Credential]) -> None:
    made = make()
    assert made.digest == credentials.digest(made.text) == sha256(made.text.encode()).digest()
    assert made.text.encode() not in made.digest


@pytest.mark.parametrize("make", MAKERS)
def test_a_credential_does_not_show_itself(make: Callable[[], Credential]) -> None:
    made = make()
    assert made.text not in repr(made)
    assert made.text[8:] not in f"{made}"
    assert repr(made.digest) not in repr(made)


@pytest.mark.parametrize("make", MAKERS)
def test_no_two_are_alike_in_any_position(make: Callable[[], Credential]) -> None:
    texts = [make().text for _ in range(500)]
    assert len(set(texts)) == 500
    random = [text[4:47] if text.startswith(("jst_", "jsp_")) else text[:-1] for text in texts]
    assert all(len(set(column)) > 40 for column in zip(*random, strict=True))

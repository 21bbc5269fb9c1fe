"""The address of a team, made from its name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jellystone.services.teams import folded, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Rangers", "rangers"),
        ("Ranger's Caf\u00e9", "ranger-s-cafe"),
        ("  --  a  --  ", "a"),
        ("\ufb01sh \u2168", "fish-ix"),
        ("\u718a", "team"),
        ("!!!", "team"),
        ("", "team"),
        ("a" * 47 + " b", "a" * 47),
    ],
)
def test_it_keeps_what_can_be_typed_in_an_address(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@given(st.text(st.characters(exclude_categories=[]), max_size=200))
def test_whatever_the_name_the_address_is_plain(name: str) -> None:
    slug = slug_of(name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= 48
    assert slug_of(slug) == slug


@pytest.mark.parametrize("same", ["\u00e4RZTE", "A\u0308rzte", "\u00c4rzte"])
def test_names_that_differ_only_in_case_or_composition_are_one_whatever_the_locale(same: str) -> None:
    assert folded(same) == folded("\u00c4rzte")
    assert folded(same) != folded("Arzte")

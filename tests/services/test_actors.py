"""Whoever asks: what they must be, and that they carry no secret into words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from jellystone.errors import NotAllowed, NotConfirmed
from jellystone.services.actors import FRESH, SYSTEM, Actor, Key, Kind


def actor(kind: Kind = Kind.PERSON, **more: Any) -> Actor:
    return Actor(kind=kind, name="yogi@park.example", **more)


def test_a_sign_in_is_fresh_for_a_quarter_of_an_hour() -> None:
    now = datetime.now(UTC)
    actor(authenticated_at=now - FRESH + timedelta(seconds=5)).must_be_fresh()
    for at in (now - FRESH - timedelta(seconds=1), None):
        with pytest.raises(NotConfirmed, match="15 minutes"):
            actor(authenticated_at=at).must_be_fresh()


def test_a_token_is_never_stale() -> None:
    for kind in (Kind.PERSONAL_TOKEN, Kind.TEAM_TOKEN):
        actor(kind).must_be_fresh()


def test_a_team_token_has_no_account_and_a_personal_one_no_session() -> None:
    user = uuid4()
    assert actor(user=user).must_be_person() == user == actor(user=user).must_have_session()
    with pytest.raises(NotAllowed, match="no account"):
        actor(Kind.TEAM_TOKEN, team=uuid4()).must_be_person()
    with pytest.raises(NotAllowed, match="Sign in"):
        actor(Kind.PERSONAL_TOKEN, user=user).must_have_session()


def test_nobody_sees_its_key_by_accident() -> None:
    key = Key("the secret", b"the wrapped key", "session", uuid4(), uuid4())
    for shown in (repr(actor(key=key)), str(key), f"{key}"):
        assert "the secret" not in shown
        assert "wrapped" not in shown


def test_jellystone_itself_belongs_to_no_team() -> None:
    assert SYSTEM.permissions(uuid4()) == frozenset()

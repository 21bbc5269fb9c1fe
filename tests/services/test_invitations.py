"""Invitations that two people, or two clicks, get at together."""

import pytest

from jellystone.services import acceptances, invitations
from jellystone.services.permissions import Rank
from jellystone.tables.events import Event
from jellystone.tables.teams import Invitation, Membership
from tests.park import Park
from tests.racing import at_once

pytestmark = pytest.mark.anyio


async def secret(park: Park, email: str) -> str:
    (issued,) = await invitations.invite(park.yogi.actor, park.team, emails=[email], rank=Rank.MEMBER)
    return issued.link.rpartition("/")[2]


async def test_an_invitation_is_accepted_once(park: Park) -> None:
    link = await secret(park, park.smith.email)
    ended = await at_once(*(acceptances.accept(park.smith.actor, link) for _ in range(3)))
    assert ended == ["Conflict", "Conflict", "Team"]
    assert await Membership.count().where(Membership.user == park.smith.actor.user) == 1
    assert await Event.count().where(Event.action == "joined") == 1


async def test_an_invitation_is_accepted_or_taken_back(park: Park) -> None:
    link = await secret(park, park.smith.email)
    row = await Invitation.objects().first()
    assert row is not None
    ended = await at_once(
        acceptances.accept(park.smith.actor, link), invitations.revoke(park.yogi.actor, park.team, row.id)
    )
    assert ended.count("Conflict") == 1
    joined = await Membership.exists().where(Membership.user == park.smith.actor.user)
    assert joined is ("Team" in ended)
    row = await Invitation.objects().first()
    assert row is not None
    assert (row.accepted_at is None, row.revoked_at is None) == (not joined, joined)
    assert row.wrapped_key is None


async def test_one_address_invited_twice_at_once_has_one_open_invitation(park: Park) -> None:
    ended = await at_once(*(secret(park, park.smith.email) for _ in range(3)))
    assert "str" in ended
    assert await Invitation.count().where(Invitation.accepted_at.is_null(), Invitation.revoked_at.is_null()) == 1

"""Members that two owners change at once."""

from collections.abc import Callable
from typing import Any

import pytest

from jellystone.services import members
from jellystone.services.permissions import Rank
from jellystone.tables.teams import Membership
from tests.park import Park
from tests.racing import at_once

pytestmark = pytest.mark.anyio


async def owners(park: Park) -> int:
    rows = await Membership.select(Membership.id).where(Membership.team == park.team.id, Membership.rank == Rank.OWNER)
    return len(rows)


@pytest.mark.parametrize("way", ["leave", "remove each other", "step down"])
async def test_two_owners_do_not_leave_a_team_without_one(park: Park, way: str) -> None:
    yogi, booboo = park.yogi.actor, park.booboo.actor
    await members.change_rank(yogi, park.team, booboo.email, rank=Rank.OWNER)
    booboo = type(booboo)(**{**vars(booboo), "ranks": {park.team.id: Rank.OWNER}})
    deeds: dict[str, Callable[[], Any]] = {
        "leave": lambda: (members.leave(yogi, park.team), members.leave(booboo, park.team)),
        "remove each other": lambda: (
            members.remove(yogi, park.team, booboo.email),
            members.remove(booboo, park.team, yogi.email),
        ),
        "step down": lambda: (
            members.change_rank(yogi, park.team, yogi.email, rank=Rank.VIEWER),
            members.change_rank(booboo, park.team, booboo.email, rank=Rank.MEMBER),
        ),
    }
    assert (await at_once(*deeds[way]())).count("Conflict") == 1
    assert await owners(park) == 1


async def test_who_is_removed_while_being_given_access_holds_no_key(park: Park) -> None:
    for _ in range(3):
        await at_once(
            members.remove(park.yogi.actor, park.team, park.cindy.email),
            members.change_rank(park.yogi.actor, park.team, park.cindy.email, rank=Rank.MEMBER),
        )
    assert not await Membership.exists().where(Membership.user == park.cindy.actor.user)

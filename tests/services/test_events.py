"""The record, by team and by object."""

from dataclasses import replace

import pytest

from jellystone.database import DB
from jellystone.errors import NotAllowed
from jellystone.services import events
from jellystone.services.actors import SYSTEM
from jellystone.services.lists import Slice
from tests.park import Park

pytestmark = pytest.mark.anyio


async def test_an_object_has_its_own_events_and_those_of_what_lies_under_it(park: Park) -> None:
    yogi, team = park.yogi.actor, park.team.id
    for name in ("main/orders", "main/orders/app", "main/orders2", "main/order", "main"):
        await events.record(yogi, "changed", "database", name, team=team)
    found = await events.of_object(yogi, team, "main/orders")
    assert [event.object for event in found] == ["main/orders/app", "main/orders"]
    newest = await events.newest_of_team(yogi, team, newest=2)
    assert [event.object for event in newest] == ["main", "main/order"]


async def test_details_of_each_kind_come_back_as_they_were(park: Park) -> None:
    said = {"text": 'b\u00e4r "x"', "number": 3, "yes": True, "nothing": None}
    await events.record(replace(SYSTEM), "finished", "database", "main/orders", team=park.team.id, **said)
    event = (await events.of_team(park.cindy.actor, park.team.id, Slice())).items[0]
    assert (event.details, event.actor, event.actor_kind) == (said, "Jellystone", "system")


async def test_only_who_sees_the_team_reads_them(park: Park) -> None:
    with pytest.raises(NotAllowed):
        await events.of_team(park.smith.actor, park.team.id, Slice())
    with pytest.raises(NotAllowed):
        await events.of_object(park.smith.actor, park.team.id, "rangers")


async def test_an_event_outlives_who_did_it_and_the_team(park: Park) -> None:
    await events.record(park.smith.actor, "looked", "team", "rangers", team=park.team.id)
    await DB.fetch("DELETE FROM users WHERE email = $1", park.smith.email)
    await DB.fetch("DELETE FROM teams")
    (row,) = await DB.fetch("SELECT * FROM events WHERE action = 'looked'")
    assert (row["actor"], row["user"], row["team"], row["object"]) == (park.smith.email, None, None, "rangers")

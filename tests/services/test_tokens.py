"""Tokens are found by their digest, and know their typos."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jellystone.database import DB
from jellystone.errors import Invalid, NotAllowed
from jellystone.services import tokens
from jellystone.services.actors import Kind, Origin
from jellystone.services.permissions import Rank, Scope
from jellystone.tables.people import Token
from tests.park import HERE, Park

pytestmark = pytest.mark.anyio


async def test_a_team_token_is_the_team_and_a_personal_one_its_person(park: Park) -> None:
    team = await tokens.issue_for_team(park.yogi.actor, park.team, name="ci", scopes=[Scope.READ])
    own = await tokens.issue_personal(park.booboo.actor, name="ci", scopes=[Scope.READ, Scope.WRITE])
    for text, kind, rank, user in (
        (team.token, Kind.TEAM_TOKEN, Rank.OWNER, None),
        (own.token, Kind.PERSONAL_TOKEN, Rank.MEMBER, park.booboo.actor.user),
    ):
        actor = await tokens.actor_for(text, HERE)
        assert actor
        assert (actor.kind, actor.ranks, actor.user) == (kind, {park.team.id: rank}, user)
    assert actor
    assert actor.scopes == frozenset({Scope.READ, Scope.WRITE})
    assert actor.key
    assert park.booboo.actor.key
    assert actor.key.open() == park.booboo.actor.key.open()


async def test_the_token_is_in_no_table(park: Park) -> None:
    issued = await tokens.issue_for_team(park.yogi.actor, park.team, name="ci", scopes=[Scope.READ])
    (row,) = await DB.fetch("SELECT t::text AS row FROM tokens t WHERE id = $1", issued.id)
    assert issued.token not in row["row"]
    assert issued.token[8:20] not in row["row"]
    assert issued.token.encode().hex() not in row["row"]


async def test_for_a_mistyped_one_nothing_is_looked_up(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    token = park.token.headers["authorization"].split()[1]

    async def never(*_: Any) -> None:
        raise AssertionError("looked up")

    monkeypatch.setattr(type(DB), "fetch_row", never)
    for text in (
        token[:-1],
        token + "x",
        token.swapcase(),
        token[:9] + "0" + token[10:] + " ",
        "jst_" + "\u00e9" * 49,
        "",
    ):
        assert await tokens.actor_for(text, HERE) is None
    with pytest.raises(AssertionError):
        await tokens.actor_for(token, HERE)


async def test_its_last_use_is_written_at_most_once_a_minute(park: Park) -> None:
    issued = await tokens.issue_for_team(park.yogi.actor, park.team, name="ci", scopes=[Scope.READ])

    async def used() -> tuple[datetime, str]:
        row = await Token.objects().get(Token.id == issued.id)
        assert row
        return row.last_used_at, row.last_used_from

    await tokens.actor_for(issued.token, Origin("192.0.2.1"))
    first = await used()
    await tokens.actor_for(issued.token, Origin("192.0.2.2"))
    assert await used() == first
    earlier = datetime.now(UTC) - tokens.USED_EVERY - timedelta(seconds=1)
    await Token.update({Token.last_used_at: earlier}).where(Token.id == issued.id)
    await tokens.actor_for(issued.token, Origin("192.0.2.2"))
    assert (await used())[1] == "192.0.2.2"


async def test_who_may_not_makes_none(park: Park) -> None:
    for person in (park.booboo, park.cindy, park.smith):
        with pytest.raises(NotAllowed):
            await tokens.issue_for_team(person.actor, park.team, name="ci", scopes=[Scope.READ])
    with pytest.raises(Invalid):
        await tokens.issue_personal(park.yogi.actor, name="ci", scopes=[])

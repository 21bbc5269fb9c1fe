"""What operators do to accounts, and what the command line does for whoever owns the machine."""

import pytest

from jellystone.errors import Conflict, NotAllowed, NotConfirmed, NotFound
from jellystone.services import people, sessions
from jellystone.services.actors import Actor, Kind
from jellystone.tables.events import Event
from jellystone.tables.people import User
from tests.park import HERE, PASSWORD, Park
from tests.racing import at_once

pytestmark = pytest.mark.anyio


async def operators() -> list[str]:
    rows = await User.select(User.email).where(User.operator.eq(True)).order_by(User.email)
    return [row["email"] for row in rows]


async def operator(park: Park, *names: str) -> list[Actor]:
    for name in names:
        await people.set_operator(f"{name}@park.example", operator=True)
    return [await again(park, name) for name in names]


async def again(park: Park, name: str) -> Actor:
    key = park.people[name].actor.key
    assert key is not None
    actor = await sessions.actor_for(key.secret, HERE)
    assert actor is not None
    return actor


async def test_the_command_line_makes_and_dismisses_operators_and_says_that_it_was_nobody(park: Park) -> None:
    await people.set_operator(" Smith@Park.example ", operator=True)
    await people.set_operator("yogi@park.example", operator=True)
    assert await operators() == ["smith@park.example", "yogi@park.example"]
    await people.set_operator("smith@park.example", operator=False)
    assert await operators() == ["yogi@park.example"]
    rows = await Event.select().where(Event.actor_kind == Kind.SYSTEM).order_by(Event.id)
    rows = [row for row in rows if row["object"] == "smith@park.example"]
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("Jellystone", "made operator"),
        ("Jellystone", "dismissed as operator"),
    ]


async def test_neither_the_last_operator_nor_somebody_unknown(park: Park) -> None:
    await people.set_operator("smith@park.example", operator=True)
    with pytest.raises(Conflict, match="needs an operator"):
        await people.set_operator("smith@park.example", operator=False)
    with pytest.raises(NotFound, match=r"no account 'nobody@park\.example'"):
        await people.set_operator("nobody@park.example", operator=True)
    assert await operators() == ["smith@park.example"]


@pytest.mark.parametrize("change", [{"operator": False}, {"disabled": True}])
async def test_two_operators_cannot_put_each_other_out_at_once(park: Park, change: dict[str, bool]) -> None:
    yogi, smith = await operator(park, "yogi", "smith")
    both = people.change(yogi, smith.email, **change), people.change(smith, yogi.email, **change)
    assert await at_once(*both) == ["Conflict", "Person"]
    assert await User.count().where(User.operator.eq(True), User.disabled_at.is_null()) == 1


async def test_what_weighs_much_asks_for_the_password_again(park: Park) -> None:
    (smith,) = await operator(park, "smith")
    stale = Actor(**{name: getattr(smith, name) for name in Actor.__dataclass_fields__} | {"authenticated_at": None})
    for deed in (
        people.change(stale, park.yogi.email, disabled=True),
        people.change(stale, park.yogi.email, operator=True),
        people.reset_second_factor(stale, park.yogi.email),
    ):
        with pytest.raises(NotConfirmed):
            await deed
    await people.end_sessions(stale, park.yogi.email)


async def test_a_stranger_may_nothing(park: Park) -> None:
    smith = park.smith.actor
    for deed in (
        people.show(smith, park.yogi.email),
        people.change(smith, park.yogi.email, disabled=True),
        people.end_sessions(smith, park.yogi.email),
        people.reset_second_factor(smith, park.yogi.email),
    ):
        with pytest.raises(NotAllowed):
            await deed


async def test_who_signs_in_while_being_disabled_is_out_afterwards(park: Park) -> None:
    (smith,) = await operator(park, "smith")

    async def come() -> None:
        signed_in = await sessions.sign_in(HERE, email=park.booboo.email, password=PASSWORD)
        secrets.append(signed_in.secret)

    secrets: list[str] = []
    await at_once(*(come() for _ in range(4)), people.change(smith, park.booboo.email, disabled=True))
    assert [await sessions.actor_for(secret, HERE) for secret in secrets] == [None] * len(secrets)

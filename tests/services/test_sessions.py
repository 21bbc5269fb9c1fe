"""A session is a row; what is in the cookie is in no table."""

from datetime import UTC, datetime, timedelta

import pytest

from jellystone.database import DB
from jellystone.services import sessions
from jellystone.services.actors import Origin
from jellystone.tables.people import Session, User
from tests.otherwise import decided
from tests.park import HERE, PASSWORD, Park

pytestmark = pytest.mark.anyio


async def sign_in(park: Park) -> sessions.SignedIn:
    return await sessions.sign_in(HERE, email=park.yogi.email, password=PASSWORD)


async def test_the_cookie_finds_its_person_and_opens_their_key(park: Park) -> None:
    found = await sessions.actor_for((await sign_in(park)).secret, HERE)
    assert found
    assert park.yogi.actor.key
    assert found.key
    assert found.key.open() == park.yogi.actor.key.open()
    assert (found.user, found.scopes) == (park.yogi.actor.user, None)


async def test_the_cookies_secret_is_in_no_table_and_in_no_words(park: Park) -> None:
    signed_in = await sign_in(park)
    (row,) = await DB.fetch("SELECT s::text AS row FROM sessions s WHERE id = $1", signed_in.session.id)
    assert signed_in.secret not in row["row"]
    assert signed_in.secret.encode().hex() not in row["row"]
    assert signed_in.secret not in repr(signed_in)


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "a" * 10_000, "'; DROP TABLE sessions --"])
async def test_any_other_text_is_nobody(park: Park, secret: str) -> None:
    assert await sessions.actor_for(secret, HERE) is None


async def test_when_it_was_last_seen_is_written_now_and_then(park: Park) -> None:
    signed_in = await sign_in(park)

    async def seen() -> tuple[datetime, str]:
        row = await Session.objects().get(Session.id == signed_in.session.id)
        assert row
        return row.last_seen_at, row.address

    first = await seen()
    await sessions.actor_for(signed_in.secret, Origin("192.0.2.9"))
    assert await seen() == first, "not at every request"
    earlier = datetime.now(UTC) - sessions.SEEN_EVERY - timedelta(seconds=1)
    await Session.update({Session.last_seen_at: earlier}).where(Session.id == signed_in.session.id)
    await sessions.actor_for(signed_in.secret, Origin("192.0.2.9"))
    assert (await seen())[0] > earlier
    assert (await seen())[1] == "192.0.2.9"


async def test_expired_ones_are_swept_away(park: Park) -> None:
    kept, gone = await sign_in(park), await sign_in(park)
    await Session.update({Session.expires_at: datetime.now(UTC)}).where(Session.id == gone.session.id)
    await sessions.sweep()
    assert not await Session.exists().where(Session.id == gone.session.id)
    assert await sessions.actor_for(kept.secret, HERE)


async def test_another_cost_is_taken_over_at_the_next_sign_in_and_opens_the_same_key(park: Park) -> None:
    with decided(argon2_time=2):
        signed_in = await sign_in(park)
        row = await User.objects().get(User.email == park.yogi.email)
        assert row
        assert "t=2" in row.password_hash
        again = await sessions.actor_for((await sign_in(park)).secret, HERE)
    first = await sessions.actor_for(signed_in.secret, HERE)
    assert first
    assert again
    assert first.key
    assert again.key
    assert park.yogi.actor.key
    assert first.key.open() == again.key.open() == park.yogi.actor.key.open()


async def test_a_long_name_of_a_browser_is_cut(park: Park) -> None:
    origin = Origin("127.0.0.1", "Mozilla/" + "5" * 5000)
    made = await sessions.sign_in(origin, email=park.yogi.email, password=PASSWORD)
    assert made.session.user_agent
    assert len(made.session.user_agent) == 300

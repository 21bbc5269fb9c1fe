"""A week before a team's token expires its owners get a mail, once."""

from datetime import UTC, datetime, timedelta

import pytest

from jellystone.jobs import background, warnings
from jellystone.services.permissions import Rank
from jellystone.tables.mails import Mail
from jellystone.tables.people import Token, User
from jellystone.tables.teams import Membership
from tests.park import Park
from tests.postoffice import PostOffice

pytestmark = pytest.mark.anyio
AT = "/teams/rangers/tokens"


async def token(park: Park, name: str, **lasts: float) -> None:
    """One of the Rangers that expires in `lasts`; without, never."""
    made = await park.yogi.program.post(AT, json={"name": name, "scopes": ["read"], "expires_in_days": 90})
    assert made.status_code == 201
    at = datetime.now(UTC) + timedelta(**lasts) if lasts else None
    await Token.update({Token.expires_at: at}).where(Token.name == name)


async def warned() -> list[str]:
    return sorted(row["recipient"] for row in await Mail.select(Mail.recipient))


async def test_a_week_before_the_owners_and_nobody_else_are_told_once(park: Park) -> None:
    await Membership.update({Membership.rank: Rank.OWNER}).where(Membership.user == park.booboo.actor.user)
    await token(park, "terraform", days=6.9)
    await warnings.warn_of_expiry()
    await warnings.warn_of_expiry()
    assert await warned() == ["booboo@park.example", "yogi@park.example"]


async def test_who_has_more_time_none_left_or_no_end_is_not_told_of(park: Park) -> None:
    await token(park, "later", days=7.1)
    await token(park, "over", seconds=-1)
    await token(park, "for ever")
    await park.yogi.program.post("/account/tokens", json={"name": "mine", "scopes": ["read"], "expires_in_days": 3})
    await warnings.warn_of_expiry()
    assert await warned() == []


async def test_an_owner_who_cannot_sign_in_is_not_written_to(park: Park) -> None:
    await Membership.update({Membership.rank: Rank.OWNER}).where(Membership.user == park.booboo.actor.user)
    await User.update({User.disabled_at: datetime.now(UTC)}).where(User.email == park.yogi.email)
    await token_as(park)
    await warnings.warn_of_expiry()
    assert await warned() == ["booboo@park.example"]


async def token_as(park: Park) -> None:
    """The team's first token, which its founder may no longer be able to change."""
    await Token.update({Token.expires_at: datetime.now(UTC) + timedelta(days=2)}).where(Token.team == park.team.id)


async def test_the_mail_says_which_token_and_leads_to_it(park: Park, post: PostOffice) -> None:
    await token(park, "terraform", days=3)
    await warnings.warn_of_expiry()
    mail = await post.newest(park.yogi.email)
    row = await Token.objects().get(Token.name == "terraform")
    assert row is not None
    text = post.text(mail)
    assert "terraform" in text
    assert row.prefix in text
    assert "Rangers" in text
    assert (await park.yogi.browser.get(post.path(mail))).status_code == 200


async def test_it_happens_by_itself() -> None:
    assert warnings.warn_of_expiry in background.JOBS

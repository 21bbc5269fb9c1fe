"""A week before a team's token expires its owners get a mail, once."""

from datetime import UTC, datetime

from jellystone.database import DB
from jellystone.services import mail
from jellystone.tables.people import Token

DUE = """
    SELECT k.id, k.name, k.prefix, k.expires_at, k.team, t.name AS team_name, t.slug
    FROM tokens k JOIN teams t ON t.id = k.team
    WHERE k.warned_at IS NULL AND k.expires_at BETWEEN now() AND now() + interval '7 days'
    ORDER BY k.expires_at LIMIT 100 FOR UPDATE OF k SKIP LOCKED
"""
OWNERS = """
    SELECT u.email FROM memberships m JOIN users u ON u.id = m.user
    WHERE m.team = $1 AND m.rank = 'owner' AND u.disabled_at IS NULL
"""


async def warn_of_expiry() -> None:
    async with DB.transaction():
        for token in await DB.fetch(DUE):
            for owner in await DB.fetch(OWNERS, token["team"]):
                await mail.queue(
                    owner["email"],
                    "token_expiring",
                    caused_by=None,
                    team=token["team_name"],
                    name=token["name"],
                    prefix=token["prefix"],
                    expires_at=token["expires_at"],
                    link=mail.link(f"/teams/{token['slug']}/tokens"),
                )
            await Token.update({Token.warned_at: datetime.now(UTC)}).where(Token.id == token["id"])

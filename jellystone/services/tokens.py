"""Tokens for programs: personal ones act as their person, team ones as their team; scopes say how far."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from jellystone.database import DB
from jellystone.errors import Invalid, NotFound, NotSignedIn
from jellystone.facts.lists import Listing
from jellystone.facts.people import IssuedToken
from jellystone.facts.people import Token as TokenFact
from jellystone.services import credentials, events, team_keys, vault
from jellystone.services.actors import Actor, Key, Kind, Origin
from jellystone.services.lists import Slice
from jellystone.services.permissions import Permission, Rank, Scope
from jellystone.services.sessions import ranks
from jellystone.tables.columns import uuid7
from jellystone.tables.people import Token
from jellystone.tables.teams import Team

USED_EVERY = timedelta(minutes=1)

ACTOR = """
    SELECT k.id, k.user, k.team, k.name, k.wrapped_key, k.scopes, k.last_used_at, u.email,
        coalesce(u.operator, false) AS operator,
        (SELECT coalesce(json_object_agg(m.team, m.rank), '{}')::text FROM memberships m WHERE m.user = k.user) AS ranks
    FROM tokens k LEFT JOIN users u ON u.id = k.user
    WHERE k.digest = $1 AND (k.expires_at IS NULL OR k.expires_at > now()) AND u.disabled_at IS NULL
"""
SAME_KEY = "SELECT id FROM users WHERE id = $1 AND public_key = $2 FOR SHARE"  # a reset has not replaced it
FACTS = """
    SELECT k.id, k.name, k.prefix, k.scopes, t.slug AS team, c.email AS created_by, k.created_at, k.expires_at,
        k.last_used_at, k.last_used_from
    FROM tokens k LEFT JOIN teams t ON t.id = k.team LEFT JOIN users c ON c.id = k.created_by
"""


async def issue_personal(
    actor: Actor, *, name: str, scopes: Iterable[Scope], expires_in_days: int | None = None
) -> IssuedToken:
    """A token that acts as its person, within `scopes`. The secret is in this answer only."""
    user = actor.must_be_person()
    actor.must_have(Scope.ADMIN)
    actor.must_be_fresh()
    assert actor.key is not None
    wanted = _wanted(actor, scopes)
    return await _issue(actor, user, None, actor.key.open(), name=name, scopes=wanted, days=expires_in_days)


async def issue_for_team(
    actor: Actor, team: Team, *, name: str, scopes: Iterable[Scope], expires_in_days: int | None = None
) -> IssuedToken:
    """A token that acts as the team. The one who makes it must be able to open the team's vault."""
    actor.must(Permission.MANAGE_TOKENS, team.id)
    actor.must_be_fresh()
    wanted = _wanted(actor, scopes)
    private = await team_keys.opened(actor, team.id)
    return await _issue(actor, None, team, private, name=name, scopes=wanted, days=expires_in_days)


async def issue_first(actor: Actor, team: Team, private: bytes) -> IssuedToken:
    """The token that a team is founded with: it may all that its founder may now, and does not expire.

    Called in a transaction.
    """
    return await _issue(
        actor, None, team, private, name="first token", scopes=_wanted(actor, actor.scopes or Scope), days=None
    )


async def personal(actor: Actor, part: Slice) -> Listing[TokenFact]:
    user = actor.must_be_person()
    return await _list('k."user" = $1', user, part)


async def of_team(actor: Actor, team: Team, part: Slice) -> Listing[TokenFact]:
    actor.must(Permission.VIEW, team.id)
    return await _list("k.team = $1", team.id, part)


async def find_personal(actor: Actor, token: UUID) -> TokenFact:
    return await _find('k."user" = $1', actor.must_be_person(), token)


async def find_of_team(actor: Actor, team: Team, token: UUID) -> TokenFact:
    actor.must(Permission.VIEW, team.id)
    return await _find("k.team = $1", team.id, token)


async def revoke_personal(actor: Actor, token: TokenFact) -> None:
    actor.must_be_person()
    actor.must_have(Scope.ADMIN)
    actor.must_be_fresh()
    await _revoke(actor, token, team=None)


async def revoke_of_team(actor: Actor, team: Team, token: TokenFact) -> None:
    actor.must(Permission.MANAGE_TOKENS, team.id)
    actor.must_be_fresh()
    await _revoke(actor, token, team=team)


async def actor_for(text: str, origin: Origin) -> Actor | None:
    """Who holds this token: nothing is looked up for a mistyped one."""
    if not credentials.well_formed(text):
        return None
    row = await DB.fetch_row(ACTOR, credentials.digest(text))
    if row is None:
        return None
    if row["last_used_at"] is None or datetime.now(UTC) - row["last_used_at"] > USED_EVERY:
        await DB.fetch(
            "UPDATE tokens SET last_used_at = now(), last_used_from = $2 WHERE id = $1", row["id"], origin.address
        )
    team = row["team"]
    return Actor(
        kind=Kind.TEAM_TOKEN if team else Kind.PERSONAL_TOKEN,
        name=row["name"] if team else row["email"],
        user=row["user"],
        team=team,
        operator=row["operator"] and Scope.ADMIN in row["scopes"],
        ranks={team: Rank.OWNER} if team else ranks(row["ranks"]),
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        key=Key(text, row["wrapped_key"], "team token" if team else "personal token", row["id"], team or row["user"]),
        origin=origin,
    )


def _wanted(actor: Actor, scopes: Iterable[Scope]) -> list[Scope]:
    wanted = [scope for scope in Scope if scope in set(scopes)]
    if not wanted:
        raise Invalid(scopes="Choose at least one scope.")
    if actor.scopes is not None and not actor.scopes.issuperset(wanted):
        raise Invalid(scopes="A token can only pass on scopes that it has itself.")
    return wanted


async def _issue(
    actor: Actor,
    user: UUID | None,
    team: Team | None,
    private: bytes,
    *,
    name: str,
    scopes: list[Scope],
    days: int | None,
) -> IssuedToken:
    """Of a person or of a team; `private` is the key that the token carries, wrapped under itself."""
    credential, id, now = credentials.new_token("team" if team else "personal"), uuid7(), datetime.now(UTC)
    owner = team.id if team else user
    assert owner is not None
    holder: vault.Holder = "team token" if team else "personal token"
    token = Token(
        id=id,
        user=user,
        team=team.id if team else None,
        name=name,
        prefix=credential.prefix,
        digest=credential.digest,
        wrapped_key=vault.wrap_for_secret(credential.text, private, holder=holder, row=id, owner=owner),
        scopes=[str(scope) for scope in scopes],
        created_by=actor.user,
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    async with DB.transaction():
        if user is not None and not await DB.fetch(SAME_KEY, user, vault.public_of(private)):
            raise NotSignedIn("Your password was reset meanwhile. Sign in with the new one.")
        await token.save()
        await events.record(actor, "made", "token", name, team=team.id if team else None, scopes=" ".join(token.scopes))
    return IssuedToken(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        scopes=token.scopes,
        team=team.slug if team else None,
        created_by=actor.name if actor.user else None,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=None,
        last_used_from=None,
        token=credential.text,
    )


async def _list(condition: str, owner: UUID, part: Slice) -> Listing[TokenFact]:
    rows = await DB.fetch(
        f"{FACTS} WHERE {condition} ORDER BY k.created_at DESC LIMIT $2 OFFSET $3", owner, part.per_page, part.offset
    )
    total = await DB.fetch_row(f"SELECT count(*) FROM tokens k WHERE {condition}", owner)
    return part.of([TokenFact(**row) for row in rows], total["count"] if total else 0)


async def _find(condition: str, owner: UUID, token: UUID) -> TokenFact:
    row: Any = await DB.fetch_row(f"{FACTS} WHERE {condition} AND k.id = $2", owner, token)
    if row is None:
        raise NotFound("There is no such token. It may have been revoked already.")
    return TokenFact(**row)


async def _revoke(actor: Actor, token: TokenFact, *, team: Team | None) -> None:
    async with DB.transaction():
        await Token.delete().where(Token.id == token.id)
        await events.record(
            actor,
            "revoked",
            "token",
            token.name,
            team=team.id if team else None,
            held_the_key=Scope.SECRETS in token.scopes,
        )

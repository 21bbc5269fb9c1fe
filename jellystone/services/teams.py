"""Teams: founding, finding, renaming and disbanding them."""

import re
import unicodedata
from typing import Any

from asyncpg import ForeignKeyViolationError, UniqueViolationError

from jellystone.database import DB
from jellystone.errors import Conflict, Invalid, NotFound
from jellystone.facts.lists import Listing
from jellystone.facts.teams import FoundedTeam
from jellystone.facts.teams import Team as TeamFact
from jellystone.services import events, tokens, vault
from jellystone.services.actors import Actor
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Permission, Rank, Scope
from jellystone.services.versions import ALWAYS, Condition
from jellystone.tables.columns import uuid7
from jellystone.tables.databases import Database
from jellystone.tables.teams import Membership, Team

RESERVED = {"new", "edit", "removal", "tokens", "events", "members", "invitations"}
TAKEN = "A team of this name exists already. Choose another name."

FACTS = """
    SELECT t.slug AS id, t.slug, t.name, t.created_at,
        (SELECT count(*) FROM memberships m WHERE m.team = t.id) AS members,
        (SELECT count(*) FROM databases d WHERE d.team = t.id) AS databases,
        (SELECT m.rank FROM memberships m WHERE m.team = t.id AND m.user = $1) AS rank
    FROM teams t
"""


async def visible_to(actor: Actor, part: Slice, *, matching: str = "") -> Listing[TeamFact]:
    """The actor's teams by name, or all of them for an operator; only those whose name contains `matching`."""
    actor.must_have(Scope.READ)
    where = "WHERE ($2 OR t.id = ANY ($3::uuid[])) AND t.name ILIKE $4"
    values: tuple[Any, ...] = (actor.user, actor.operator, list(actor.ranks), like(matching))
    rows = await DB.fetch(f"{FACTS} {where} ORDER BY t.folded LIMIT $5 OFFSET $6", *values, part.per_page, part.offset)
    total = await DB.fetch_row(f"SELECT count(*) FROM teams t {where} AND ($1::uuid IS NULL OR true)", *values)
    return part.of([TeamFact(**row) for row in rows], total["count"] if total else 0)


async def find(actor: Actor, slug: str) -> Team:
    """The team called `slug`. To outsiders it does not exist."""
    team = await Team.objects().get(Team.slug == slug)
    if team is None or not (team.id in actor.ranks or actor.operator):
        raise NotFound(f"There is no team {slug!r}, or you do not belong to it.")
    actor.must(Permission.VIEW, team.id)
    return team


async def show(actor: Actor, team: Team) -> TeamFact:
    actor.must(Permission.VIEW, team.id)
    row: Any = await DB.fetch_row(f"{FACTS} WHERE t.id = $2", actor.user, team.id)
    return TeamFact(**row)


async def found(actor: Actor, *, name: str) -> FoundedTeam:
    """Found a team with its own key pair; the founder holds a copy, and the first token another."""
    user = actor.must_be_person()
    actor.must_have(Scope.ADMIN)
    pair, assigned = vault.new_pair(), uuid7()
    assert actor.key is not None
    member_public = vault.public_of(actor.key.open())
    membership = Membership(
        team=assigned,
        user=user,
        rank=Rank.OWNER,
        sealed_key=vault.share_team_key(member_public, pair.private, team=assigned, user=user),
    )
    try:
        async with DB.transaction():
            slug = await _free_slug(name)
            team = Team(id=assigned, name=name, folded=folded(name), slug=slug, public_key=pair.public)
            await team.save()
            await membership.save()
            await events.record(actor, "founded", "team", team.slug, team=assigned)
            token = await tokens.issue_first(actor, team, pair.private)
    except UniqueViolationError:
        raise await _taken(actor, name) from None
    return FoundedTeam(
        id=team.slug,
        slug=team.slug,
        name=name,
        members=1,
        databases=0,
        rank=Rank.OWNER,
        created_at=team.created_at,
        token=token.token,
    )


async def rename(actor: Actor, team: Team, *, name: str, condition: Condition = ALWAYS) -> TeamFact:
    """Only the name that people see: the slug, and every address with it, stays."""
    actor.must(Permission.CHANGE_TEAM, team.id)
    try:
        async with DB.transaction():
            await condition.hold("teams", team.id, lambda: show(actor, team))
            await Team.update({Team.name: name, Team.folded: folded(name)}).where(Team.id == team.id)
            await events.record(actor, "renamed", "team", team.slug, team=team.id, before=team.name, after=name)
    except UniqueViolationError:
        raise await _taken(actor, name) from None
    return await show(actor, team)


async def disband(actor: Actor, team: Team, *, condition: Condition = ALWAYS) -> None:
    """Only a team without databases: nobody else could delete them afterwards."""
    actor.must(Permission.DISBAND_TEAM, team.id)
    try:
        async with DB.transaction():
            await condition.hold("teams", team.id, lambda: show(actor, team))
            left = await Database.count().where(Database.team == team.id)
            if left:
                raise Conflict(f"{team.name} still has {left} database{'s' if left > 1 else ''}. Delete them first.")
            await events.record(actor, "disbanded", "team", team.slug, called=team.name)
            await Team.delete().where(Team.id == team.id)
    except ForeignKeyViolationError:
        raise Conflict(f"{team.name} has got a database meanwhile. Delete it first.") from None


async def _taken(actor: Actor, name: str) -> Conflict:
    """Says which team it is to those who may see it."""
    team = await Team.objects().get(Team.folded == folded(name))
    visible = team is not None and (team.id in actor.ranks or actor.operator)
    return Conflict(TAKEN, existing=team.slug if team and visible else None, name=TAKEN)


async def own(actor: Actor, slug: str | None) -> Team:
    """The team that is named, or, for a team token that names none, its own."""
    if slug:
        try:
            return await find(actor, slug)
        except NotFound as unknown:
            raise Invalid(team=str(unknown)) from None
    if actor.team is None:
        raise Invalid(team="Say which team.")
    team = await Team.objects().get(Team.id == actor.team)
    assert team is not None
    return team


def folded(name: str) -> str:
    """What two names have in common that differ only in case, or in how their letters are composed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def slug_of(name: str) -> str:
    """`Ranger's Café` → `ranger-s-cafe`; a name without a Latin letter or digit → `team`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "team"


async def _free_slug(name: str) -> str:
    """Different names can have one slug: then a number follows. Called in a transaction."""
    await DB.fetch("SELECT pg_advisory_xact_lock(hashtextextended('jellystone:slug', 0))")
    base = slug_of(name)
    rows = await DB.fetch("SELECT slug FROM teams WHERE slug = $1 OR starts_with(slug, $1 || '-')", base)
    taken = {row["slug"] for row in rows} | RESERVED
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(slug for slug in numbered if slug not in taken)

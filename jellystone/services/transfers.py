"""Moving a database to another team, with its passwords where the mover can open them."""

from jellystone.database import DB
from jellystone.errors import Conflict, NotAllowed
from jellystone.services import events, team_keys, vault
from jellystone.services.actors import Actor
from jellystone.services.found import Found
from jellystone.services.permissions import Permission
from jellystone.tables.databases import Database
from jellystone.tables.roles import Role
from jellystone.tables.teams import Team


async def move(actor: Actor, database: Found, to: Team) -> int:
    """Owners of both teams may, and operators. Returns how many passwords could not be moved along.

    A password is sealed to one team: it is opened and sealed anew, or forgotten; then it must be changed to be
    readable again. Nothing changes on the server.
    """
    source = database.team
    owns_both = all(actor.may(Permission.MOVE_DATABASES, team.id) for team in (source, to))
    if not owns_both and not (actor.operator and actor.scopes is None):
        names = " and ".join(dict.fromkeys((source.name, to.name)))
        words = f"Only somebody who owns {names}, or an operator, may do this."
        raise NotAllowed(words, what=Permission.MOVE_DATABASES, team=source.id)
    if to.id == source.id:
        raise Conflict(f"{database.id} belongs to {to.name} already.", team="It belongs to this team already.")
    actor.must_be_fresh()
    key, lost = await team_keys.held(actor, source.id), 0
    async with DB.transaction():
        for role in await Role.objects().where(Role.database == database.row.id).lock_rows("UPDATE"):
            sealed = _sealed_anew(role, source, to, key)
            lost += sealed is None and role.sealed_password is not None
            await Role.update({Role.sealed_password: sealed}).where(Role.id == role.id)
        await Database.update({Database.team: to.id}).where(Database.id == database.row.id)
        for team in (source, to):
            await events.record(
                actor, "moved", "database", database.id, team=team.id, before=source.slug, after=to.slug, lost=lost
            )
    return lost


def _sealed_anew(role: Role, source: Team, to: Team, key: bytes | None) -> bytes | None:
    if key is None or role.sealed_password is None:
        return None
    password = vault.open_password(key, role.sealed_password, team=source.id, role=role.id)
    return vault.seal_password(to.public_key, password, team=to.id, role=role.id)

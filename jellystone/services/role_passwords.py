"""The passwords of roles: changing and revealing them."""

from datetime import UTC, datetime

from jellystone.errors import Conflict
from jellystone.facts.roles import RoleWithPassword
from jellystone.postgres.scram import generated_password
from jellystone.services import events, provisioning, role_catalog, roles, sealing, team_keys, vault
from jellystone.services.actors import Actor
from jellystone.services.found import FoundRole
from jellystone.services.permissions import Permission
from jellystone.tables.roles import Role


async def change(
    actor: Actor, role: FoundRole, *, password: str | None = None, end_sessions: bool = False, after: int | None = None
) -> RoleWithPassword:
    """Take this password, or make one. Open sessions go on unless they are to end.

    `after` is the version it follows: a form that is sent twice, or by two people at once, changes it only once.
    """
    if after is not None and after != role.row.secret_version:
        raise Conflict(f"The password of {role.id} was changed meanwhile. Reveal it to see the present one.")
    new = password if password is not None else generated_password()
    await intend(actor, role, new, end_sessions=end_sessions)
    await provisioning.bring_role(role.row.id, within=role.database)
    return sealing.with_password(role, await role_catalog.show(actor, role), new)


async def intend(actor: Actor, role: FoundRole, password: str, *, end_sessions: bool = False) -> None:
    """Record the new password, sealed, with its event; the server gets it with `provisioning.bring_role`."""
    actor.must(Permission.CHANGE_ROLES, role.database.team.id)
    values = {
        **await sealing.of(role.database, role.row.id, password),
        "password_changed_at": datetime.now(UTC),
        "secret_version": Role.secret_version + 1,
        "end_sessions": end_sessions,
    }
    await roles.intend_change(actor, role, "changed the password of", values, {"end_sessions": end_sessions})


async def reveal(actor: Actor, role: FoundRole) -> RoleWithPassword:
    """The password, opened with the team's key that only members and team tokens hold. Recorded each time."""
    team = role.database.team
    actor.must(Permission.READ_PASSWORDS, team.id)
    actor.must_be_fresh()
    if role.row.sealed_password is None:
        raise Conflict(f"No password of {role.id} is kept here. Change it to store a new one.")
    private = await team_keys.opened(actor, team.id)
    password = vault.open_password(private, role.row.sealed_password, team=team.id, role=role.row.id)
    await events.record(actor, "revealed the password of", "role", role.id, team=team.id)
    return sealing.with_password(role, await role_catalog.show(actor, role), password)

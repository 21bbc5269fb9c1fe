"""What is kept of a role's password, and how it is shown to those who may have it."""

import asyncio
from uuid import UUID

from msgspec.structs import asdict

from jellystone.errors import Invalid
from jellystone.facts.databases import Connection
from jellystone.facts.roles import Role, RoleWithPassword
from jellystone.postgres.scram import verifier
from jellystone.services import connections, provisioning, vault
from jellystone.services.found import Found, FoundRole

SHORTEST, LONGEST = 8, 500


async def of(database: Found, role: UUID, password: str) -> dict[str, bytes]:
    """Columns of the role's row: the password sealed for the team, and a verifier until the server has got it.

    On a thread: a verifier takes thousands of rounds, which others need not wait for.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(password=f"Use {SHORTEST} to {LONGEST} characters, or leave it empty to have one made.")
    return await asyncio.to_thread(_of, database, role, password)


def _of(database: Found, role: UUID, password: str) -> dict[str, bytes]:
    sealed = vault.seal_password(database.team.public_key, password, team=database.team.id, role=role)
    pending = provisioning.wrap_verifier(verifier(password), role=role)
    return {"sealed_password": sealed, "pending_verifier": pending}


def with_password(role: FoundRole, fact: Role, password: str) -> RoleWithPassword:
    """The role with its password and every way to write down a connection."""
    server = role.database.server
    to = Connection(
        host=server.public_host,
        port=server.public_port,
        database=role.database.row.name,
        sslmode=server.public_sslmode,
    )
    client = connections.Client(to, role.row.name, password)
    return RoleWithPassword(
        **asdict(fact), password=password, uri=connections.uri(client), formats=connections.formats(client)
    )

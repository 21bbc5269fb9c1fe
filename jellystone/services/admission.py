"""Whether we can manage a server: asked of the server itself, before it is registered or its address is changed."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from asyncpg import InternalClientError

from jellystone.errors import Conflict, Invalid, Problem
from jellystone.postgres import identity
from jellystone.postgres.address import Address
from jellystone.postgres.failures import worded
from jellystone.postgres.probe import ServerFacts, letting_in, probe
from jellystone.postgres.server import Server as Reached
from jellystone.services import server_addresses, servers
from jellystone.services.vault import Sealed
from jellystone.tables.servers import Server

OLDEST = 14
ANSWERING = "Check host and port, listen_addresses of the server, and what stands between."
CERTIFICATE = "Check the certificate of the server and, where it is your own CA's, sslrootcert."


@dataclass(frozen=True)
class Admitted:
    """What answers at an address, and can do what we need. `identifier`: None where we may not read it."""

    address: Address
    identifier: str | None


async def of(name: str, address: Address, *, with_databases: Iterable[UUID] = ()) -> Admitted:
    """Connect and look. Raises `Invalid` for what can be typed otherwise, `Conflict` for what must change over there.

    `with_databases` must be there. The server hears the password of `address`, and nothing else that we know.
    """
    server = Reached(name, address)
    try:
        facts = await probe(server)
        _must_do(address, facts)
        lost = await identity.missing(server, with_databases) if with_databases else set()
        found = Admitted(address, await identity.identifier(server))
    except (Invalid, Conflict):
        raise
    except Problem as problem:
        raise _explained(address, problem) from None
    except InternalClientError as error:  # what answers there speaks something else
        raise _explained(address, worded(error, name)) from None
    finally:
        await server.close()
    if lost:
        raise Conflict(
            f"The cluster at {address.host}:{address.port} is another one, and lacks {len(lost)} of the databases that"
            f" {name} has. Give the address of the cluster that they are on.",
            url="Our databases are not there.",
        )
    return found


async def must_be_new(name: str, found: Admitted, *, but: UUID | None = None) -> None:
    """Raises `Conflict` if that cluster is in our books already, under another name than its own (`but`)."""
    for row in await servers.all_servers():
        if row.id == but or not _is(row, found):
            continue
        raise Conflict(
            f"This is the cluster of {row.name}, or a physical copy of it. Use {row.name}.",
            existing=row.name,
            url=f"It is registered already, as {row.name}.",
        )


async def learn_identifiers() -> None:
    """Of those servers that nobody has asked yet."""
    for row in await servers.all_servers():
        if row.system_identifier is None:
            await servers.refresh(row)


def _is(row: Server, found: Admitted) -> bool:
    """By PostgreSQL's own identifier, or where one of them has none, by host and port."""
    if row.system_identifier and found.identifier:
        return bool(row.system_identifier == found.identifier)
    try:
        known = server_addresses.of(row)
    except Sealed:
        return False
    return (known.host.lower(), known.port) == (found.address.host.lower(), found.address.port)


def _must_do(address: Address, facts: ServerFacts) -> None:
    if facts.standby:
        raise Conflict(
            "This is a standby: nothing can be made or changed there. Give the address of the primary.",
            url="A standby cannot be managed.",
        )
    if facts.version_number < OLDEST * 10000:
        raise Conflict(
            f"PostgreSQL {facts.version} is too old. Upgrade it to {OLDEST} or, better, to a release in support.",
            url="This PostgreSQL is too old.",
        )
    if facts.lacks:
        raise Conflict(
            " ".join(facts.lacks), url=f"The role {address.user} may not do what we need: {' '.join(facts.lacks)}"
        )


def _explained(address: Address, problem: Problem) -> Problem:
    """What to type otherwise, in words."""
    error, at = problem.__cause__, f"{address.host}:{address.port}"
    state = getattr(error, "sqlstate", None) or ""
    said = str(error).splitlines()[0].rstrip(".") if error and str(error) else ""
    if state == "28P01":
        if not address.password:
            return Invalid(password=f"The server wants the password of {address.user}. Type it.")
        return Invalid(password=f"The server does not take this password for {address.user}. Type it again.")
    if state == "28000":
        return Invalid(url=f"The server lets {address.user} not in from here: {said}. Mend its pg_hba.conf.")
    if state == "42501":
        way = letting_in(address.user, address.admin_database)
        return Invalid(url=f"{address.user} may not connect to {address.admin_database}. As a superuser run {way}")
    if state == "3D000":
        return Invalid(url=f"There is no database {address.admin_database} at {at}. Name one that is there.")
    if state == "08P01":
        return Invalid(url=f"{at} does not take our sessions: {said}. Give PostgreSQL's own address, not a pooler's.")
    if "SSL upgrade" in said:
        return Invalid(url=f"{at} offers no TLS, or is no PostgreSQL. Turn on TLS there, or check host and port.")
    if "ertificate" in said or "CERTIFICATE" in said:
        return Invalid(url=f"{at} is not trusted: {said}. {CERTIFICATE}")
    if isinstance(error, OSError):  # a timeout is one
        return Invalid(url=f"Nothing answers at {at}{_why(error)}. {ANSWERING}")
    return Invalid(url=str(problem))


def _why(error: OSError) -> str:
    """asyncpg's own words show sockets; the system's are for people."""
    if isinstance(error, TimeoutError):
        return " in time"
    number = error.errno or 0
    return f": {(os.strerror(number) if number > 0 else error.strerror or str(error)).lower()}"

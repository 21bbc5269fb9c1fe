"""Which PostgreSQL servers there are, and the way to each. Facts come from our own tables, not from the servers."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from jellystone import settings
from jellystone.database import DB
from jellystone.errors import Misconfigured, NotFound, Problem
from jellystone.facts.lists import Listing
from jellystone.facts.servers import Server as ServerFact
from jellystone.postgres import configuration, identity, locales, memory, probe
from jellystone.postgres import parameters as session_parameters
from jellystone.postgres.address import Address
from jellystone.postgres.server import Server as Reached
from jellystone.services import advice, instance, server_addresses, visits
from jellystone.services.actors import Actor
from jellystone.services.lists import Slice, like
from jellystone.services.permissions import Scope
from jellystone.services.vault import Sealed
from jellystone.tables.columns import uuid7
from jellystone.tables.servers import Server

FIRST = "main"
LOCK = 0x6A65_6C6C_7973_76  # an advisory lock's key
FACTS = """
    SELECT s.name AS id, s.name, s.public_host AS host, s.public_port AS port, s.public_sslmode AS sslmode, s.version,
        s.started_at, s.connections, s.connections_usable, s.created_at, s.changed_at,
        s.wrapped_url, s.id AS row, s.tls, s.rights::text AS rights, s.warnings::text AS warnings, s.contacted_at,
        s.problem,
        (SELECT count(*) FROM databases d WHERE d.server = s.id) AS databases, s.advised::text AS advised,
        (SELECT jsonb_object_agg(a.check_name, a.state)::text FROM advice a
         WHERE a.server = s.id AND a.database IS NULL) AS advice
    FROM servers s
"""

_open: dict[UUID, tuple[bytes, Reached]] = {}


async def register_first(now: settings.Settings) -> None:
    """At each start the settings decide about the first server: its address may have changed since."""
    try:
        address = Address.from_url(now.server_url)
    except ValueError as error:
        raise Misconfigured(f"JELLYSTONE_SERVER_URL: {error}.") from None
    async with DB.transaction():
        await DB.fetch("SELECT pg_advisory_xact_lock($1)", LOCK)
        known = await Server.objects().get(Server.name == FIRST)
        id = known.id if known else uuid7()
        values: dict[str, Any] = {
            "wrapped_url": _wrapped_once(known, id, address),
            "public_host": now.server_public_host or address.host,
            "public_port": now.server_public_port or address.port,
            "public_sslmode": address.sslmode,
        }
        changed = {name: value for name, value in values.items() if known and value != getattr(known, name)}
        if changed:
            changed["changed_at"] = datetime.now(UTC)
            await Server.update({getattr(Server, name): at for name, at in changed.items()}).where(Server.id == id)
        elif not known:
            await Server.insert(Server(id=id, name=FIRST, **values))


def _wrapped_once(known: Server | None, id: UUID, address: Address) -> bytes:
    """As it is stored already, if it is the same: what is wrapped anew looks like another address to all replicas."""
    with suppress(Sealed):
        if known and not instance.keys().needs_rewrap(known.wrapped_url) and server_addresses.of(known) == address:
            return known.wrapped_url
    return server_addresses.wrap(address, id)


async def reach(server: Server) -> Reached:
    """The one object of this process for that server; a new one when its address has changed."""
    kept = _open.get(server.id)
    if kept and kept[0] == server.wrapped_url:
        return kept[1]
    reached = Reached(server.name, server_addresses.of(server), noted=visits.to(server.id))
    _open[server.id] = server.wrapped_url, reached
    if kept:
        await kept[1].close()
    return reached


async def let_go() -> None:
    """Close the way to each server that is gone, or has got another address; on every replica, again and again."""
    if not _open:
        return
    rows = await DB.fetch("SELECT id, wrapped_url FROM servers WHERE id = ANY ($1::uuid[])", list(_open))
    there = {row["id"]: row["wrapped_url"] for row in rows}
    for id, (wrapped, reached) in list(_open.items()):
        if there.get(id) != wrapped and _open.get(id) == (wrapped, reached):
            del _open[id]
            await reached.close()


async def close_all() -> None:
    kept = list(_open.values())
    _open.clear()
    for _, server in kept:
        await server.close()


async def all_servers() -> list[Server]:
    return await Server.objects().order_by(Server.name)


async def by_id(id: UUID) -> Server | None:
    return await Server.objects().get(Server.id == id)


async def by_name(name: str) -> Server:
    server = await Server.objects().get(Server.name == name)
    if server is None:
        raise NotFound(f"There is no server {name!r}.")
    return server


async def visible_to(actor: Actor, part: Slice, *, matching: str = "") -> Listing[ServerFact]:
    """Everybody may know which servers there are: a database is made on one of them."""
    actor.must_have(Scope.READ)
    rows = await DB.fetch(
        f"{FACTS} WHERE s.name ILIKE $1 ORDER BY s.name LIMIT $2 OFFSET $3", like(matching), part.per_page, part.offset
    )
    total = await Server.count().where(Server.name.ilike(like(matching)))
    return part.of([_fact(actor, row) for row in rows], total)


async def show(actor: Actor, name: str) -> ServerFact:
    actor.must_have(Scope.READ)
    row = await DB.fetch_row(f"{FACTS} WHERE s.name = $1", name)
    if row is None:
        raise NotFound(f"There is no server {name!r}.")
    return _fact(actor, row)


async def what_can_be_chosen(actor: Actor) -> dict[str, dict[str, Any]]:
    """By server: the encodings' and locales' providers it offers, as last seen."""
    actor.must_have(Scope.READ)
    rows = await DB.fetch("SELECT name, locales::text AS locales FROM servers ORDER BY name")
    return {row["name"]: msgspec.json.decode(row["locales"]) for row in rows}


async def refresh(server: Server) -> str | None:
    """Ask the server how it is, and store the answer, or in words why there was none: then these."""
    try:
        reached = await reach(server)
        begun = await session_parameters.defaults(reached)
        found, offered = await probe.probe(reached), await locales.offered(reached)
        identifier = await identity.identifier(reached)
        async with reached.admin() as connection:
            parameters, machine = await configuration.parameters(connection), await memory.machine(connection)
    except Problem as problem:
        await Server.update({Server.problem: str(problem)}).where(Server.id == server.id)
        return str(problem)
    await Server.update(
        {
            Server.version_number: found.version_number,
            Server.version: found.version,
            Server.started_at: found.started_at,
            Server.connections: found.used,
            Server.connections_usable: found.usable,
            Server.rights: msgspec.json.encode(found.rights).decode(),
            Server.warnings: msgspec.json.encode(found.warnings).decode(),
            Server.locales: msgspec.json.encode(msgspec.to_builtins(offered)).decode(),
            Server.parameters: msgspec.json.encode(parameters).decode(),
            Server.memory_bytes: machine,
            Server.session_defaults: msgspec.json.encode(begun).decode(),
            Server.system_identifier: identifier,
            Server.tls: found.tls,
            Server.contacted_at: datetime.now(UTC),
            Server.problem: None,
        }
    ).where(Server.id == server.id)
    return None


async def refresh_all() -> None:
    for server in await all_servers():
        await refresh(server)


def _fact(actor: Actor, row: Any) -> ServerFact:
    values = dict(row)
    admin = server_addresses.told(values.pop("wrapped_url"), values.pop("row"), tls=values.pop("tls"))
    decoded = {name: msgspec.json.decode(values.pop(name)) for name in ("rights", "warnings")}
    states = advice.count("server", values.pop("advice"), values.pop("advised"))
    return ServerFact(
        **values,
        **decoded,
        advice=states,
        by_settings=row["name"] == FIRST,
        admin=admin if actor.operator else None,
    )

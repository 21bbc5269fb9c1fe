"""Which servers are managed: registering them, and changing how they are reached. For operators."""

from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any

from jellystone.database import DB
from jellystone.errors import Conflict, Invalid, NotFound
from jellystone.facts.naming import server_name_problem
from jellystone.postgres.address import Address
from jellystone.services import admission, events, server_addresses, servers
from jellystone.services.actors import Actor
from jellystone.services.permissions import Scope
from jellystone.services.versions import ALWAYS, Condition
from jellystone.tables.columns import uuid7
from jellystone.tables.servers import Server

BY_SETTINGS = (
    "{0} is the first server: JELLYSTONE_SERVER_URL and JELLYSTONE_SERVER_PUBLIC_… say where it is. "
    "Change these and start Jellystone again."
)
READY = "SELECT id FROM databases WHERE server = $1 AND status NOT IN ('creating', 'failed', 'deleting')"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a server shall be. None: as in the address; for the password: none, or the one that is stored."""

    url: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    public_host: str | None = None
    public_port: int | None = None
    public_sslmode: str | None = None
    memory_given_bytes: int | None = None


def may_look_after(actor: Actor) -> None:
    actor.must_have(Scope.ADMIN)
    actor.must_be_operator()


def may_lead_elsewhere(actor: Actor) -> None:
    """Whoever says where we or the clients sign in, and as whom, has proved just now who they are."""
    may_look_after(actor)
    actor.must_be_fresh()


async def register(actor: Actor, name: str, wish: Wish) -> Server:
    """Look at it first; it is registered as a whole or not at all."""
    may_lead_elsewhere(actor)
    address = _typed(name, wish)
    await _must_be_free(name)
    found = await admission.of(name, address)
    await admission.learn_identifiers()
    row = _row(name, wish, found)
    async with DB.transaction():
        await DB.fetch("SELECT pg_advisory_xact_lock($1)", servers.LOCK)
        await _must_be_free(name)
        await admission.must_be_new(name, found)
        await row.save()
        public = {column: getattr(row, column) for column in server_addresses.PUBLIC}
        await events.record(actor, "registered", "server", name, url=address.shown, **public)
    await servers.refresh(row)
    return row


async def bring(actor: Actor, name: str, wish: Wish, *, condition: Condition = ALWAYS) -> tuple[Server, bool]:
    """Register it, or change what differs; whether it was registered."""
    may_look_after(actor)
    try:
        server = await servers.by_name(name)
    except NotFound:
        condition.check(None)
        return await register(actor, name, wish), True
    wished = {
        name: getattr(wish, name) for name in ("public_host", "public_port", "public_sslmode", "memory_given_bytes")
    }
    await change(actor, server, url=wish.url, password=wish.password, condition=condition, **wished)
    return server, False


async def change(
    actor: Actor,
    server: Server,
    *,
    url: str | None = None,
    password: str | None = None,
    public_host: str | EllipsisType | None = ...,
    public_port: int | EllipsisType | None = ...,
    public_sslmode: str | EllipsisType | None = ...,
    memory_given_bytes: int | EllipsisType | None = ...,
    condition: Condition = ALWAYS,
) -> None:
    """Change what is given; `...` leaves a thing as it is, and None of the public address follows our own."""
    may_look_after(actor)
    old = server_addresses.known(server)
    new = server_addresses.after(old, url, password, kept=server.name != servers.FIRST)
    public = {"public_host": public_host, "public_port": public_port, "public_sslmode": public_sslmode}
    wished = server_addresses.public_after(server, old, new, public)
    if memory_given_bytes is not ...:
        wished["memory_given_bytes"] = memory_given_bytes
    values: dict[str, Any] = {name: value for name, value in wished.items() if value != getattr(server, name)}
    if server.name == servers.FIRST and (new != old or values.keys() - {"memory_given_bytes"}):
        raise Conflict(BY_SETTINGS.format(server.name))
    told = dict(values)
    found = None
    if new != old or values.keys() - {"memory_given_bytes"}:
        may_lead_elsewhere(actor)
    if new is not None and new != old:
        found = await _looked_at(server, new)
        values |= {"wrapped_url": server_addresses.wrap(new, server.id), "system_identifier": found.identifier}
        told |= {"url": new.shown} | ({"password": "another"} if old and old.password != new.password else {})
    async with DB.transaction():
        await DB.fetch("SELECT pg_advisory_xact_lock($1)", servers.LOCK)
        await condition.hold("servers", server.id, lambda: servers.show(actor, server.name))
        if not values:
            return
        if found:
            await admission.must_be_new(server.name, found, but=server.id)
        await _write(server, values)
        await events.record(actor, "changed", "server", server.name, **told)
    if found:
        await servers.refresh(await servers.by_name(server.name))


def _typed(name: str, wish: Wish) -> Address:
    """The address, once all that was typed has the right form."""
    wrong = {"name": told} if (told := server_name_problem(name)) else {}
    try:
        address = server_addresses.typed(wish.url, wish.password)
    except Invalid as problem:
        raise Invalid(**wrong, **problem.fields) from None
    if wrong:
        raise Invalid(**wrong)
    return address


async def _must_be_free(name: str) -> None:
    if await Server.exists().where(Server.name == name):
        raise Conflict(f"There is a server {name} already.", existing=name, name="This name is taken.")


async def _looked_at(server: Server, address: Address) -> admission.Admitted:
    """At another address there may be another cluster: then what is in our books must be there, too."""
    found = await admission.of(server.name, address)
    await admission.learn_identifiers()
    now = await servers.by_name(server.name)
    if not (found.identifier and found.identifier == now.system_identifier):
        ours = [row["id"] for row in await DB.fetch(READY, server.id)]
        await admission.of(server.name, address, with_databases=ours)
    return found


async def _write(server: Server, values: dict[str, Any]) -> None:
    columns = {getattr(Server, name): value for name, value in values.items()}
    if not await DB.fetch("UPDATE servers SET changed_at = clock_timestamp() WHERE id = $1 RETURNING id", server.id):
        raise NotFound(f"The server {server.name} has just been removed.")
    await Server.update(columns).where(Server.id == server.id)
    for name, value in values.items():
        setattr(server, name, value)


def _row(name: str, wish: Wish, found: admission.Admitted) -> Server:
    address, id = found.address, uuid7()
    return Server(
        id=id,
        name=name,
        wrapped_url=server_addresses.wrap(address, id),
        system_identifier=found.identifier,
        public_host=wish.public_host or address.host,
        public_port=wish.public_port or address.port,
        public_sslmode=wish.public_sslmode or address.sslmode,
        memory_given_bytes=wish.memory_given_bytes,
    )

"""Our own way in to each server, password included: stored under the instance's secret key, and told without it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from jellystone.errors import Invalid
from jellystone.facts.servers import Admin
from jellystone.postgres.address import Address
from jellystone.services import instance
from jellystone.services.vault import Sealed
from jellystone.tables.servers import Server

ELSEWHERE = (
    "Type the password again: what is stored was given for another host, port or user, or for stricter TLS, and is sent"
    " nowhere else."
)
BOTH = "There is one in the address, too. Give it once."
LOST = "What is stored cannot be read with the secret key at hand. Give the whole address and the password."
SOCKET = "Give a host's name or its IP address: nobody else reaches a socket of this machine."
PUBLIC = {"public_host": "host", "public_port": "port", "public_sslmode": "sslmode"}
"""What clients are told, and what of our own address it is where nothing else was said."""


def wrap(address: Address, server: UUID) -> bytes:
    return instance.keys().wrap(address.url.encode(), purpose="server address", row=server)


def of(server: Server) -> Address:
    """Raises `Sealed` if it was stored under a secret key that is not set any more."""
    return _unwrapped(server.wrapped_url, server.id)


def known(server: Server) -> Address | None:
    """The same, or None."""
    try:
        return of(server)
    except Sealed:
        return None


def typed(url: str, password: str | None) -> Address:
    """As an operator gives it.

    Where no password is given none is sent: PGPASSWORD and ~/.pgpass of this machine are not for whoever names a host.
    """
    address = _read(url, password)
    return address if address.password is not None else replace(address, password="")


def after(old: Address | None, url: str | None, password: str | None, *, kept: bool = True) -> Address | None:
    """The address as it shall be. A stored password goes along only to where it was given for, if it is `kept`."""
    if url is None:
        if password is None:
            return old
        if old is None:
            raise Invalid(url=LOST)
        return replace(old, password=password)
    new = _read(url, password)
    if new.password is None and old and replace(old, password=None) == new:
        return old
    if new.password is not None or not (kept and old and old.password):
        return typed(url, password)
    if not new.may_get_password_of(old):
        raise Invalid(password=ELSEWHERE)
    return replace(new, password=old.password)


def public_after(server: Server, old: Address | None, new: Address | None, given: dict[str, Any]) -> dict[str, Any]:
    """What clients are told follows our own address where nothing else was said; `...` of what is given: unsaid."""
    found = {}
    for column, name in PUBLIC.items():
        now = getattr(server, column)
        follows = now == getattr(old, name, None)
        wished = given[column] if given[column] is not ... else None if follows else now
        found[column] = wished or getattr(new, name, None) or now
    return found


def apart(server: Server) -> dict[str, Any]:
    """Where clients are told something else than our own address; None where not."""
    own = known(server)
    now = {column: getattr(server, column) for column in PUBLIC}
    return {column: None if at == getattr(own, PUBLIC[column], None) else at for column, at in now.items()}


def told(wrapped: bytes, server: UUID, *, tls: str | None) -> Admin:
    """For operators."""
    try:
        return Admin(url=_unwrapped(wrapped, server).shown, tls=tls)
    except Sealed:
        return Admin(url=None, tls=tls)


def _unwrapped(wrapped: bytes, server: UUID) -> Address:
    return Address.from_url(instance.keys().unwrap(wrapped, purpose="server address", row=server).decode())


def _read(url: str, password: str | None) -> Address:
    try:
        address = Address.from_url(url)
    except ValueError as error:
        raise Invalid(url=f"This is no address of a PostgreSQL server: {error}.") from None
    if address.socket:
        raise Invalid(url=SOCKET)
    if password is None:
        return address
    if address.password is not None:
        raise Invalid(password=BOTH)
    return replace(address, password=password)

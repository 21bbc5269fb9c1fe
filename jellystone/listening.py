"""The web server's port, taken before anything else is started."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from jellystone.errors import Misconfigured
from jellystone.settings import Settings


@contextmanager
def listening(given: Settings) -> Iterator[list[socket.socket]]:
    """Our port on every address of the host, taken before anything is started. Early callers wait."""
    with ExitStack() as stack:
        try:
            found = socket.getaddrinfo(given.host, given.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        except OSError:
            raise Misconfigured(f"There is no address {given.host!r} to listen on: choose another --host.") from None
        sockets = []
        for family, _, _, _, address in dict.fromkeys(found):
            with contextlib.suppress(_Missing):
                sockets.append(stack.enter_context(_listen(family, address, given)))
        if not sockets:
            raise Misconfigured(f"This machine has no address {given.host!r}: choose another --host.")
        yield sockets


class _Missing(Exception):
    """`localhost` may have an IPv6 address that this machine cannot use."""


def _listen(family: int, address: object, given: Settings) -> socket.socket:
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)  # type: ignore[arg-type]
        listener.listen(2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Misconfigured(f"Port {given.port} is in use: choose another --port.") from None
        if error.errno == errno.EACCES:
            raise Misconfigured(f"Port {given.port} needs rights that we do not have: choose another --port.") from None
        raise _Missing from None
    return listener

"""How commands reach Jellystone: where it is, with which token, and for how long they wait."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jellystone.cli.failures import NOT_ALLOWED, Stopped

if TYPE_CHECKING:
    from jellystone.client import Jellystone

PATIENCE = 30.0  # seconds; who sits at a terminal rather hears early that a server does not answer


@contextmanager
def asking(*, patience: float = PATIENCE) -> Iterator["Jellystone"]:
    """JELLYSTONE_URL and JELLYSTONE_TOKEN win over what `jellystone login` has kept."""
    from jellystone.client import Jellystone

    url = address()
    if not url:
        raise Stopped("Run `jellystone login URL` first, or set JELLYSTONE_URL and JELLYSTONE_TOKEN.", NOT_ALLOWED)
    with Jellystone(url, _token(url), timeout=None, patience=patience) as jellystone:
        yield jellystone


def address() -> str:
    """Empty if there is none."""
    from jellystone.cli import credentials

    return plain(os.environ.get("JELLYSTONE_URL", "")) or credentials.read().current or ""


def plain(url: str) -> str:
    """As it is kept: `localhost:4000/` is `http://localhost:4000`."""
    url = url.strip().rstrip("/")
    if not url or "://" in url:
        return url
    host = url.partition(":")[0]
    return f"{'http' if host in ('localhost', '127.0.0.1') else 'https'}://{url}"


def _token(url: str) -> str:
    from jellystone.cli import credentials

    token = os.environ.get("JELLYSTONE_TOKEN", "").strip() or credentials.token_for(url)
    if not token:
        raise Stopped(f"You are not logged in to {url}. Run `jellystone login {url}`.", NOT_ALLOWED)
    return token

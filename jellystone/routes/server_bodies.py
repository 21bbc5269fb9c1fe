"""What may be sent about a server. Its password is never sent back, not even to the form that it came from."""

import re
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from jellystone.facts.wishes import MemoryBytes, PublicHost, PublicPort, PublicSSLMode, ServerName, ServerUrl
from jellystone.services import server_registry
from jellystone.web.given import AsAddressed

Password = Annotated[
    str,
    Meta(
        max_length=1000,
        description="Of the user in `url`, if it is not there. null: the one that is stored, where host, port and user"
        " stay and TLS is checked as strictly; for a new server none.",
    ),
]
NAMED = re.compile(r"\b\w*pass\w*\s*=\s*('[^']*'?|[^&\s]*)&?", re.IGNORECASE)
NAMES = ("url", "password", "public_host", "public_port", "public_sslmode", "memory_given_bytes")


class WantedServer(Struct, kw_only=True):
    """What it shall be: registered if it is not there, else changed where it differs."""

    name: AsAddressed = None
    url: ServerUrl
    password: Password | None = None
    public_host: PublicHost | None = None
    public_port: PublicPort | None = None
    public_sslmode: PublicSSLMode | None = None
    memory_given_bytes: Annotated[MemoryBytes | None, Meta(examples=[])] = None

    @property
    def wish(self) -> server_registry.Wish:
        return server_registry.Wish(**{name: getattr(self, name) for name in NAMES})


class NewServer(WantedServer, kw_only=True):
    name: ServerName


class ChangesOfServer(Struct, kw_only=True):
    """Memory counts only where the server itself does not tell. The address of the first server is in the settings."""

    name: AsAddressed = None
    url: Annotated[ServerUrl | UnsetType, Meta(examples=[])] = UNSET
    password: Password | None = None
    public_host: PublicHost | UnsetType | None = UNSET
    public_port: PublicPort | UnsetType | None = UNSET
    public_sslmode: PublicSSLMode | UnsetType | None = UNSET
    memory_given_bytes: MemoryBytes | UnsetType | None = UNSET

    @property
    def given(self) -> dict[str, Any]:
        """For `server_registry.change`."""
        found = {name: getattr(self, name) for name in NAMES}
        return {name: value for name, value in found.items() if value is not UNSET}


def without_passwords(sent: dict[str, Any]) -> dict[str, Any]:
    """The fields of a form as they may be shown again."""
    kept = {name: value for name, value in sent.items() if name != "password"}
    return kept | {"url": _without_password(str(kept["url"]))} if "url" in kept else kept


def _without_password(url: str) -> str:
    """Also where it is no address at all: whatever stands between the user and the last @, or is called so, goes."""
    url = NAMED.sub("", url)
    scheme, sign, rest = url.partition("://") if "://" in url else ("", "", url)
    user, at, place = rest.rpartition("@")
    if not at and not re.match(r"[^:/]*(:\d+)?(/|$)", place):  # no @ yet, and not host:port either
        place = place.partition(":")[0]
    return f"{scheme}{sign}{user.partition(':')[0]}{at}{place}"

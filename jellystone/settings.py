"""Every environment variable, its type and its default: `JELLYSTONE_` and the field's name in capitals.

A variable that holds a secret may be given as `NAME_FILE`, the path of a file that holds it. The same names may stand
in a file `.env`; the real environment wins. A mistake is told without its value, which may be a secret.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec
import platformdirs
from msgspec import Meta
from msgspec.structs import force_setattr

from jellystone import environment
from jellystone.errors import Misconfigured
from jellystone.values import POSTGRES, Port, Positive, about, address, mail_server, networks


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator decided. Empty strings and zeros are filled in from the other fields when it is made."""

    host: Annotated[str, about("address to listen on; `0.0.0.0` or `::` for all")] = "localhost"
    port: Annotated[Port, about("port to listen on")] = 4000
    data_dir: Annotated[Path, about("folder for the PostgreSQL that comes along and the generated secret key")] = Path(
        platformdirs.user_data_dir("jellystone", appauthor=False)
    )
    open: Annotated[bool, about("open a browser once the server answers")] = False
    base_url: Annotated[
        str,
        about(
            "how people reach us, without a path; every link is made from it",
            pattern=r"^https?://[^/?#@\s]+/?$",
            wanted="an address without a path, such as https://jellystone.example.org",
            check=address,
        ),
    ] = ""
    database_url: Annotated[
        str, about("our own database; without it a PostgreSQL that comes along is started", secret=True, **POSTGRES)
    ] = ""
    postgres_bin: Annotated[
        Path | None, about("folder of PostgreSQL's programs, to be used instead of those that come along")
    ] = None
    postgres_port: Annotated[
        Port, about("port of the PostgreSQL that comes along; else it is chosen at its first start: 5433, if free")
    ] = 0
    server_url: Annotated[
        str,
        about(
            "the first managed server and its admin; by default the server of our own database", secret=True, **POSTGRES
        ),
    ] = ""
    server_public_host: Annotated[str, about("the first managed server's host as its clients reach it")] = ""
    server_public_port: Annotated[Port, about("the first managed server's port as its clients reach it")] = 0
    secret_keys: Annotated[
        tuple[Annotated[str, Meta(min_length=32)], ...],
        about(
            "encrypts the admin passwords of managed servers: the first encrypts, all decrypt",
            secret=True,
            min_length=1,
            wanted="at least 32 characters; make a key with `openssl rand -hex 32`",
        ),
    ] = msgspec.field(name="secret_key", default=())
    registration: Annotated[
        Literal["open", "invited", "closed"],
        about("who may register: everybody, only who is invited to a team, or nobody any more"),
    ] = "open"
    registration_domains: Annotated[
        tuple[str, ...],
        about("e-mail domains that may register uninvited, with commas between; without any, all"),
    ] = ()
    password_min_length: Annotated[Positive, about("fewest characters of an account's password")] = 0
    argon2_memory: Annotated[int, about("memory for hashing an account's password, in KiB", ge=8)] = 19456
    argon2_time: Annotated[Positive, about("passes over that memory")] = 2
    argon2_parallelism: Annotated[Positive, about("lanes of that memory")] = 1
    argon2_threads: Annotated[int, about("passwords hashed at the same time", ge=1, le=64)] = 1
    allowed_hosts: Annotated[tuple[str, ...], about("names we answer to, with commas between, without ports")] = ()
    trusted_proxies: Annotated[
        tuple[str, ...],
        about(
            "addresses or networks of proxies whose `X-Forwarded-For` and `-Proto` we believe, with commas between",
            wanted="addresses or networks such as 10.0.0.0/8, with commas between",
            check=networks,
        ),
    ] = ()
    requests_per_minute: Annotated[
        int, about("requests that one token or session may make in a minute, on each replica; 0 for any number", ge=0)
    ] = 6000
    body_limit: Annotated[int, about("largest request body, in bytes", ge=1024)] = 1_048_576
    keep_minutes: Annotated[Positive, about("days for which figures of each minute are kept")] = 1
    keep_ten_minutes: Annotated[Positive, about("days for which figures of each ten minutes are kept")] = 31
    keep_days: Annotated[Positive, about("days for which figures of each day are kept")] = 730
    keep_slow_runs: Annotated[Positive, about("days for which runs of slow queries are kept")] = 31
    log_level: Annotated[Literal["debug", "info", "warning", "error"], about("least urgent messages to log")] = "info"
    smtp_url: Annotated[
        str,
        about(
            "mail server: `smtp://name:password@host:587` (STARTTLS) or `smtps://…` (TLS at once),"
            " with `?ca=/path` if its CA is your own",
            secret=True,
            pattern="^smtps?://",
            wanted="an address such as smtp://name:password@host:587",
            check=mail_server,
        ),
    ] = ""
    mail_from: Annotated[str, about("sender of our mail", pattern=r"^[^@\s]+@[^@\s]+$", wanted="an e-mail address")] = (
        ""
    )
    metrics_token: Annotated[
        str,
        about(
            "lets Prometheus read `/metrics` with it as a bearer token; operators may with a token of their own",
            secret=True,
            min_length=16,
            wanted="at least 16 characters; make one with `openssl rand -hex 32`",
        ),
    ] = ""
    metrics_address: Annotated[
        str,
        about(
            "where `/metrics` is also served, without a token, such as `127.0.0.1:9187`: let no stranger reach it",
            pattern=r"^(\[[0-9a-fA-F:]+\]|[^:\[\]\s]+):\d{1,5}$",
            wanted="an address and a port, such as 127.0.0.1:9187",
        ),
    ] = ""
    metrics_databases: Annotated[
        Positive, about("databases with series of their own in `/metrics`, the biggest first")
    ] = 1000
    embedded: bool | None = None

    def __post_init__(self) -> None:
        for name, value in _derived(self):
            if not getattr(self, name) and getattr(self, name) is not False:
                force_setattr(self, name, value)
        force_setattr(self, "base_url", self.base_url.rstrip("/"))

    def __repr__(self) -> str:
        """Without secrets: it ends up in tracebacks and logs."""
        shown = (v for v in environment.variables(Settings) if not v.secret)
        return f"Settings({', '.join(f'{v.field}={getattr(self, v.field)!r}' for v in shown)})"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach us."""
        return is_loopback(self.host)

    @property
    def has_mailbox(self) -> bool:
        """Whether mails are shown instead of sent: for developers, where nobody but this machine can reach us."""
        local = self.loopback and is_loopback(urlsplit(self.base_url).hostname or "") and not self.trusted_proxies
        return bool(self.embedded) and local and not self.smtp_url

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https:")


def _derived(given: Settings) -> Iterator[tuple[str, Any]]:
    """The fields that follow from others, in an order in which each may read those before it."""
    yield "embedded", not given.database_url
    host = "localhost" if given.host in ("0.0.0.0", "::", "127.0.0.1", "::1", "") else given.host  # noqa: S104
    yield "base_url", f"http://{f'[{host}]' if ':' in host else host}:{given.port}"
    name = urlsplit(given.base_url).hostname or ""
    local = ("localhost", "127.0.0.1", "[::1]") if given.loopback else ()
    yield "allowed_hosts", tuple(dict.fromkeys((f"[{name}]" if ":" in name else name, *local)))
    yield "password_min_length", 6 if given.embedded else 12
    yield "server_url", given.database_url
    server = urlsplit(given.server_url)
    yield "server_public_host", unquote(server.hostname or "")
    yield "server_public_port", (server.port or 5432) if given.server_url else 0
    yield "mail_from", f"jellystone@{name}"


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


_current: Settings | None = None


def load(environ: Mapping[str, str] = os.environ, dotenv: Path | None = Path(".env")) -> Settings:
    """Raises `Misconfigured` with every mistake, one a line."""
    values, mistakes = environment.read(Settings, environ, dotenv)
    if "database_url" in values and "secret_keys" not in values and not any("SECRET_KEY" in m for m in mistakes):
        mistakes.append("JELLYSTONE_SECRET_KEY is not set; make a key with `openssl rand -hex 32`.")
    if mistakes:
        raise Misconfigured("\n".join(mistakes))
    return Settings(**values)


def use(settings: Settings) -> None:
    """Makes them the ones that services read: once at start, and in tests."""
    global _current
    _current = settings


def current() -> Settings:
    if _current is None:
        raise RuntimeError("No settings yet: call settings.use(settings.load()) first.")
    return _current

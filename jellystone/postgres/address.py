"""Where a managed server is and how we sign in to it."""

from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Literal, Self, cast, get_args
from urllib.parse import parse_qsl, quote, unquote, urlsplit

SSLMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
SSL_MODES = get_args(SSLMode)
"""From the least strict to the strictest."""
OPTIONS = ("host", "port", "sslmode", "sslrootcert")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Our own way in. The password is in no `repr`, and so in no log and no traceback.

    `host` may be the folder of a Unix socket. Without a password the usual ways of libpq serve: PGPASSWORD,
    ~/.pgpass, or what pg_hba.conf lets in. `sslrootcert` is the path of a file, for verify-ca and verify-full.
    """

    host: str
    port: int = 5432
    user: str
    password: str | None = field(default=None, repr=False)
    admin_database: str = "postgres"
    sslmode: SSLMode = "prefer"
    sslrootcert: str | None = None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `postgresql://user:password@host:port/database?sslmode=require`; the database is the administrative one.

        Raises ValueError with words that never repeat the password.
        """
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise ValueError(
                "the port must be a number from 1 to 65535; percent-encode / ? # [ ] in passwords"
            ) from None
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError("it must begin with postgresql://")
        options = dict(parse_qsl(parts.query))
        if set(options) - set(OPTIONS):  # which one is not said: it may be a piece of a password
            raise ValueError(f"only {', '.join(OPTIONS)} may follow the ?; percent-encode a ? in the password")
        host = options.get("host") or unquote(parts.hostname or "")
        if not host or not parts.username:
            raise ValueError("it must name a user and a host: postgresql://user:password@host:5432/postgres")
        if (sslmode := options.get("sslmode", "prefer")) not in SSL_MODES:
            raise ValueError(f"sslmode must be one of {', '.join(SSL_MODES)}")
        return cls(
            host=host,
            port=_port(options.get("port", "5432") if port is None else str(port)),
            user=unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            admin_database=unquote(parts.path.removeprefix("/")) or "postgres",
            sslmode=cast(SSLMode, sslmode),
            sslrootcert=options.get("sslrootcert"),
        )

    @property
    def shown(self) -> str:
        """Without the password."""
        return replace(self, password=None).url

    @property
    def socket(self) -> bool:
        """Whether it is a Unix socket's folder."""
        return self.host.startswith(("/", "@"))

    @property
    def nearby(self) -> bool:
        """On the very same machine, so that nobody listens on the way."""
        try:
            return self.socket or self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    def may_get_password_of(self, other: Self) -> bool:
        """Whether a password that was typed for `other` may be sent here: nobody else shall hear it."""
        same_place = (self.host.lower(), self.port, self.user) == (other.host.lower(), other.port, other.user)
        checked = SSL_MODES.index(self.sslmode) >= SSL_MODES.index(other.sslmode)
        return same_place and checked and (self.sslrootcert == other.sslrootcert or "verify" not in other.sslmode)

    @property
    def url(self) -> str:
        """The whole of it again, password included: for storing it sealed, never for showing it."""
        secret = "" if self.password is None else ":" + quote(self.password, safe="")
        place = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        options = f"?sslmode={self.sslmode}"
        if self.sslrootcert:
            options += f"&sslrootcert={quote(self.sslrootcert, safe='')}"
        database = quote(self.admin_database, safe="")
        return f"postgresql://{quote(self.user, safe='')}{secret}@{place}:{self.port}/{database}{options}"


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError("the port must be a number from 1 to 65535")
    return int(text)

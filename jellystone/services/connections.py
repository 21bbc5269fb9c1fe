"""How a client connects, in the words of whatever it is written in. Pure text: nothing is looked up."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from jellystone.facts.databases import Connection


@dataclass(frozen=True)
class Client:
    """Who connects, and where to."""

    to: Connection
    role: str
    password: str = field(repr=False)


def uri(client: Client) -> str:
    """libpq's connection URI, every part percent-encoded."""
    to = client.to
    who = f"{quote(client.role, safe='')}:{quote(client.password, safe='')}"
    return f"postgresql://{who}@{_place(to)}/{quote(to.database, safe='')}?sslmode={to.sslmode}"


def formats(client: Client) -> dict[str, str]:
    """The same for other programs, by their names. No `pgpass` for a password of several lines: it takes one."""
    found = {
        "uri": uri(client),
        "psql": _psql(client),
        "env": _env(client),
        "pgpass": _pgpass(client),
        "jdbc": _jdbc(client),
        "dotnet": _dotnet(client),
        "django": _django(client),
        "sqlalchemy": _sqlalchemy(client),
        "kubernetes": _kubernetes(client),
    }
    if set("\r\n") & set(client.password):
        del found["pgpass"]
    return found


def _place(to: Connection) -> str:
    host = f"[{to.host}]" if ":" in to.host else quote(to.host, safe="")
    return f"{host}:{to.port}"


def _psql(client: Client) -> str:
    return f"psql {_shell(uri(client))}"


def _env(client: Client) -> str:
    to = client.to
    variables = {
        "PGHOST": to.host,
        "PGPORT": str(to.port),
        "PGDATABASE": to.database,
        "PGUSER": client.role,
        "PGPASSWORD": client.password,
        "PGSSLMODE": to.sslmode,
        "DATABASE_URL": uri(client),
    }
    return "\n".join(f"{name}={_shell(value)}" for name, value in variables.items())


def _pgpass(client: Client) -> str:
    """One line of ~/.pgpass: colons and backslashes escaped."""
    to = client.to
    parts = (to.host, str(to.port), to.database, client.role, client.password)
    return ":".join(part.replace("\\", "\\\\").replace(":", "\\:") for part in parts)


def _jdbc(client: Client) -> str:
    query = urlencode({"user": client.role, "password": client.password, "sslmode": client.to.sslmode}, quote_via=quote)
    return f"jdbc:postgresql://{_place(client.to)}/{quote(client.to.database, safe='')}?{query}"


def _dotnet(client: Client) -> str:
    """Npgsql: values in quotation marks, doubled inside."""
    to = client.to
    mode = {"verify-ca": "VerifyCA", "verify-full": "VerifyFull"}.get(to.sslmode, to.sslmode.capitalize())
    parts = {
        "Host": to.host,
        "Port": str(to.port),
        "Database": to.database,
        "Username": client.role,
        "Password": client.password,
        "SSL Mode": mode,
    }
    return ";".join(f"{name}={_dotnet_value(value)}" for name, value in parts.items())


def _dotnet_value(value: str) -> str:
    if value and all(character.isalnum() or character in "._-" for character in value):
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _django(client: Client) -> str:
    to = client.to
    settings = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": to.host,
        "PORT": str(to.port),
        "NAME": to.database,
        "USER": client.role,
        "PASSWORD": client.password,
        "OPTIONS": {"sslmode": to.sslmode},
    }
    lines = "\n".join(f"        {name!r}: {value!r}," for name, value in settings.items())
    return "DATABASES = {\n    'default': {\n" + lines + "\n    }\n}"


def _sqlalchemy(client: Client) -> str:
    """`postgresql+psycopg://`: a plain `postgresql://` would ask for psycopg2."""
    return uri(client).replace("postgresql://", "postgresql+psycopg://", 1)


def _kubernetes(client: Client) -> str:
    """A Secret with the keys that CloudNativePG's own secrets have."""
    to = client.to
    data = {
        "host": to.host,
        "port": str(to.port),
        "dbname": to.database,
        "username": client.role,
        "password": client.password,
        "uri": uri(client),
    }
    name = client.role.replace("_", "-").strip("-")
    lines = "\n".join(f"  {key}: {_yaml(value)}" for key, value in data.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\ntype: Opaque\nstringData:\n{lines}"


def _yaml(text: str) -> str:
    """Not JSON: that writes an emoji as two halves, and YAML joins no halves."""
    plain = (char if " " <= char <= "~" and char not in '"\\' else f"\\U{ord(char):08x}" for char in text)
    return f'"{"".join(plain)}"'


def _shell(text: str) -> str:
    """In single quotation marks, as a POSIX shell and every reader of .env files take it."""
    quoted = text.replace("'", "'\\''")
    return f"'{quoted}'"

"""Encodings and locales: what a server can offer, and how CREATE DATABASE is told."""

from dataclasses import dataclass

import asyncpg

from jellystone.errors import Invalid
from jellystone.postgres.catalog import PROVIDERS, LocaleProvider
from jellystone.postgres.connection import Connection
from jellystone.postgres.names import literal
from jellystone.postgres.server import Server

WRONG = (
    asyncpg.WrongObjectTypeError,
    asyncpg.UndefinedObjectError,
    asyncpg.InvalidParameterValueError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.PostgresSyntaxError,
)
"""What CREATE DATABASE raises for an unknown locale, encoding, a pair that does not match, or a provider it has not."""


@dataclass(frozen=True, kw_only=True)
class Locales:
    """`libc` are the operating system's locales that the server knows. The last three are what it does by itself."""

    providers: tuple[LocaleProvider, ...]
    libc: tuple[str, ...]
    builtin: tuple[str, ...]
    encoding: str
    locale: str
    locale_provider: LocaleProvider


async def offered(server: Server) -> Locales:
    async with server.admin() as connection:
        row = await connection.fetchrow(OFFERED)
        assert row is not None
        major = connection.major
    builtin = ("C", "C.UTF-8") if major == 17 else ("C", "C.UTF-8", "PG_UNICODE_FAST") if major >= 18 else ()
    providers: list[LocaleProvider] = ["libc"]
    if row["icu"] and major >= 15:
        providers.append("icu")
    if builtin:
        providers.append("builtin")
    return Locales(
        providers=tuple(providers),
        libc=tuple(row["libc"]),
        builtin=builtin,
        encoding=row["encoding"],
        locale=row["locale"],
        locale_provider=PROVIDERS[row["provider"]],
    )


def options(*, encoding: str | None, locale: str | None, provider: LocaleProvider | None, major: int) -> str:
    """The part of CREATE DATABASE that says so; nothing where nothing was asked for. Before 15 all is libc."""
    text = f" ENCODING {literal(encoding)}" if encoding else ""
    if provider == "icu":
        return text + f" LOCALE_PROVIDER icu ICU_LOCALE {literal(locale or 'und')} LOCALE 'C.UTF-8'"
    if provider == "builtin":
        rest = "C" if locale == "C" else "C.UTF-8"
        return text + f" LOCALE_PROVIDER builtin BUILTIN_LOCALE {literal(locale or 'C.UTF-8')} LOCALE '{rest}'"
    if provider == "libc" and major >= 15:
        text += " LOCALE_PROVIDER libc"
    return text + (f" LOCALE {literal(locale)}" if locale else "")


def wrong(error: asyncpg.PostgresError) -> Invalid:
    """Which field to change, in PostgreSQL's words."""
    said = f"PostgreSQL says: {str(error).splitlines()[0].rstrip('.')}."
    if isinstance(error, asyncpg.UndefinedObjectError):
        return Invalid(encoding=said)
    if isinstance(error, (asyncpg.FeatureNotSupportedError, asyncpg.PostgresSyntaxError)):
        return Invalid(locale_provider=said)
    if isinstance(error, asyncpg.InvalidParameterValueError):
        return Invalid(encoding=said, locale=said)
    return Invalid(locale=said)


async def template(connection: Connection) -> str:
    """template0: nobody can be connected to it, and only it allows other locales.

    Before 15 a superuser may prepare `jellystone_template`, whose schema public is ours, for a role that is none.
    """
    if connection.major >= 15 or connection.superuser:
        return "template0"
    prepared = "SELECT 1 FROM pg_database WHERE datname = 'jellystone_template' AND datistemplate"
    return "jellystone_template" if await connection.fetchval(prepared) else "template0"


OFFERED = """
SELECT EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') AS icu,
       ARRAY(SELECT DISTINCT collcollate::text FROM pg_collation
             WHERE collprovider = 'c' AND collencoding IN (-1, d.encoding) ORDER BY 1) AS libc,
       pg_encoding_to_char(d.encoding) AS encoding, coalesce(j ->> 'datlocprovider', 'c') AS provider,
       coalesce(j ->> 'datlocale', j ->> 'daticulocale', d.datcollate) AS locale
FROM pg_database d, to_jsonb(d) j WHERE d.datname = 'template0'"""

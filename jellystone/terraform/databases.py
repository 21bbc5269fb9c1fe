"""`jellystone_database`, `data.jellystone_database` and `data.jellystone_databases`."""

from functools import cache

from tf.types import List
from tf.utils import Diagnostics

from jellystone.facts import wishes
from jellystone.facts.databases import CreatedDatabase, Database
from jellystone.terraform import creation
from jellystone.terraform.checks import DatabaseId, ServerName
from jellystone.terraform.kinds import (
    FLAG,
    NUMBER,
    TEXT,
    LocaleName,
    Object,
    OnceText,
    defaulted,
    is_known,
    optional,
    required,
    told,
    valued,
)
from jellystone.terraform.resource import Noun, Source, State, differing

MAIN = "main"
LIMIT = "How many connections it may have at once; without one, no limit of its own."
SLOW = "Queries that run longer, in milliseconds, get into the slow query log."
WHERE = [
    told("host", TEXT, "Where clients connect."),
    told("port", NUMBER, "The port there."),
    told("sslmode", TEXT, "How clients should encrypt, in libpq's words."),
]
CHANGEABLE = [
    defaulted("description", TEXT, "What it is for.", "", check=wishes.Description),
    optional("connection_limit", NUMBER, LIMIT, check=wishes.ConnectionLimit),
    defaulted("slow_query_ms", NUMBER, SLOW, check=wishes.SlowQueryMs),
    defaulted("protected", FLAG, "While true it cannot be destroyed. True unless told otherwise.", True),
]
FIXED = {"requires_replace": True}


class DatabaseResource(Noun):
    name = "database"
    words = "A database on a managed PostgreSQL server. Another server or name makes another database."
    fields = [
        told("id", TEXT, "`server/name`, such as `main/orders`."),
        defaulted("server", TEXT, "The server's name; `main` unless told otherwise.", MAIN, check=ServerName, **FIXED),
        required("name", TEXT, "Its name on the server.", check=wishes.DatabaseName, **FIXED),
        defaulted(
            "team", TEXT, "The slug of the team that it belongs to. A team's token knows its own.", check=wishes.Slug
        ),
        *CHANGEABLE,
        defaulted("encoding", LocaleName(), "Such as `UTF8`; else the server's own.", check=wishes.Encoding, **FIXED),
        defaulted("locale", LocaleName(), "Such as `C.UTF-8`; else the server's own.", check=wishes.Locale, **FIXED),
        optional(
            "locale_provider",
            OnceText(),
            "Who knows the locale: `libc`, `icu` or `builtin`.",
            check=wishes.LocaleProvider,
            **FIXED,
        ),
        *WHERE,
        told("status", TEXT, "`ready`, or what is still being done."),
        told("created_at", TEXT, "When it was made."),
    ]
    at = {404: "team", 502: "server", 503: "server"}

    def foresee(self, planned: State) -> None:
        if is_known(planned["server"]) and is_known(planned["name"]):
            planned["id"] = f"{planned['server']}/{planned['name']}"

    def plan_end(self, prior: State, diagnostics: Diagnostics) -> None:
        if prior.get("protected"):
            words = "It would be destroyed with all that is in it. Set protected = false and apply; then go on."
            diagnostics.add_error(f"{prior['id']} is protected", words, path=["protected"])

    def made(self, planned: State, diagnostics: Diagnostics) -> State:
        id = f"{planned['server']}/{planned['name']}"
        names = ("name", "server", "team", "description", "protected", "connection_limit", "slow_query_ms")
        body = {name: planned[name] for name in (*names, "encoding", "locale", "locale_provider")}
        body = {name: value for name, value in body.items() if is_known(value)}
        there = cache(lambda: self.client.databases.get(id))
        made = creation.make(self.client, "/databases", body, CreatedDatabase, find=lambda _: there())
        if made.answer and not made.again:
            return self._state(made.answer)
        wanted = {name: value for name, value in body.items() if name not in ("name", "server")}
        return self._state(self.client.databases.put(id, **wanted))

    def seen(self, state: State, diagnostics: Diagnostics) -> State:
        return self._state(self.client.databases.get(state["id"]))

    def change(self, state: State, planned: State) -> None:
        if changes := differing(state, planned, CHANGEABLE):
            state |= self._state(self.client.databases.update(state["id"], **changes))
        if is_known(planned["team"]) and planned["team"] != state["team"]:
            state |= self._state(self.client.databases.move(state["id"], team=planned["team"]))
        state["locale_provider"] = planned["locale_provider"]

    def removed(self, state: State) -> None:
        self.client.databases.delete(state["id"])

    def named(self, id: str) -> State:
        server, slash, name = id.partition("/")
        if not (server and slash and name) or "/" in name:
            raise ValueError("Write server/database, such as main/orders.")
        return {"server": server, "name": name}

    def _state(self, database: Database) -> State:
        return {**valued(database, self.fields), **place(database)}


def place(database: Database) -> State:
    return {name: getattr(database.connection, name) for name in ("host", "port", "sslmode")}


FIGURES = [
    told("roles", NUMBER, "How many roles it has."),
    told("size_bytes", NUMBER, "Its size at the last measuring."),
    told("connections", NUMBER, "How many were open at the last measuring."),
    told("last_write_at", TEXT, "When something was last written; null where that is not known."),
    told("measured_at", TEXT, "When these figures were taken."),
]
SHOWN = [
    told("team", TEXT, "The slug of the team that it belongs to."),
    told("description", TEXT, "What it is for."),
    told("connection_limit", NUMBER, LIMIT),
    told("slow_query_ms", NUMBER, SLOW),
    told("protected", FLAG, "While true it cannot be destroyed."),
    told("encoding", TEXT, "The encoding of its text."),
    told("locale", TEXT, "The locale of its text."),
    told("status", TEXT, "`ready`, or what is still being done."),
    told("created_at", TEXT, "When it was made."),
    *WHERE,
    *FIGURES,
]


class DatabaseSource(Source):
    name = "database"
    words = "A database that is there already."
    fields = [
        defaulted("id", TEXT, "`server/name`, such as `main/orders`; or give `name`.", check=DatabaseId),
        defaulted("server", TEXT, "The server's name; `main` unless told otherwise.", check=ServerName),
        defaulted("name", TEXT, "Its name on the server.", check=wishes.DatabaseName),
        *SHOWN,
    ]
    at = {404: "name"}

    def validate(self, diags: Diagnostics, type_name: str, config: State) -> None:
        super().validate(diags, type_name, config)
        if (config.get("id") is None) == (config.get("name") is None):
            diags.add_error("Which database?", "Give either id, such as main/orders, or name.", path=["name"])

    def found(self, config: State) -> State:
        id = config.get("id") or f"{config.get('server') or MAIN}/{config['name']}"
        database = self.client.databases.get(id)
        return {**valued(database, self.fields), **place(database)}


class DatabasesSource(Source):
    name = "databases"
    words = "The databases that the token may see."
    inner = [told("id", TEXT, ""), told("server", TEXT, ""), told("name", TEXT, ""), *SHOWN]
    fields = [
        optional("team", TEXT, "Only those of the team with this slug.", check=wishes.Slug),
        optional("server", TEXT, "Only those on the server of this name.", check=ServerName),
        optional("matching", TEXT, "Only those with this in their names."),
        told("ids", List(TEXT), "Their ids, in the order of their names."),
        told("databases", List(Object({field.name: field.type for field in inner})), "What is known of each."),
    ]

    def found(self, config: State) -> State:
        team, server, matching = (config[name] or "" for name in ("team", "server", "matching"))
        found = [*self.client.databases.list(team=team, server=server, q=matching)]
        shown = [{**valued(database, self.inner), **place(database)} for database in found]
        return {"ids": [database.id for database in found], "databases": shown}

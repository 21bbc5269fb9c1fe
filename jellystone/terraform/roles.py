"""`jellystone_role` and `data.jellystone_role`: PostgreSQL users with their passwords."""

from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from tf.types import Unknown
from tf.utils import Diagnostics

from jellystone.client import Conflict, Forbidden
from jellystone.facts import wishes
from jellystone.facts.roles import Access, Role, RoleWithPassword
from jellystone.terraform import creation
from jellystone.terraform.checks import DatabaseId, Version
from jellystone.terraform.kinds import (
    FLAG,
    NUMBER,
    TEXT,
    Time,
    defaulted,
    is_known,
    optional,
    required,
    secret,
    told,
    valued,
)
from jellystone.terraform.resource import Noun, Source, State, differing

ACCESS = "`owner` may change the schema, `readwrite` the rows, `readonly` nothing."
UNTIL = "When its password stops working, such as `2030-01-31T12:00:00Z`; else never."
CHANGEABLE = [
    required("access", TEXT, ACCESS, check=Access),
    optional("connection_limit", NUMBER, "How many connections it may have at once.", check=wishes.ConnectionLimit),
    optional("valid_until", Time(), UNTIL, check=wishes.Until),
    defaulted("enabled", FLAG, "While false it cannot log in. True unless told otherwise.", True),
]
SECRETS = [secret("password", "Its password. It stands in the state."), secret("uri", "All that a client needs.")]
PLACE = [told("host", TEXT, "Where clients connect."), told("port", NUMBER, "The port there.")]
FIXED = {"requires_replace": True}


class RoleResource(Noun):
    """`secret_version` is the configuration's, `password_version` the server's, which also counts others' changes."""

    name = "role"
    words = "A role that logs in, with rights in one database and a password. Another name makes another role."
    fields = [
        told("id", TEXT, "`server/database/name`, such as `main/orders/orders_app`."),
        required("database", TEXT, "The id of its database, such as `main/orders`.", check=DatabaseId, **FIXED),
        required("name", TEXT, "Its name, which is the whole server's.", check=wishes.RoleName, **FIXED),
        *CHANGEABLE,
        defaulted("secret_version", NUMBER, "A higher number makes a new password, in place.", check=Version),
        defaulted("end_sessions", FLAG, "Whether a new password also ends its open sessions.", False),
        *PLACE,
        *SECRETS,
        told("password_version", NUMBER, "How often the password was changed, from here or elsewhere."),
        told("password_changed_at", TEXT, "When it was last changed."),
        told("status", TEXT, "`ready`, or what is still being done."),
        told("created_at", TEXT, "When it was made."),
    ]
    at = {404: "database", 502: "database", 503: "database"}
    names = {"secret_version": "password_version"}

    def foresee(self, planned: State) -> None:
        if not is_known(planned["secret_version"]):
            planned["secret_version"] = 1
        if is_known(planned["database"]) and is_known(planned["name"]):
            planned["id"] = f"{planned['database']}/{planned['name']}"

    def plan(self, ctx: Any, current: State | None, planned: State) -> State:
        if current and rotates(current, planned):
            unknown = ("password", "uri", "password_version", "password_changed_at")
            return {**planned, **dict.fromkeys(unknown, Unknown)}
        return planned

    def made(self, planned: State, diagnostics: Diagnostics) -> State:
        id = f"{planned['database']}/{planned['name']}"
        named = ("access", "connection_limit", "valid_until")
        wish = {name: planned[name] for name in named if is_known(planned[name])}
        body = {"name": planned["name"], **wish}
        there = cache(lambda: self.client.roles.get(id))
        path = f"/databases/{planned['database']}/roles"
        made = creation.make(self.client, path, body, RoleWithPassword, find=lambda _: there())
        own = {"secret_version": planned["secret_version"], "end_sessions": planned["end_sessions"]}
        if made.answer and not made.again:
            state = self._state(made.answer)
            if not planned["enabled"]:
                state |= self._state(self.client.roles.update(id, enabled=False))
            return {**state, **own}
        state = self._state(self.client.roles.put(id, enabled=planned["enabled"], **as_wished(wish)))
        if made.answer and made.answer.secret_version == state["password_version"]:
            return {**state, **_secrets(made.answer), **own}
        return {**state, **self._password(id), **own}

    def _password(self, id: str) -> State:
        """Of one that nobody has seen yet: where it cannot be read, a new one does no harm."""
        try:
            return self._state(self.client.roles.reveal(id))
        except (Forbidden, Conflict):
            return self._state(self.client.roles.change_password(id))

    def seen(self, state: State, diagnostics: Diagnostics) -> State:
        role = self.client.roles.get(state["id"])
        found = self._state(role)
        if state["secret_version"] is None:  # imported just now
            found |= {"secret_version": role.secret_version, "end_sessions": False}
        if role.secret_version == state["password_version"]:
            return found
        try:
            return {**found, **self._state(self.client.roles.reveal(state["id"]))}
        except (Forbidden, Conflict) as problem:
            words = f"It was changed elsewhere, and is not known here any more. {problem.detail}"
            diagnostics.add_warning(f"The password of {state['id']}", words, path=["password"])
            return {**found, "password": None, "uri": None}

    def change(self, state: State, planned: State) -> None:
        if changes := differing(state, planned, CHANGEABLE):
            state |= self._state(self.client.roles.update(state["id"], **as_wished(changes)))
        if rotates(state, planned):
            now, ending = state["password_version"], bool(planned["end_sessions"])
            changed = self.client.roles.change_password(state["id"], end_sessions=ending, secret_version=now)
            state |= self._state(changed)
        state |= {name: planned[name] for name in ("secret_version", "end_sessions")}

    def removed(self, state: State) -> None:
        self.client.roles.delete(state["id"])

    def named(self, id: str) -> State:
        database, slash, name = id.rpartition("/")
        if not (slash and name) or database.count("/") != 1:
            raise ValueError("Write server/database/role, such as main/orders/orders_app.")
        return {"database": database, "name": name}

    def _state(self, role: Role) -> State:
        known = {**valued(role, self.fields), "database": f"{role.server}/{role.database}"}
        known.pop("secret_version")
        known["password_version"] = role.secret_version
        return {**known, **(_secrets(role) if isinstance(role, RoleWithPassword) else {})}


def rotates(state: State, planned: State) -> bool:
    """A lower number is only a number: after an import, say."""
    before, wanted = state["secret_version"], planned["secret_version"]
    return is_known(before) and is_known(wanted) and bool(wanted > before)


def as_wished(values: State) -> dict[str, Any]:
    """As the client takes it."""
    until = values.get("valid_until")
    return values | ({"valid_until": msgspec.convert(until, datetime)} if until else {})


def _secrets(role: RoleWithPassword) -> State:
    at = urlsplit(role.uri)
    return {"password": role.password, "uri": role.uri, "host": at.hostname, "port": at.port or 5432}


class RoleSource(Source):
    name = "role"
    words = "A role that is there already. Its password is only asked for with `reveal`, and then it is recorded."
    fields = [
        told("id", TEXT, "`server/database/name`."),
        required("database", TEXT, "The id of its database, such as `main/orders`.", check=DatabaseId),
        required("name", TEXT, "Its name.", check=wishes.RoleName),
        optional("reveal", FLAG, "Whether to ask for its password, each time. The token needs the scope `secrets`."),
        told("access", TEXT, ACCESS),
        told("connection_limit", NUMBER, "How many connections it may have at once."),
        told("valid_until", TEXT, UNTIL),
        told("enabled", FLAG, "While false it cannot log in."),
        told("status", TEXT, "`ready`, or what is still being done."),
        told("password_version", NUMBER, "How often its password was changed."),
        told("password_changed_at", TEXT, "When it was last changed."),
        told("created_at", TEXT, "When it was made."),
        *PLACE,
        *SECRETS,
    ]
    at = {404: "name", 403: "reveal"}

    def found(self, config: State) -> State:
        id = f"{config['database']}/{config['name']}"
        secrets: State = dict.fromkeys(("password", "uri", "host", "port"))
        if config["reveal"]:
            role: Role = self.client.roles.reveal(id)
        else:
            role = self.client.roles.get(id)
        if isinstance(role, RoleWithPassword):
            secrets = _secrets(role)
        else:
            at = self.client.databases.get(config["database"]).connection
            secrets |= {"host": at.host, "port": at.port}
        told = valued(role, self.fields)
        return {**told, "database": config["database"], "password_version": role.secret_version, **secrets}

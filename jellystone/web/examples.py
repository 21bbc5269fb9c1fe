"""How to call an operation with curl and with `jellystone.client`, made from the example of its description."""

import json
import shlex
from typing import Any

Schema = dict[str, Any]
WIDE = 92
# The client's method for an operation, and what it takes besides the fields of the body.
METHODS = {
    "createAccount": "account.create",
    "getAccount": "account.get",
    "signIn": "sessions.create",
    "sendCode": "sessions.send_code",
    "signOut": "sessions.delete",
    "listTeams": "teams.list",
    "createTeam": "teams.create",
    "getTeam": "teams.get {slug}",
    "updateTeam": "teams.update {slug}",
    "deleteTeam": "teams.delete {slug}",
    "listMembers": "members.list {slug}",
    "getMember": "members.get {slug} {email}",
    "changeMember": "members.update {slug} {email}",
    "removeMember": "members.delete {slug} {email}",
    "giveAccess": "members.give_access {slug} {email}",
    "listInvitations": "invitations.list {slug}",
    "createInvitations": "invitations.create {slug}",
    "revokeInvitation": "invitations.delete {slug} {invitation_id}",
    "listTeamTokens": "team_tokens.list {slug}",
    "getTeamToken": "team_tokens.get {slug} {token_id}",
    "createTeamToken": "team_tokens.create {slug}",
    "deleteTeamToken": "team_tokens.delete {slug} {token_id}",
    "listPersonalTokens": "personal_tokens.list",
    "createPersonalToken": "personal_tokens.create",
    "deletePersonalToken": "personal_tokens.delete {token_id}",
    "listServers": "servers.list",
    "createServer": "servers.create",
    "getServer": "servers.get {server}",
    "putServer": "servers.put {server}",
    "updateServer": "servers.update {server}",
    "deleteServer": "servers.delete {server}",
    "listDatabases": "databases.list",
    "createDatabase": "databases.create",
    "getDatabase": "databases.get {server}/{name}",
    "putDatabase": "databases.put {server}/{name}",
    "updateDatabase": "databases.update {server}/{name}",
    "deleteDatabase": "databases.delete {server}/{name}",
    "transferDatabase": "databases.move {server}/{name}",
    "listRoles": "roles.list {server}/{name}",
    "createRole": "roles.create {server}/{name}",
    "getRole": "roles.get {server}/{name}/{role_name}",
    "putRole": "roles.put {server}/{name}/{role_name}",
    "updateRole": "roles.update {server}/{name}/{role_name}",
    "deleteRole": "roles.delete {server}/{name}/{role_name}",
    "revealRolePassword": "roles.reveal {server}/{name}/{role_name}",
    "changeRolePassword": "roles.change_password {server}/{name}/{role_name}",
    "listTeamEvents": "events.of_team {slug}",
    "listAccountEvents": "events.of_account",
    "listEvents": "events.of_instance",
}
SIGNED_IN = 'jellystone.sessions.create(email="yogi@park.example", password="…")'


def with_curl(method: str, path: str, operation: Schema, values: Schema, body: Any) -> str:
    """Run it as it stands, with JELLYSTONE_URL and JELLYSTONE_TOKEN in the environment."""
    words = ["curl"]
    if method not in ("GET", "POST") or (method == "POST" and body is None):
        words.append(f"-X {method}")
    words.append(f'"$JELLYSTONE_URL{path.format(**values)}"')
    parts = [" ".join(words)]
    if operation["security"] == [{"session": []}]:
        parts.append("-b cookies.txt")
    elif operation["security"] and {} not in operation["security"]:
        parts.append('-H "Authorization: Bearer $JELLYSTONE_TOKEN"')
    if body is not None:
        parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}"]
    return " \\\n  ".join(parts)


def with_python(method: str, path: str, operation: Schema, values: Schema, body: Any) -> str:
    """With the client that comes with Jellystone; its methods where it has one, else its `request`."""
    call = python_call(method, path, operation["operationId"], values, body)
    answers = [status for status in operation["responses"] if status.startswith("2")]
    name = METHODS.get(operation["operationId"], "").partition(" ")[0]
    if name.endswith(".list") or name.startswith("events."):
        lines = [f"for one in {call}:", "    print(one)"]
    elif answers == ["204"]:
        lines = [call]
    else:
        lines = f"found = {call}\nprint(found)".split("\n")
    if operation["security"] == [{"session": []}]:
        lines = [SIGNED_IN, *lines]
    begin = ["from jellystone.client import Jellystone", "", "with Jellystone() as jellystone:"]
    return "\n".join([*begin, *(f"    {line}" for line in lines)])


def python_call(method: str, path: str, name: str, values: Schema, body: Any) -> str:
    if name not in METHODS:
        given = [literal(method), literal(path.format(**values)), *([f"body={literal(body)}"] if body else [])]
        return _called("jellystone.request", given)
    function, *taken = METHODS[name].split()
    given = [literal(one.format(**values)) for one in taken]
    given += [f"{field}={literal(value)}" for field, value in (body or {}).items()]
    return _called(f"jellystone.{function}", given)


def _called(function: str, given: list[str]) -> str:
    whole = f"{function}({', '.join(given)})"
    if len(whole) <= WIDE:
        return whole
    return "\n".join([f"{function}(", *(f"    {one}," for one in given), ")"])


def literal(value: Any) -> str:
    """As Python writes it, with the quotes that we like."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(name)}: {literal(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)

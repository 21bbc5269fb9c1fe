"""What can be done next with what an operation has made: OpenAPI links, for clients and for tests that follow them."""

from typing import Any

Schema = dict[str, Any]
DATABASE = {"server": "server", "name": "name"}
ROLE = {"server": "server", "name": "database", "role_name": "name"}
TEAM = {"slug": "slug"}
OF_ROLE = ("getRole", "updateRole", "putRole", "changeRolePassword", "revealRolePassword", "deleteRole")
OF_DATABASE = ("getDatabase", "updateDatabase", "putDatabase", "listRoles", "createRole", "deleteDatabase")
OF_TEAM = ("getTeam", "updateTeam", "listMembers", "listTeamEvents", "createTeamToken", "listTeamTokens", "deleteTeam")
OF_SERVER = ("getServer", "updateServer", "putServer", "deleteServer")
# By the operation that makes it: which parameter of the next takes which field of the answer.
LINKS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "createDatabase": (DATABASE, OF_DATABASE),
    "putDatabase": (DATABASE, OF_DATABASE),
    "createRole": (ROLE, OF_ROLE),
    "putRole": (ROLE, OF_ROLE),
    "createServer": ({"server": "name"}, OF_SERVER),
    "putServer": ({"server": "name"}, OF_SERVER),
    "createTeam": (TEAM, OF_TEAM),
    "createPersonalToken": ({"token_id": "id"}, ("getPersonalToken", "deletePersonalToken")),
    "createTeamToken": ({"slug": "team", "token_id": "id"}, ("getTeamToken", "deleteTeamToken")),
}


def describe(operation: Schema) -> None:
    """Add them to the answer that says that something was made."""
    if operation["operationId"] in LINKS:
        fields, following = LINKS[operation["operationId"]]
        parameters = {name: f"$response.body#/{field}" for name, field in fields.items()}
        operation["responses"]["201"]["links"] = {
            name: {"operationId": name, "parameters": parameters} for name in following
        }

"""Who may do what. The only place where it is decided."""

from enum import StrEnum


class Permission(StrEnum):
    """The value completes "You may not …"."""

    VIEW = "see this team"
    CREATE_DATABASES = "create databases for this team"
    CHANGE_DATABASES = "change this team's databases"
    DELETE_DATABASES = "delete this team's databases"
    CHANGE_ROLES = "change this team's roles and their passwords"
    READ_PASSWORDS = "read this team's passwords"
    END_SESSIONS = "cancel queries and end connections of this team's databases"
    CHANGE_TEAM = "rename this team"
    DISBAND_TEAM = "disband this team"
    MANAGE_TOKENS = "manage this team's tokens"
    MANAGE_MEMBERS = "invite, rank and remove this team's members"
    MOVE_DATABASES = "move databases between teams"


class Rank(StrEnum):
    """What a person is in a team."""

    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What a token was made for; a session has them all."""

    READ = "read"
    WRITE = "write"
    SECRETS = "secrets"
    ADMIN = "admin"


P = Permission
GRANTED: dict[Rank, frozenset[Permission]] = {
    Rank.OWNER: frozenset(Permission),
    Rank.MEMBER: frozenset(
        {
            *(P.VIEW, P.CREATE_DATABASES, P.CHANGE_DATABASES, P.DELETE_DATABASES),
            *(P.CHANGE_ROLES, P.READ_PASSWORDS, P.END_SESSIONS),
        }
    ),
    Rank.VIEWER: frozenset({P.VIEW}),
}
OPERATORS = frozenset({P.VIEW})  # of teams to which they do not belong

SCOPE: dict[Permission, Scope] = {
    P.VIEW: Scope.READ,
    P.CREATE_DATABASES: Scope.WRITE,
    P.CHANGE_DATABASES: Scope.WRITE,
    P.DELETE_DATABASES: Scope.WRITE,
    P.CHANGE_ROLES: Scope.WRITE,
    P.READ_PASSWORDS: Scope.SECRETS,
    P.END_SESSIONS: Scope.WRITE,
    P.CHANGE_TEAM: Scope.ADMIN,
    P.DISBAND_TEAM: Scope.ADMIN,
    P.MANAGE_TOKENS: Scope.ADMIN,
    P.MANAGE_MEMBERS: Scope.ADMIN,
    P.MOVE_DATABASES: Scope.ADMIN,
}

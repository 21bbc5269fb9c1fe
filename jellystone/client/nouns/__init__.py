"""What can be asked of Jellystone: one class a noun, one method a request."""

from typing import Any, Generic

from jellystone.client.calls import Way
from jellystone.client.nouns.databases import Databases
from jellystone.client.nouns.people import Account, Sessions
from jellystone.client.nouns.roles import Roles
from jellystone.client.nouns.servers import Events, Servers
from jellystone.client.nouns.teams import Invitations, Members, Teams
from jellystone.client.nouns.tokens import PersonalTokens, TeamTokens


class All(Generic[Way]):
    """All nouns of a client."""

    def __init__(self, client: Any) -> None:
        self.account: Account[Way] = Account(client)
        self.sessions: Sessions[Way] = Sessions(client)
        self.teams: Teams[Way] = Teams(client)
        self.members: Members[Way] = Members(client)
        self.invitations: Invitations[Way] = Invitations(client)
        self.team_tokens: TeamTokens[Way] = TeamTokens(client)
        self.personal_tokens: PersonalTokens[Way] = PersonalTokens(client)
        self.servers: Servers[Way] = Servers(client)
        self.databases: Databases[Way] = Databases(client)
        self.roles: Roles[Way] = Roles(client)
        self.events: Events[Way] = Events(client)

"""What can be asked of Jellystone: one class a noun, one method a request."""

from typing import Any, Generic

from jellystone.client.calls import Way
from jellystone.client.nouns.advice import Advice
from jellystone.client.nouns.connections import Connections
from jellystone.client.nouns.databases import Databases
from jellystone.client.nouns.events import Events
from jellystone.client.nouns.parameters import Parameters
from jellystone.client.nouns.people import Account, Sessions
from jellystone.client.nouns.queries import Queries, SlowRuns
from jellystone.client.nouns.roles import Roles
from jellystone.client.nouns.servers import Servers
from jellystone.client.nouns.statistics import Statistics
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
        self.parameters: Parameters[Way] = Parameters(client)
        self.statistics: Statistics[Way] = Statistics(client)
        self.queries: Queries[Way] = Queries(client)
        self.slow_runs: SlowRuns[Way] = SlowRuns(client)
        self.connections: Connections[Way] = Connections(client)
        self.advice: Advice[Way] = Advice(client)
        self.events: Events[Way] = Events(client)

"""Teams, their members, and whom they invite. A team's id is its slug."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from jellystone.client.calls import Call, Noun, Way, as_, as_nothing, at, listed, sent
from jellystone.facts.lists import Listing
from jellystone.facts.members import Invitation, IssuedInvitation, Member
from jellystone.facts.teams import FoundedTeam, Team

Rank = Literal["owner", "member", "viewer"]
TEAM, FOUNDED, TEAMS = as_(Team), as_(FoundedTeam), as_(Listing[Team])
MEMBER, MEMBERS = as_(Member), as_(Listing[Member])
Issued = list[IssuedInvitation]
INVITATIONS, ISSUED = as_(Listing[Invitation]), as_(Issued)


class Teams(Noun[Way]):
    @listed
    def list(self, *, q: str = "", per_page: int = 200) -> Call[Listing[Team]]:
        """Those you belong to."""
        return Call("GET", "/teams", TEAMS, query={"q": q, "per_page": per_page})

    @sent
    def get(self, team: str) -> Call[Team]:
        return Call("GET", at("teams", team), TEAM)

    @sent
    def create(self, name: str) -> Call[FoundedTeam]:
        """Its first token, with all scopes, is in this answer only. Takes a person's token."""
        return Call("POST", "/teams", FOUNDED, {"name": name})

    @sent
    def update(self, team: str, *, name: str) -> Call[Team]:
        """The slug, and with it every address, stays."""
        return Call("PATCH", at("teams", team), TEAM, {"name": name}, repeatable=False)

    @sent
    def delete(self, team: str) -> Call[None]:
        """It must have no databases."""
        return Call("DELETE", at("teams", team), as_nothing)


class Members(Noun[Way]):
    @listed
    def list(self, team: str, *, q: str = "", per_page: int = 200) -> Call[Listing[Member]]:
        """Owners first."""
        return Call("GET", at("teams", team, "members"), MEMBERS, query={"q": q, "per_page": per_page})

    @sent
    def get(self, team: str, email: str) -> Call[Member]:
        return Call("GET", at("teams", team, "members", email), MEMBER)

    @sent
    def update(self, team: str, email: str, *, rank: Rank) -> Call[Member]:
        return Call("PATCH", at("teams", team, "members", email), MEMBER, {"rank": rank}, repeatable=False)

    @sent
    def delete(self, team: str, email: str) -> Call[None]:
        """Take somebody out of the team, or leave it yourself."""
        return Call("DELETE", at("teams", team, "members", email), as_nothing)

    @sent
    def give_access(self, team: str, email: str) -> Call[Member]:
        """To the team's passwords, for a member who has lost the key to them."""
        return Call("PUT", at("teams", team, "members", email, "key"), MEMBER, {})


class Invitations(Noun[Way]):
    @listed
    def list(self, team: str, *, per_page: int = 200) -> Call[Listing[Invitation]]:
        """Those that wait for an answer."""
        return Call("GET", at("teams", team, "invitations"), INVITATIONS, query={"per_page": per_page})

    @sent
    def create(self, team: str, emails: Sequence[str], *, rank: Rank = "member") -> Call[Issued]:
        """Each gets a mail; the links are in this answer, too."""
        body = {"emails": [*emails], "rank": rank}
        return Call("POST", at("teams", team, "invitations"), ISSUED, body)

    @sent
    def delete(self, team: str, id: UUID | str) -> Call[None]:
        """Its link stops working."""
        return Call("DELETE", at("teams", team, "invitations", str(id)), as_nothing)

"""`jellystone_team_member`: somebody who belongs to a team, or is asked to.

Nobody is made a member unasked. An address that is not one yet is invited; the resource is there from then on, and from
the day the invitation is accepted it is the membership. An invitation that was refused or has expired is gone, so that
the next apply invites anew.
"""

from typing import Any

from tf.types import Unknown
from tf.utils import Diagnostics

from jellystone.client import Conflict, NotFound
from jellystone.facts import wishes
from jellystone.facts.members import Invitation
from jellystone.terraform.kinds import TEXT, Email, defaulted, required, secret, told
from jellystone.terraform.resource import Noun, State, differing

RANK = defaulted(
    "rank", TEXT, "`owner`, `member` or `viewer`; `member` unless told otherwise.", "member", check=wishes.RankWord
)


class MemberResource(Noun):
    name = "team_member"
    words = "Somebody who belongs to a team, or is invited to it."
    fields = [
        told("id", TEXT, "`team/e-mail`, such as `rangers/booboo@park.example`."),
        required("team", TEXT, "The team's slug.", check=wishes.Slug, requires_replace=True),
        required("email", Email(), "The address of who it is.", check=wishes.Email, requires_replace=True),
        RANK,
        told("status", TEXT, "`invited` or `member`."),
        secret("link", "What the invitation leads to, for where no mail is sent. Null for a member."),
    ]
    at = {404: "team"}
    names = {"emails": "email"}

    def foresee(self, planned: State) -> None:
        if isinstance(planned["team"], str) and isinstance(planned["email"], str):
            planned["id"] = f"{planned['team']}/{planned['email'].strip().lower()}"

    def plan(self, ctx: Any, current: State | None, planned: State) -> State:
        """With another rank an invitation has another link, and it may be accepted meanwhile."""
        if current and differing(current, planned, [RANK]):
            return planned | dict.fromkeys(("status", "link"), Unknown)
        return planned

    def made(self, planned: State, diagnostics: Diagnostics) -> State:
        """Inviting somebody again only renews the link, so an apply that was cut short can simply be repeated."""
        return self._invite(planned["team"], planned["email"], planned["rank"])

    def seen(self, state: State, diagnostics: Diagnostics) -> State:
        try:
            member = self.client.members.get(state["team"], state["email"].lower())
        except NotFound:
            invitation = self._invitation(state)
            known = {"id": f"{invitation.team}/{invitation.email}", "email": invitation.email}
            return {**known, "rank": invitation.rank, "status": "invited"}
        return {"id": member.id, "email": member.email, "rank": member.rank, "status": "member", "link": None}

    def change(self, state: State, planned: State) -> None:
        if not differing(state, planned, [RANK]):
            return
        team, email = state["team"], state["email"].lower()
        try:
            member = self.client.members.update(team, email, rank=planned["rank"])
        except NotFound:
            state |= self._invite(team, email, planned["rank"])
        else:
            state |= {"rank": member.rank, "status": "member", "link": None}

    def removed(self, state: State) -> None:
        try:
            self.client.members.delete(state["team"], state["email"].lower())
        except NotFound:
            self.client.invitations.delete(state["team"], self._invitation(state).id)

    def named(self, id: str) -> State:
        team, slash, email = id.partition("/")
        if not (team and slash and "@" in email):
            raise ValueError("Write team/e-mail, such as rangers/booboo@park.example.")
        return {"id": f"{team}/{email.lower()}", "team": team, "email": email.lower()}

    def _invite(self, team: str, email: str, rank: wishes.RankWord) -> State:
        try:
            [invitation] = self.client.invitations.create(team, [email], rank=rank)
        except Conflict as problem:
            problem.existing = f"{team}/{email.strip().lower()}"
            raise
        known = {"id": f"{team}/{invitation.email}", "team": team, "email": invitation.email}
        return {**known, "rank": invitation.rank, "status": "invited", "link": invitation.link}

    def _invitation(self, state: State) -> Invitation:
        """The open one. Raises NotFound."""
        email = state["email"].strip().lower()
        for invitation in self.client.invitations.list(state["team"]):
            if invitation.email == email and invitation.status == "open":
                return invitation
        raise NotFound(
            status=404, type="urn:jellystone:not-found", title="Not found", detail=f"{email} is not invited."
        )

"""`jellystone_team_token`: what a program of a team signs in with."""

from datetime import UTC, datetime

from tf.utils import Diagnostics

from jellystone.client import NotFound
from jellystone.facts import wishes
from jellystone.facts.people import IssuedToken, Token
from jellystone.terraform import creation
from jellystone.terraform.kinds import TEXT, TEXT_SET, OnceNumber, optional, required, secret, told, valued
from jellystone.terraform.resource import Noun, State

FIXED = {"requires_replace": True}


class TokenResource(Noun):
    """Nothing of it can be changed, and its secret is shown once: another wish makes another token."""

    name = "team_token"
    words = "A token of a team. One that has expired is made anew by the next apply."
    fields = [
        told("id", TEXT, "`team/number`."),
        required("team", TEXT, "The team's slug.", check=wishes.Slug, **FIXED),
        required("name", TEXT, "What people know it by.", check=wishes.TokenName, **FIXED),
        required("scopes", TEXT_SET, "Some of `read`, `write`, `secrets`, `admin`.", check=wishes.Scopes, **FIXED),
        optional("expires_in_days", OnceNumber(), "Else it does not expire.", check=wishes.Days, **FIXED),
        secret("token", "The token itself. Null where it was imported: it is shown only once."),
        told("prefix", TEXT, "How it begins, to tell it from others."),
        told("expires_at", TEXT, "When it expires; null: never."),
        told("created_at", TEXT, "When it was made."),
    ]
    at = {404: "team", 403: "scopes"}

    def made(self, planned: State, diagnostics: Diagnostics) -> State:
        team, body = planned["team"], {"name": planned["name"], "scopes": sorted(planned["scopes"])}
        if planned["expires_in_days"] is not None:
            body["expires_in_days"] = int(planned["expires_in_days"])

        def find(made: creation.Made[IssuedToken]) -> Token:
            if made.answer is None:
                words = "An earlier apply was cut short, so there may be an unused token of this name. Delete it."
                diagnostics.add_warning(f"The token {planned['name']} was made twice", words, path=["name"])
                raise NotFound(status=404, type="", title="", detail="Its secret is lost.")
            return self.client.team_tokens.get(team, made.answer.id)

        made = creation.make(self.client, f"/teams/{team}/tokens", body, IssuedToken, find=find)
        assert made.answer is not None
        return self._state(team, made.answer)

    def seen(self, state: State, diagnostics: Diagnostics) -> State:
        token = self.client.team_tokens.get(state["team"], state["id"].partition("/")[2])
        if token.expires_at and token.expires_at <= datetime.now(UTC):
            raise NotFound(status=404, type="", title="", detail="It has expired.")
        return self._state(state["team"], token)

    def change(self, state: State, planned: State) -> None:
        state["expires_in_days"] = planned["expires_in_days"]

    def removed(self, state: State) -> None:
        self.client.team_tokens.delete(state["team"], state["id"].partition("/")[2])

    def named(self, id: str) -> State:
        team, slash, number = id.partition("/")
        if not (team and slash and number):
            raise ValueError("Write team/number, such as rangers/0196f0c2-d4e8-7f3a-9b1c-2d3e4f5a6b7c.")
        return {"team": team}

    def _state(self, team: str, token: Token) -> State:
        return {**valued(token, self.fields), "id": f"{team}/{token.id}", "team": team}

"""`jellystone_team` and `data.jellystone_team`."""

from tf.utils import Diagnostics

from jellystone.facts import wishes
from jellystone.facts.teams import FoundedTeam, Team
from jellystone.terraform import creation
from jellystone.terraform.kinds import NUMBER, TEXT, required, secret, told, valued
from jellystone.terraform.resource import Noun, Source, State, differing

NAME = required("name", TEXT, "What people see. It can be changed; the slug stays.", check=wishes.TeamName)
SLUG = "Made from its first name; what addresses and other resources take."


class TeamResource(Noun):
    name = "team"
    words = "A team, which databases belong to. Takes a personal token: its person becomes the first owner."
    fields = [
        told("id", TEXT, "The slug."),
        NAME,
        told("slug", TEXT, SLUG),
        secret("token", "Its first token, with all the scopes of the one that made it. Null where it was imported."),
        told("created_at", TEXT, "When it was made."),
    ]
    at = {403: "name", 409: "name"}

    def made(self, planned: State, diagnostics: Diagnostics) -> State:
        def find(made: creation.Made[FoundedTeam]) -> Team:
            slug = made.answer.slug if made.answer else made.existing
            return self.client.teams.get(slug or planned["name"])

        made = creation.make(self.client, "/teams", {"name": planned["name"]}, FoundedTeam, find=find)
        if made.answer:
            return valued(made.answer, self.fields)
        words = "An earlier apply was cut short and its answer is lost. Make one with jellystone_team_token."
        diagnostics.add_warning(f"The first token of {planned['name']} is not known", words, path=["token"])
        return valued(find(made), self.fields)

    def seen(self, state: State, diagnostics: Diagnostics) -> State:
        return valued(self.client.teams.get(state["id"]), self.fields)

    def change(self, state: State, planned: State) -> None:
        if changes := differing(state, planned, [NAME]):
            state |= valued(self.client.teams.update(state["id"], **changes), self.fields)

    def removed(self, state: State) -> None:
        self.client.teams.delete(state["id"])

    def named(self, id: str) -> State:
        if not id or "/" in id:
            raise ValueError("Write the team's slug, such as rangers.")
        return {"slug": id}


class TeamSource(Source):
    name = "team"
    words = "A team that is there already."
    fields = [
        told("id", TEXT, "The slug."),
        required("slug", TEXT, SLUG, check=wishes.Slug),
        told("name", TEXT, "What people see."),
        told("members", NUMBER, "How many belong to it."),
        told("databases", NUMBER, "How many it has."),
        told("rank", TEXT, "The rank of the token's person in it; null for a team's token."),
        told("created_at", TEXT, "When it was made."),
    ]
    at = {404: "slug"}

    def found(self, config: State) -> State:
        return valued(self.client.teams.get(config["slug"]), self.fields)

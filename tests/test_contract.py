"""The API keeps its word: Schemathesis reads the description and sends what it allows, and what it forbids.

The program runs on its own, with a PostgreSQL of its own, so that nothing that is made, renamed or deleted here can
harm another test; what operations need is made again for each of those who ask. The seed is fixed: a failure can be
repeated.
"""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.schemas import BaseSchema

from tests import generated
from tests.description import described
from tests.inhabitants import HUSH, Inhabitants, settled
from tests.serving import environment

CONFIG = """
seed = 4000
[generation]
deterministic = true
mode = "{mode}"
max-examples = {examples}
[phases.coverage]
enabled = {thorough}
# not GET and POST: some addresses have a form for people; not OPTIONS: its Allow names one method only where handlers
# share an address (litestar issue 4169, mended in 3.0)
unexpected-methods = ["put", "delete", "patch", "trace"]
[checks.positive_data_acceptance]
# 410: links that nobody was sent
# 412: entity tags that are made up
# 422: names that PostgreSQL keeps to itself, locales that a server lacks, passwords too easily guessed
expected-statuses = ["2xx", "401", "403", "404", "409", "410", "412", "422", "429"]
"""
LIVES = {
    *("createDatabase", "getDatabase", "updateDatabase", "putDatabase", "deleteDatabase"),
    *("createRole", "getRole", "updateRole", "changeRolePassword", "revealRolePassword", "deleteRole"),
}
WHOLE_LIFE = {"createDatabase", "updateDatabase", "createRole", "deleteDatabase"}


@pytest.fixture(scope="module")
def inhabitants() -> Iterator[Inhabitants]:
    with settled() as found:
        yield found


@pytest.fixture
def restored(inhabitants: Inhabitants) -> None:
    """What the operation before may have deleted or changed is there again, so that each finds what it needs."""
    inhabitants.restore()


def schema(*, thorough: bool = False, mode: str = "all") -> BaseSchema:
    """What any instance serves at /api/openapi.json; asked of the application itself, so that pytest can list it."""
    text = CONFIG.format(thorough=str(thorough).lower(), examples=4 if thorough else 2, mode=mode)
    description = described()
    for item in description["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                if "enum" in parameter.get("schema", {}):
                    parameter["schema"]["enum"].append("null")  # litestar reads the word as none, where none may be
    return schemathesis.openapi.from_dict(description, config=SchemathesisConfig.from_str(text))


SESSION = requests.Session()  # its connection is used again and again
SESSION.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # and nobody is signed in by it
THOROUGHLY, BRIEFLY, WELL_MEANT = schema(thorough=True), schema(), schema(mode="positive")


def readme() -> str:
    """What it lets a program do first, for people and things that are not there yet."""
    text = (Path(__file__).parents[1] / "README.md").read_text().partition("**From a program:**")[2]
    block = text.partition("```sh\n")[2].partition("```")[0]
    assert "orders_report" in block
    return block.replace("yogi@", "reader@").replace("Rangers", "Readers").replace("orders", "books")


def ask(case: "Case[Any]", inhabitants: Inhabitants, token: str | None) -> Response:
    """Send it, and see whether the answer is one that was described."""
    headers: dict[str, Any] = inhabitants.headers(token)
    answer: Response = case.call_and_validate(base_url=inhabitants.url, headers=headers, session=SESSION)
    return answer


@pytest.mark.usefixtures("restored")
@THOROUGHLY.parametrize()
def test_a_person_with_all_scopes_gets_what_is_described(case: "Case[Any]", inhabitants: Inhabitants) -> None:
    ask(case, inhabitants, "all")


@pytest.mark.usefixtures("restored")
@BRIEFLY.parametrize()
def test_readers_teams_strangers_and_visitors_get_what_is_described_and_strangers_nothing_of_others(
    case: "Case[Any]", inhabitants: Inhabitants
) -> None:
    for token in ("read", "stranger", None):
        answer = ask(case, inhabitants, token)
        if token != "read":
            found = [secret for secret in inhabitants.secrets if secret in answer.text or secret in str(answer.headers)]
            assert found == [], f"{token or 'a visitor'} was told what is the Rangers' by {case.operation.label}"
    ask(case, inhabitants, "team")


def test_strangers_have_changed_nothing(inhabitants: Inhabitants) -> None:
    with inhabitants.program("team") as program:
        stash = program.get(f"/databases/main/{HUSH}_stash/roles/{HUSH}_stash/password")
        assert stash.json()["password"] in inhabitants.secrets
    with inhabitants.program("stranger") as smith:
        assert [one["id"] for one in smith.get("/databases").json()["items"] if one["team"] == "rangers"] == []
        assert smith.get(f"/databases/main/{HUSH}_stash").status_code == 404


def test_what_is_made_can_be_followed_changed_and_deleted(inhabitants: Inhabitants) -> None:
    done: Counter[str] = Counter()

    class Lives(WELL_MEANT.include(operation_id=sorted(LIVES)).as_state_machine()):  # type: ignore[misc]
        """Follows the links of the description, from answer to request."""

        def before_call(self, case: "Case[Any]") -> None:
            if isinstance(case.body, dict):  # what no one can guess: who it is for, and what the server can spell
                for name in ("encoding", "locale", "locale_provider", "password", "valid_until", "secret_version"):
                    case.body.pop(name, None)
                for name in ("name", "server") if case.method in ("PUT", "PATCH") else ():  # the address says them
                    case.body.pop(name, None)
                if "Database" in case.operation.definition.raw["operationId"]:
                    case.body |= {"protected": False} | ({"team": "rangers"} if case.method == "POST" else {})
            case.headers.pop("If-Match", None)
            case.headers.pop("If-None-Match", None)

        def get_call_kwargs(self, case: "Case[Any]") -> dict[str, Any]:
            return {"headers": inhabitants.headers("all"), "base_url": inhabitants.url}

        def after_call(self, response: Response, case: "Case[Any]") -> None:
            if response.status_code < 300:
                done[case.operation.definition.raw["operationId"]] += 1

    Lives.run(
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
    )
    assert done.keys() >= WHOLE_LIFE, done
    assert len(done) >= len(LIVES) - 3, f"never done: {sorted(LIVES - done.keys())} of {done}"


def test_a_client_that_a_generator_has_made_makes_a_database_with_it(inhabitants: Inhabitants, tmp_path: Path) -> None:
    made = generated.client(described(), at=tmp_path)
    team = made.AuthenticatedClient(base_url=inhabitants.url, token=inhabitants.tokens["team"])
    wanted = made.models.NewDatabase(name="picnic", owner_role=True, protected=False)
    database = made.call("databases.create_database", client=team, body=wanted)
    assert (database.id, database.team, database.status) == ("main/picnic", "rangers", made.models.DatabaseStatus.READY)
    assert database.owner.uri.startswith("postgresql://picnic:")
    assert database.created_at.tzinfo is not None
    reader = made.models.NewRole(name="picnic_report", access=made.models.Access.READONLY)
    role = made.call("roles.create_role", server="main", name="picnic", client=team, body=reader)
    assert (role.id, len(role.password)) == ("main/picnic/picnic_report", 32)
    listed = made.call("databases.list_databases", client=team, q="picnic", per_page=10)
    assert [(one.id, one.roles, one.size_bytes) for one in listed.items] == [("main/picnic", 2, None)]
    taken = made.call("databases.create_database", client=team, body=wanted)
    assert (taken.status, taken.existing, list(taken.errors.additional_properties)) == (409, "main/picnic", ["name"])
    assert made.call("databases.delete_database", server="main", name="picnic", client=team) is None
    gone = made.call("databases.get_database", server="main", name="picnic", client=team)
    assert (type(gone), gone.type_) == (made.models.Problem, "urn:jellystone:not-found")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not on this machine")
def test_the_first_steps_of_the_readme_lead_to_a_database(inhabitants: Inhabitants, tmp_path: Path) -> None:
    steps = readme().replace("http://localhost:4000", inhabitants.url).replace("curl -s ", "curl -sS --fail-with-body ")
    ran = subprocess.run(
        ["bash", "-eu", "-c", steps], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    answers = [msgspec.json.decode(line) for line in ran.stdout.replace("}{", "}\n{").splitlines()]
    assert [one.get("email") for one in answers[:2]] == ["reader@park.example"] * 2
    assert (answers[2]["id"], answers[2]["owner"]["name"]) == ("main/books", "books")
    assert answers[-1]["uri"].startswith("postgresql://books_report:")

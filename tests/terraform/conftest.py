"""One Jellystone in a process of its own for all, a managed server beside it that can be stopped, and Yogi's tokens."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jellystone.client import Jellystone
from jellystone.client.nouns.tokens import Scope
from tests.clusters import Cluster
from tests.serving import Serving, open_folder
from tests.terraform.workplace import REQUIRED, TERRAFORM, Workplace

PASSWORD = "pic-a-nic basket"
SECRET = "a key that is only good for tests and long enough"


class World:
    """`serving` may be killed and started again at the same address."""

    def __init__(self, folder: Path, own: Cluster, managed: Cluster) -> None:
        self.folder, self.own, self.managed, self.url = folder, own, managed, ""
        self.variables = {
            "JELLYSTONE_DATABASE_URL": own.url("jellystone"),
            "JELLYSTONE_SERVER_URL": managed.url(),
            "JELLYSTONE_SECRET_KEY": SECRET,
            "JELLYSTONE_ARGON2_MEMORY": "64",
            "JELLYSTONE_ARGON2_TIME": "1",
        }
        self.start()

    def start(self) -> None:
        options = ["--port", self.url.rpartition(":")[2]] if self.url else []
        self.serving = Serving(self.folder, *options, **self.variables)
        self.serving.__enter__()
        self.url = self.url or self.serving.url

    def found(self) -> None:
        """The operator is somebody else: Yogi is an ordinary person with a team."""
        self.person("smith")
        self.yogi = self.person("yogi")
        self.team_token = self.yogi.teams.create("Rangers").token
        scopes: list[Scope] = ["read", "write", "secrets", "admin"]
        self.token = self.yogi.personal_tokens.create("terraform", scopes=scopes).token
        self.api = Jellystone(self.url, self.team_token)

    def person(self, name: str) -> Jellystone:
        """Registered, and signed in."""
        client = Jellystone(self.url, "")
        client.account.create(email=f"{name}@park.example", password=PASSWORD)
        client.sessions.create(email=f"{name}@park.example", password=PASSWORD)
        return client

    def can_connect(self, uri: str) -> bool:
        try:
            return self.managed.psql("SELECT 1", **_in(uri)) == "1"
        except Exception:
            return False


def _in(uri: str) -> dict[str, str]:
    from urllib.parse import unquote, urlsplit

    at = urlsplit(uri)
    return {"database": at.path[1:], "user": unquote(at.username or ""), "password": unquote(at.password or "")}


@pytest.fixture(scope="session")
def terraform() -> str:
    if TERRAFORM is None:
        why = "terraform is not on this machine: put its program on the PATH"
        if REQUIRED:
            pytest.fail(f"{why}, as JELLYSTONE_TEST_REQUIRE=1 asks")
        pytest.skip(why)
    return TERRAFORM


@pytest.fixture(scope="module")
def world(terraform: str) -> Iterator[World]:
    with Cluster(18) as own, Cluster(18) as managed, open_folder() as folder:
        own.psql("CREATE DATABASE jellystone")
        world = World(folder, own, managed)
        world.found()
        yield world
        world.serving.__exit__()


@pytest.fixture
def workplace(world: World, tmp_path: Path) -> Callable[..., Workplace]:
    """A new folder, with the provider, for who has this token; the team's by default."""

    def make(token: str = "", *, name: str = "a") -> Workplace:
        made = Workplace(tmp_path / name, world.url, token or world.team_token)
        made.install()
        return made

    return make

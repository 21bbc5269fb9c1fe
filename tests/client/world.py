"""A served Jellystone with Yogi and his team, the Rangers; their tokens, and no database yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jellystone.client import Jellystone
from tests.serving import Serving, open_folder

EMAIL, PASSWORD = "yogi@park.example", "pic-a-nic basket"


@dataclass
class World:
    serving: Serving
    folder: Path
    team_token: str
    personal_token: str

    @property
    def url(self) -> str:
        return self.serving.url


@contextmanager
def opened_world() -> Iterator[World]:
    with open_folder() as folder, Serving(folder, JELLYSTONE_ARGON2_MEMORY="64") as serving:
        with Jellystone(serving.url, "") as client:
            client.account.create(email=EMAIL, password=PASSWORD)
            founded = client.teams.create("Rangers")
            issued = client.personal_tokens.create("tests", scopes=["read", "write", "secrets", "admin"])
        yield World(serving, folder, founded.token, issued.token)

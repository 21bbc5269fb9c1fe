"""Two teams on an instance of their own, for tests that send everything to it: the Rangers and what a stranger has.

What is the Rangers' alone carries a word that nobody else ever sends or is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx

from tests.clusters import Cluster
from tests.serving import Serving, open_folder

PASSWORD = "pic-a-nic basket"
HUSH = "blueberry"
ALL = ["read", "write", "secrets", "admin"]
NEEDED: dict[str, Any] = {  # of what the description's examples speak
    "/databases/main/orders": {"team": "rangers", "description": HUSH},
    "/databases/main/orders/roles/orders_app": {"access": "readwrite"},
}


@dataclass
class Inhabitants:
    """Where they live, and their tokens.

    `all` may everything that Yogi may, who looks after the instance; `read` is his, too, and only looks. `team` is the
    Rangers'. `stranger` is Smith's, who may everything in a team of his own. `secrets` are what only Rangers may read.
    """

    url: str
    tokens: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=lambda: [HUSH])

    @cached_property
    def yogi(self) -> httpx.Client:
        """Kept open: making a client takes longer than what it is asked."""
        return self.program("all")

    def headers(self, token: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[token]}"} if token else {}

    def program(self, token: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers(token), timeout=20)

    def restore(self) -> None:
        """What somebody may have deleted or changed is there again."""
        for address, wanted in NEEDED.items():
            answer = self.yogi.put(address, json=wanted)
            assert answer.status_code in (200, 201), answer.text
            if password := answer.json().get("password"):
                self.secrets.append(password)


@contextmanager
def settled() -> Iterator[Inhabitants]:
    """A server on a PostgreSQL of its own, and the people in it."""
    with Cluster(18) as cluster, open_folder() as folder:
        cluster.psql("CREATE DATABASE jellystone")
        variables = {
            "JELLYSTONE_DATABASE_URL": cluster.url("jellystone"),
            "JELLYSTONE_SERVER_URL": cluster.url(),
            "JELLYSTONE_SECRET_KEY": "a key that is only good for tests and long enough",
            "JELLYSTONE_PASSWORD_MIN_LENGTH": "6",
            "JELLYSTONE_ARGON2_MEMORY": "64",
            "JELLYSTONE_ARGON2_TIME": "1",
            "JELLYSTONE_REQUESTS_PER_MINUTE": "0",
        }
        with Serving(folder, **variables) as jellystone:
            found = Inhabitants(jellystone.url)
            with _signed_in(found.url, "yogi@park.example") as yogi:
                found.tokens["team"] = _made(yogi, "/teams", name="Rangers")["token"]
                for name, scopes in {"all": ALL, "read": ["read"]}.items():
                    found.tokens[name] = _made(yogi, "/account/tokens", name=name, scopes=scopes)["token"]
                _hide_something(found, yogi)
            with _signed_in(found.url, "smith@park.example") as smith:
                _made(smith, "/teams", name="Smiths")
                _made(smith, "/databases", team="smiths", name="lunch", owner_role=True)
                found.tokens["stranger"] = _made(smith, "/account/tokens", name="smith", scopes=ALL)["token"]
            found.restore()
            yield found


def _hide_something(found: Inhabitants, yogi: httpx.Client) -> None:
    """A database with a password, a team-mate, an invitation and a token: all of them named so that one would see."""
    with _signed_in(found.url, f"{HUSH}@park.example") as friend:
        invited = yogi.post("/teams/rangers/invitations", json={"emails": [f"{HUSH}@park.example"]}).json()
        assert friend.post(httpx.URL(invited[0]["link"]).path).status_code == 200
    yogi.post("/teams/rangers/invitations", json={"emails": [f"{HUSH}2@park.example"]})
    made = _made(yogi, "/databases", team="rangers", name=f"{HUSH}_stash", owner_role=True)
    found.secrets.append(made["owner"]["password"])
    found.secrets.append(_made(yogi, "/teams/rangers/tokens", name=HUSH, scopes=["read"])["token"])


@contextmanager
def _signed_in(url: str, email: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=20) as browser:
        _made(browser, "/account", email=email, password=PASSWORD)
        _made(browser, "/session", email=email, password=PASSWORD)
        yield browser


def _made(client: httpx.Client, at: str, **body: Any) -> dict[str, Any]:
    answer = client.post(at, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found
